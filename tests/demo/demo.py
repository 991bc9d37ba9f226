#!/usr/bin/python3
"""make demo: a web site on two hosts goes on being served when one of them dies.

Two hosts and a client in network namespaces, the configuration of the guide with short times, a real web
server, a request every few milliseconds. Needs root; about 20 s; leaves nothing behind. Exit 0 when
everything that was promised happened.
"""
import os
import re
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lab')]

import web
from cluster import Cluster
from lab import Background, Lab, LabError, hbctl, heartbeat

NODE1, NODE2 = 'craig-02.vm.xeriom.net', 'craig-03.vm.xeriom.net'
SERVICE = '193.219.108.238'
INTERVAL_MS = 5
CELL = 0.02  # s per character of the strip
ROW = 1.0  # s per row
SHOWN = re.compile(
    r'is dead|Resources being acquired|resource acquisition complete|Resource acquisition completed|'
    r'restart on node|'
    r'shutdown notice|Giving up all|relinquished|shutdown complete|Running OK|status active|WARN|ERROR|CRIT'
)
HIDDEN = re.compile(r'ha\.cf:|No Previous generation|daemon is disabled|[Cc]ore|STONITH|Shared disks')
LEVEL = re.compile(r'\b(EMERG|ALERT|CRIT|ERROR|WARN|notice|info|INFO|debug): +(.*)$')


class Paint:
    CODES = {
        'one': '30;42',
        'two': '30;44',
        'none': '97;41',
        'title': '1',
        'dim': '2',
        'good': '1;32',
        'bad': '1;31',
        'act': '1;33',
    }

    def __init__(self, colour):
        self.colour = colour

    def __call__(self, style, text):
        return f'\033[{self.CODES[style]}m{text}\033[0m' if self.colour else text


class Strip:
    """Who answered, one character per 20 ms, one row per second. On a terminal the row grows as one looks
    on."""

    def __init__(self, paint, live, started):
        self.paint, self.live, self.started = paint, live, started
        self.row, self.cells, self.half_drawn = 0, {}, False

    def answered(self, when, name):
        """when: s since the start; name: '-' for no answer."""
        cell = int(when / CELL)
        if name != '-' or cell not in self.cells:
            self.cells[cell] = name

    def text(self, row, until):
        first, width = int(round(row * ROW / CELL)), int(round(ROW / CELL))
        marks = {NODE1: ('one', '1'), NODE2: ('two', '2'), '-': ('none', 'x')}
        out = ''
        for cell in range(first, first + width):
            if (cell + 1) * CELL > until:
                out += ' '
            elif cell in self.cells:
                style, mark = marks[self.cells[cell]]
                out += self.paint(style, mark)
            else:
                out += ' ' if not self.cells or cell < min(self.cells) else self.paint('none', 'x')
        return f'{row * ROW:5.0f} s |{out}|'

    def draw(self, now):
        """now: s since the start. Answers come with a delay, so the strip lags a little behind."""
        now -= 0.45
        while (self.row + 1) * ROW <= now:
            self._print(self.text(self.row, now), '\n')
            self.row += 1
        if self.live and now > 0:
            self._print(self.text(self.row, now), '')
            self.half_drawn = True

    def _print(self, text, end):
        sys.stdout.write(('\r\033[K' if self.half_drawn else '') + text + end)
        sys.stdout.flush()
        self.half_drawn = False

    def say(self, text):
        """A line between the rows."""
        self._print(text, '\n')


