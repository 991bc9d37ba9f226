"""The scenarios of the benchmark. Each takes a system class (peers.py) and returns {metric: [samples]};
times in ms."""
import os
import re
import statistics
import subprocess
import time

import pcap
from cluster import read_json
from lab import Background, Lab, program, wait

PROBE_US = 250  # of the client
ACQUIRING = re.compile(r'[:,+][0-9a-f]+(-[0-9a-f]+)?:[ao][0-9a-fz]+:')  # the state of a run; an epoch may be `a` too


class Stage:
    """A lab with one system on it, answers on both hosts, and the client's questions."""

    def __init__(self, kind, keepalive, deadtime, count=1):
        self.lab = Lab(network='10.77.0.0/16', tree=kind.tree)
        try:
            base = self.lab.network[0x401]
            self.system = kind(self.lab, keepalive, deadtime, [str(base + i) for i in range(count)])
            self.system.configure()
            self.address = self.system.addresses[0]
            self.a, self.b = self.lab.pair
            self.lab.respond()
        except BaseException:
            self.lab.close()
            raise
        self.captures = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.close()

    def begin(self):
        for host in self.lab.pair:
            self.system.start(host)
            if self.system.one_by_one:
                self.wait_serves(self.a)
        self.wait_serves(self.a)

    def number_held(self, host):
        held = host.addresses()
        return sum(1 for address in self.system.addresses if address in held)

    def wait_serves(self, host, seconds=60):
        other = self.lab.other(host)
        wait(
            lambda: self.number_held(host) == len(self.system.addresses)
            and not (other.is_on and self.number_held(other)),
            seconds,
            f'{host.name} alone serves',
        )
        time.sleep(self.system.settle or 0.3)

    def capture(self, served=True):
        """Begins both; `served`: somebody answers already."""
        self.captures += 1
        self.path = os.path.join(self.lab.directory, f'{self.captures}.pcap')
        recording = self.lab.capture(self.path)
        questions = self.lab.probe(self.address, '--interval-us', PROBE_US, '--gap-ms', 50, '--live')
        time.sleep(max(0.25, 1.3 * self.system.keepalive / 1000))  # at least one heartbeat
        if served:
            wait(questions.text, 60, 'the client is answered before the fault')
        return recording, questions

    def end(self, recording, questions, owner=None):
        """Ends both when `owner` (or anybody) answers the client."""

        def answering():
            lines = questions.text().splitlines()
            return lines and (owner is None or lines[-1].split()[1] == owner.name)

        wait(answering, 60, 'the client is answered')
        time.sleep(0.3)
        questions.stop()
        recording.stop()
        story = Story(self.path, self)
        os.unlink(self.path)
        return story

    def restart(self, host):
        self.lab.respond(host)
        self.system.start(host)
        self.wait_serves(host)


class Story:
    """What the switch saw of one change of owner."""

    def __init__(self, path, stage):
        self.beats, self.answers, self.announced, self.claims, self.deaths = [], [], [], [], []
        protocol = stage.system.protocol
        for packet in pcap.packets(path):
            if isinstance(packet, pcap.Udp):
                if packet.to_port == protocol:
                    self.beats.append((packet.time, packet.from_address))
                    fields = pcap.fields(packet.payload)
                    if ACQUIRING.search(fields.get('hb4g', '')):
                        self.claims.append((packet.time, packet.source))
                    if fields.get('t') == 'stonith':  # said by both kinds when a peer is dead
                        self.deaths.append((packet.time, packet.source))
                elif packet.from_port == 7777 and packet.from_address == stage.address:
                    self.answers.append((packet.time, packet.source))
            elif isinstance(packet, pcap.Other) and protocol is None and packet.protocol == 112:
                self.beats.append((packet.time, packet.from_address))
            elif isinstance(packet, pcap.Arp) and packet.sender == packet.target:
                self.announced.append((packet.time, packet.source, packet.sender, packet.operation))

    def outage(self, old, new):
        """From the last answer of the old owner to the first of the new one, at the switch."""
        last = max(at for at, source in self.answers if source == old.mac)
        first = min(at for at, source in self.answers if source == new.mac and at > last)
        return (first - last) * 1000

    def last_beat(self, old):
        return max(at for at, source in self.beats if source == old.address)  # ucarp has a MAC of its own

    def first_announced(self, new, after):
        return min(at for at, source, *_ in self.announced if source == new.mac and at > after)

    def first_answer(self, new, after):
        return min(at for at, source in self.answers if source == new.mac and at > after)

    def decision(self, new, after):
        """The first status of the new owner that says acquiring or owned; None for systems that say no such
        thing."""
        return min((at for at, source in self.claims if source == new.mac and at > after), default=None)

    def detection(self, new, after):
        """The first word of the new owner that the old one is dead."""
        return min(at for at, source in self.deaths + self.claims if source == new.mac and at > after)

    def all_announced(self, new, addresses, after):
        """When the last address had been announced in every form that was used at all."""
        forms = {operation for at, source, _, operation in self.announced if source == new.mac and at > after}
        first = {}
        for at, source, address, operation in self.announced:
            if source == new.mac and at > after:
                first.setdefault((address, operation), at)
        wanted = [(address, operation) for address in addresses for operation in forms]
        missing = [key for key in wanted if key not in first]
        if missing:
            raise AssertionError(f'{len(missing)} announcements never seen')
        return max(first[key] for key in wanted)


def add(found, metric, value):
    if value is not None:
        found.setdefault(metric, []).append(value)


def hand_over(kind, keepalive, deadtime, rounds):
    """Orderly stop of the owner, and its return."""
    found = {}
    with Stage(kind, keepalive, deadtime) as stage:
        stage.begin()
        for _ in range(rounds):
            things = stage.capture()
            stage.system.stop(stage.a)
            wait(lambda: stage.number_held(stage.b), 60, 'b serves')
            add(found, 'outage at an orderly stop', stage.end(*things, stage.b).outage(stage.a, stage.b))
            time.sleep(0.3)
            things = stage.capture()
            stage.system.start(stage.a)
            wait(lambda: stage.number_held(stage.a), 60, 'a serves')
            add(found, 'outage at the return', stage.end(*things, stage.a).outage(stage.b, stage.a))
            time.sleep(stage.system.settle)
    return found


def cuts(stage, rounds):
    """Power cuts of the first host: each what the switch saw and the last heartbeat. Between them it returns."""
    stage.begin()
    for _ in range(rounds):
        things = stage.capture()
        stage.a.cut_power()
        wait(lambda: stage.number_held(stage.b), 60, 'b serves')
        story = stage.end(*things, stage.b)
        yield story, story.last_beat(stage.a)
        stage.a.boot()
        stage.restart(stage.a)


def power_cut(kind, keepalive, deadtime, rounds):
    found = {}
    with Stage(kind, keepalive, deadtime) as stage:
        for story, beat in cuts(stage, rounds):
            decision = story.decision(stage.b, beat)
            announced = story.first_announced(stage.b, beat)
            add(found, 'outage', story.outage(stage.a, stage.b))
            add(found, 'last heartbeat to first announcement', (announced - beat) * 1000)
            if decision is not None:
                add(found, 'last heartbeat to decision', (decision - beat) * 1000)
                add(found, 'decision to first answer', (story.first_answer(stage.b, beat) - decision) * 1000)
    return found


def mixed_cut(kind, keepalive, deadtime, rounds):
    """Power cut of the first host in a pair with a 3.0.6."""
    found = {}
    with Stage(kind, keepalive, deadtime) as stage:
        for story, beat in cuts(stage, rounds):
            detection = story.detection(stage.b, beat)
            add(found, 'outage', story.outage(stage.a, stage.b))
            add(found, 'last heartbeat to detection', (detection - beat) * 1000)
            add(found, 'detection to first answer', (story.first_answer(stage.b, beat) - detection) * 1000)
    return found


def floor(count, rounds):
    """One by one: add, acknowledge, announce in both forms."""
    found = {}
    with Lab(network='10.77.0.0/16') as lab:
        for _ in range(rounds):
            result = read_json(
                lab.b.run(program('floor'), '--address', '10.77.4.1', '--count', count, check=True).text
            )
            add(found, f'{count} addresses added and announced', result['add_ms'])
    return found