class Demonstration:
    def __init__(self, lab):
        self.lab, self.cluster = lab, Cluster(lab)
        live = sys.stdout.isatty()
        self.paint = Paint(live and 'NO_COLOR' not in os.environ)
        self.started = time.monotonic()
        self.strip = Strip(self.paint, live, self.started)
        self.requests = []  # (began, ended, name), s since the start
        self.read_to = 0
        self.log_at = {host: 0 for host in lab.pair}
        self.visitor = None
        self.results = []  # (what, from, to, gap in ms or None, requests lost, good)

    def now(self):
        return time.monotonic() - self.started

    # What goes on ---------------------------------------------------------------------------------

    def collect(self):
        if self.visitor:
            text = self.visitor.text()
            end = text.rfind('\n') + 1
            for line in text[self.read_to : end].splitlines():
                words = line.split()
                if len(words) == 3:
                    began, ended = (int(word) / 1e9 - self.started for word in words[:2])
                    self.requests.append((began, ended, words[2]))
                    self.strip.answered(began, words[2])
            self.read_to = end
        for host in self.lab.pair:
            log = self.cluster.log(host)
            end = log.rfind('\n') + 1
            for line in log[self.log_at[host] : end].splitlines():
                match = LEVEL.search(line)
                if match and SHOWN.search(match[0]) and not HIDDEN.search(match[0]):
                    self.strip.say(
                        self.paint('dim', f'        log of {short(host.name)}: {match[1]}: {match[2][:110]}')
                    )
            self.log_at[host] = end
        self.strip.draw(self.now())

    def go_on(self, seconds, until=lambda: False):
        """Shows what happens for that long, or until something is true; returns whether it came true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.collect()
            if until():
                return True
            time.sleep(0.04)
        return until()

    def act(self, text):
        self.strip.say(self.paint('act', f'{self.now():5.1f} s  * {text}'))

    def command(self, host, *words):
        """Runs a command of the host while the rest goes on."""
        process = Background(host.space.enter(*words))
        self.go_on(60, lambda: process.code() is not None)
        if process.code() != 0:
            raise LabError(
                f'{" ".join(words)} on {host.name}: exit {process.code()}: {process.stop().strip()}'
            )

    def answers_since(self, when, name):
        return sum(1 for began, _, who in reversed(self.requests[-400:]) if began >= when and who == name)

    def expect_service(self, what, since, name, before=None, limit=15):
        """Waits until the site is served by `name`; records how long nobody answered."""
        good = self.go_on(limit, lambda: self.answers_since(since, name) >= 20)
        self.go_on(2.0)
        lost = sum(1 for began, _, who in self.requests if began >= since - 0.1 and who == '-')
        gap = None
        if good and before:
            first = min(ended for began, ended, who in self.requests if began >= since and who == name)
            last = max(
                (ended for _, ended, who in self.requests if who == before and ended < first), default=None
            )
            gap = (first - last) * 1000 if last is not None else None
        self.results.append((what, before, name, gap, lost, good))
        self.act(
            self.paint(
                'good' if good else 'bad',
                f'{short(name)} answers' + (f'; nobody did for {gap:.0f} ms' if gap else '')
                if good
                else f'{short(name)} does not answer within {limit} s',
            )
        )

    # The story ------------------------------------------------------------------------------------

    def prepare(self):
        server = web.install(self.lab.pair)
        self.cluster.configure(
            haresources=f'{NODE1} {SERVICE} apache2\n',
            authkeys='auth 2\n2 sha1 your-password-here\n',
            logfacility='local0',
            debugfile=None,
        )
        self.started = time.monotonic()
        print(self.paint('title', f'Two web servers ({server}), one address: http://{SERVICE}/'))
        print(
            f'  1  {NODE1}  {self.lab.a.address}   prefers the address\n  2  {NODE2}  {self.lab.b.address}\n'
            f'  a client asks every {INTERVAL_MS} ms; each character below is 20 ms:  '
            f'{self.paint("one", "1")} the first host answered  '
            f'{self.paint("two", "2")} the second  {self.paint("none", "x")} nobody'
        )
        print('  keepalive 100ms  deadtime 500ms  auto_failback on\n')
        self.visitor = self.lab.background(
            self.lab.client.background(
                'python3', '-S', '-E', os.path.join(HERE, 'visitor.py'), SERVICE, INTERVAL_MS, NODE1, NODE2
            )
        )

    def run(self):
        first, second = self.lab.pair
        self.prepare()
        self.act('heartbeat starts on both hosts')
        since = self.now()
        self.command(first, heartbeat())
        self.command(second, heartbeat())
        self.expect_service('start of both', since, NODE1)

        self.act('power cut: the first host is gone, without a word')
        since = self.now()
        first.cut_power()
        self.expect_service('power cut', since, NODE2, before=NODE1)

        self.act('the first host has power again, and starts heartbeat')
        since = self.now()
        first.boot()
        self.log_at[first] = len(self.cluster.log(first))
        self.command(first, heartbeat())
        self.expect_service('return', since, NODE1, before=NODE2)

        self.act('heartbeat is stopped on the first host (an upgrade, a reboot)')
        since = self.now()
        self.command(first, heartbeat(), '-k')
        self.expect_service('orderly stop', since, NODE2, before=NODE1)
        if os.access(hbctl(), os.X_OK):
            status = second.run(hbctl(), 'status').text
            self.act('hbctl status on the second host says')
            for line in status.splitlines()[:14]:
                self.strip.say(self.paint('dim', f'        {line}'))

        self.act('and started again')
        since = self.now()
        self.command(first, heartbeat())
        self.expect_service('start again', since, NODE1, before=NODE2)
        self.command(second, heartbeat(), '-k')
        self.command(first, heartbeat(), '-k')
        self.collect()
        return self.summary()

    def summary(self):
        self.strip.say('')
        print(
            self.paint(
                'title',
                f'{"what happened":<16}{"served by":<26}{"nobody answered for":>20}{"requests lost":>16}',
            )
        )
        for what, before, name, gap, lost, good in self.results:
            who = f'{short(before)} -> {short(name)}' if before else short(name)
            gap_text = '-' if gap is None else f'{gap:.0f} ms'
            row = f'{what:<16}{who:<26}{gap_text:>20}{lost if before else "-":>16}'
            print(row if good else self.paint('bad', row + '   FAILED'))
        answered = sum(1 for request in self.requests if request[2] != '-')
        print(f'{answered} of {len(self.requests)} requests answered in {self.now():.0f} s')
        good = all(result[-1] for result in self.results)
        print(
            self.paint('good', 'Everything happened as promised.')
            if good
            else self.paint('bad', 'Something did not work.')
        )
        return 0 if good else 1


def short(name):
    return name.split('.')[0]


def main():
    if os.geteuid() != 0:
        print('the demonstration makes network namespaces: run it as root (sudo make demo)', file=sys.stderr)
        return 1
    if not os.access(heartbeat(), os.X_OK):
        print(f'{heartbeat()} is not there: run make first', file=sys.stderr)
        return 1
    demonstration = None
    try:
        with Lab(
            network='193.219.108.0/24', names={'a': NODE1, 'b': NODE2}, numbers={'a': 236, 'b': 237, 'c': 10}
        ) as lab:
            demonstration = Demonstration(lab)
            return demonstration.run()
    except (LabError, AssertionError, OSError, RuntimeError) as error:
        print(f'\nthe demonstration failed: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('\nended', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