def thousand(kind, keepalive, deadtime, rounds, count=1000):
    found = {}
    with Stage(kind, keepalive, deadtime, count) as stage:
        stage.begin()
        for _ in range(rounds):
            time.sleep(2)
            add(found, 'addresses with two owners before the fault', stage.number_held(stage.b))
            things = stage.capture()
            stage.a.cut_power()
            wait(lambda: stage.number_held(stage.b) == count, 120, 'b serves all')
            time.sleep(3)
            story = stage.end(*things, stage.b)
            beat = story.last_beat(stage.a)
            done = story.all_announced(stage.b, stage.system.addresses, beat)
            decision = story.decision(stage.b, beat)
            add(
                found,
                f'first to last of {count} announced',
                (done - story.first_announced(stage.b, beat)) * 1000,
            )
            if decision is not None:
                add(found, f'decision to last of {count} announced', (done - decision) * 1000)
            stage.a.boot()
            stage.restart(stage.a)
    return found


def _numbers(host, pid, file, *names):
    text = host.read(f'/proc/{pid}/{file}')
    found = {
        line.split(':')[0]: line.split(':')[1].split()[0]
        for line in text.splitlines()
        if ':' in line and line.split(':')[1].split()
    }
    return [int(found.get(name, 0)) for name in names]


def rest(kind, seconds):
    """Keepalive 1 s, one medium: memory, wake-ups, whether memory was mapped while nothing happened."""
    found = {}
    with Stage(kind, 1000, 10000) as stage:
        stage.begin()
        time.sleep(3)
        pids = stage.system.pids(stage.a)
        switches = ('voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches')
        before = sum(sum(_numbers(stage.a, pid, 'status', *switches)) for pid in pids)
        maps = [map_of(stage.a, pid) for pid in pids]
        started = time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - started
        after = sum(sum(_numbers(stage.a, pid, 'status', *switches)) for pid in pids)
        add(found, 'wake-ups a second', (after - before) / elapsed)
        changed = sum(1 for pid, old in zip(pids, maps) if map_of(stage.a, pid) != old)
        add(found, 'processes whose mappings changed', changed)
        add(found, 'processes', len(pids))
        stage.system.kill(stage.b)
        time.sleep(1)
        pids = stage.system.pids(stage.a)
        add(found, 'PSS, MiB', sum(_numbers(stage.a, pid, 'smaps_rollup', 'Pss')[0] for pid in pids) / 1024)
        add(found, 'RSS, MiB', sum(_numbers(stage.a, pid, 'smaps_rollup', 'Rss')[0] for pid in pids) / 1024)
    return found


def map_of(host, pid):
    """Ranges of memory: brk and mmap would change them."""
    return [line.split()[0] for line in host.read(f'/proc/{pid}/maps').splitlines()]


def _cpu(host, pids):
    """s of processor time; what has died is not counted."""
    total = 0
    for pid in pids:
        words = host.read(f'/proc/{pid}/stat').rpartition(')')[2].split()
        if len(words) > 13:
            total += int(words[11]) + int(words[12])
    return total / os.sysconf('SC_CLK_TCK')


def garbage(kind, count):
    """`count` datagrams, 10 000 a second: garbage, changed and repeated heartbeats."""
    found = {}
    with Stage(kind, 100, 500) as stage:
        stage.begin()
        path, samples = os.path.join(stage.lab.directory, 'all.pcap'), os.path.join(
            stage.lab.directory, 'samples'
        )
        recording = stage.lab.capture(path)
        port = stage.system.protocol or 0
        wait(
            lambda: pcap.save_heartbeats(path, samples, port=port or None, protocol=None if port else 112)
            >= 10,
            30,
            'heartbeats',
        )
        recording.stop()
        pids = {host: stage.system.pids(host) for host in stage.lab.pair}
        lines = {host: stage.system.log_lines(host) for host in stage.lab.pair}
        cpu = {host: _cpu(host, pids[host]) for host in stage.lab.pair}
        questions = stage.lab.probe(stage.address, '--arp', 'eth0', '--interval-us', '2000')
        where = (
            ['--to', str(stage.lab.network.broadcast_address)]
            if port
            else ['--to', '224.0.0.18', '--protocol', '112']
        )
        if not port:
            stage.lab.client.run('ip', 'route', 'add', '224.0.0.0/4', 'dev', 'eth0')
        stage.lab.client.background(
            program('flood'), *where, '--count', count, '--rate', 10000, '--samples', samples
        ).wait(300)
        time.sleep(1)
        add(
            found,
            'CPU seconds, worse host',
            max(max(0, _cpu(host, pids[host]) - cpu[host]) for host in stage.lab.pair),
        )
        add(
            found,
            'log lines, worse host',
            max(stage.system.log_lines(host) - lines[host] for host in stage.lab.pair),
        )
        add(
            found,
            'processes that died',
            sum(1 for host in stage.lab.pair for pid in pids[host] if pid not in stage.system.pids(host)),
        )
        owners = [run['host'] for run in read_json(questions.stop())['runs']]
        add(found, 'moves', sum(1 for one, two in zip(owners, owners[1:]) if one != two))
    return found


def together(kind, keepalive, deadtime, rounds):
    """From the start command on the second host to the first answer at the client."""
    found = {}
    for _ in range(rounds):
        with Stage(kind, keepalive, deadtime) as stage:
            things = stage.capture(served=False)
            stage.system.start(stage.a)
            started = time.time()
            stage.system.start(stage.b)
            wait(lambda: stage.number_held(stage.a) or stage.number_held(stage.b), 60, 'one serves')
            story = stage.end(*things)
            add(found, 'start to first answer', (min(at for at, _ in story.answers) - started) * 1000)
    return found


def no_fault(kind, keepalive, deadtime, seconds):
    """Both cores busy, nothing fails: does the address stay? A watcher records the pauses of the machine
    itself."""
    found = {}
    with Stage(kind, keepalive, deadtime) as stage:
        stage.begin()
        time.sleep(1)
        watcher = stage.lab.background(Background([program('watcher'), '--limit-ms', '10'], wait_for='ready'))
        questions = stage.lab.probe(stage.address, '--arp', 'eth0', '--interval-us', '5000')
        dead = {host: host.read('/var/log/ha-log').count('is dead') for host in stage.lab.pair}
        busy = [
            stage.lab.background(Background(['sh', '-c', 'while :; do :; done']))
            for _ in range(os.cpu_count() or 2)
        ]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(5, max(0.1, end - time.monotonic())))
        for load in busy:
            load.stop()
        pauses = read_json(watcher.stop())['pauses']
        runs = read_json(questions.stop())['runs']
        moves = [two['first_ns'] for one, two in zip(runs, runs[1:]) if one['host'] != two['host']]
        long = [pause for pause in pauses if pause['ms'] >= deadtime / 2]
        excused = sum(
            1
            for move in moves
            if any(
                pause['from_ns'] - 1e8 < move < pause['from_ns'] + pause['ms'] * 1e6 + 3e8 for pause in long
            )
        )
        add(found, 'moves without a fault', len(moves) - excused)
        add(found, 'moves during a pause of the machine', excused)
        add(
            found,
            'declared dead',
            sum(host.read('/var/log/ha-log').count('is dead') - dead[host] for host in stage.lab.pair),
        )
        add(found, f'pauses of the machine >= {deadtime / 2:g} ms', len(long))
        add(found, 'longest pause of the machine, ms', max((pause['ms'] for pause in pauses), default=0))
    return found


def machine():
    """One line about where this was measured."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = next(
            (line.split(':')[1].strip() for line in file if line.startswith('model name')),
            'unknown processor',
        )
    version = subprocess.run(['uname', '-r'], capture_output=True, text=True, check=True).stdout.strip()
    load = os.getloadavg()[0]
    return f'{time.strftime("%Y-%m-%d")}, Linux {version}, {os.cpu_count()} x {model}, load {load:.1f}'


def median(samples):
    return statistics.median(samples)
