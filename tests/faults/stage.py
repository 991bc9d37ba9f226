"""A pair of hosts, the system under test on them, and a third host that asks for the service address by ARP every
millisecond: what it saw of one fault is a `Seen`."""
import ctypes
import os
import signal
import sys
import time

from cgroups import Cgroups
from cluster import Cluster, read_json
from lab import Background, Lab, LabError, program, wait


class Seen:
    """What the client saw of one run, asking each `interval` ms; times in ms."""

    def __init__(self, story, marks, interval):
        self.asked, self.answered = story['sent'], story['answered']
        self.double_at = [at / 1e9 for at in story['double_ms']]  # wall clock, s
        self.marks, self.interval = marks, interval
        # One question without an answer in time may be an answer that the machine delayed: see `unanswered`.
        holes = [gap for gap in story['gaps'] if gap['lost'] > 1]
        self.began = [gap['from_ns'] / 1e9 for gap in holes]
        self.gaps = [round(gap['silent_ms'], 1) for gap in holes]
        if story['open'] > 1:
            self.gaps.append(round(story['open_ms'], 1))

    @property
    def two_owners(self):
        """Between two answers of both that lie close together nobody was asked, because the machine paused."""
        steps = [two - one for one, two in zip(self.double_at, self.double_at[1:])]
        return round(bool(self.double_at) + sum(1000 * step if step < 0.02 else 1 for step in steps))

    def two_owners_after(self, mark):
        """Until when after the mark two hosts answered; 0: never."""
        return max((1000 * (at - self.marks[mark]) for at in self.double_at), default=0) if mark in self.marks else 0

    def first_use(self, story, name):
        """From the last answer of two owners until the UDP questions of a client, sent where its ARP cache says, are
        answered by the one that remains; None: there were never two."""
        if not self.double_at:
            return None
        first = None
        for run in reversed(story['runs']):  # a machine that pauses makes several of one
            if run['host'] != name:
                break
            first = run['first_ns'] / 1e9
        return None if first is None else max(0, 1000 * (first - self.double_at[-1]))

    def gone_after(self, mark):
        """From the mark to the end of the answers after it; None: they did not end."""
        ends = [1000 * (at - self.marks[mark]) + self.interval for at in self.began if mark in self.marks]
        return min((ms for ms in ends if ms > -50), key=abs, default=None)

    @property
    def unanswered(self):
        """Questions that nobody ever answered; not known when two did."""
        return None if self.two_owners else max(0, self.asked - self.answered)

    @property
    def ownerless(self):
        return sum(self.gaps)


class Stage:
    """`kind`: a system of tests/lab/peers.py. Use as a context manager; one stage serves many runs."""

    def __init__(self, kind, keepalive, deadtime, second=False, **settings):
        self.lab = Lab(
            network='10.77.0.0/16', tree=kind.tree, **({'second': '10.78.0.0/16'} if second else {})
        )
        try:
            self.system = kind(self.lab, keepalive, deadtime, [str(self.lab.network[0x401])])
            self.system.failback = False
            self.system.settings = settings | ({'bcast': ['eth0', 'eth1']} if second else {})
            self.system.configure()
            self.lab.respond()
        except BaseException:
            self.lab.close()
            raise
        self.address = self.system.addresses[0]
        self.keepalive, self.deadtime = keepalive / 1000, deadtime / 1000
        self.pair = self.lab.pair
        self.cluster = Cluster(self.lab)
        self.cgroups = Cgroups()
        self.owner, self.standby = self.pair
        self.rests = {}
        self.aftermath = 2  # s from a takeover until somebody starts the dead daemon again

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cgroups.close()
        self.lab.close()

    @property
    def is_ours(self):
        return self.system.tree is None

    # Before and after a fault ---------------------------------------------------------------------

    def begin(self):
        for host in self.pair:
            self.system.start(host)
        self.settle(90)
        self.remember_engines()

    def holders(self):
        return [host for host in self.pair if host.is_on and host.has(self.address)]

    def is_settled(self):
        holders = self.holders()
        if len(holders) != 1:
            return False
        if self.is_ours:
            return (
                all(self.cluster.in_session(host) for host in self.pair)
                and self.cluster.group_state(holders[0]) == 'owned'
                and self.cluster.group_state(self.lab.other(holders[0])) == 'foreign'
            )
        return all(self.system.pids(host) for host in self.pair)

    def settle(self, seconds=30):
        """Both run, hear each other, and one of them serves, alone and for good."""
        since = None
        end = time.monotonic() + seconds
        while since is None or time.monotonic() - since < max(0.3, self.system.settle):
            good = self.is_settled()
            since = (since or time.monotonic()) if good else None
            if since is None and time.monotonic() > end:
                raise AssertionError(f'not one owner within {seconds} s: {self.picture()}')
            time.sleep(0.02)
        self.owner = self.holders()[0]
        self.standby = self.lab.other(self.owner)

    def promises(self, text):
        """`hbctl check` says so under what is guaranteed."""
        said = ' '.join(self.cluster.check(self.owner, 'check').text.split())
        return text in said.partition('Guaranteed:')[2].partition('Not guaranteed:')[0]

    def refresh(self):
        """A daemon whose engine was replaced within a minute gives up at the next time: it begins anew."""
        if not self.is_ours:
            return
        harmed = [host for host, before in self.engines.items() if self.daemon(host) != before]
        for host in harmed:
            self.system.stop(host)
            self.system.start(host)
            self.settle()
        self.remember_engines()

    def daemon(self, host):
        return self.cluster.supervisor(host), self.cluster.engine(host)

    def remember_engines(self):
        self.engines = {host: self.daemon(host) for host in self.pair} if self.is_ours else {}

    def picture(self):
        if not self.is_ours:
            return ' '.join(f'{host.name}: {"has it" if host.has(self.address) else "-"}' for host in self.pair)
        return '; '.join(
            f'{host.name}: address {"yes" if host.is_on and host.has(self.address) else "no"}, '
            f'group {self.cluster.group_state(host)}, peer {self.cluster.peer_state(host)}'
            for host in self.pair
        )

    def run(self, fault, seconds=30, excused=()):
        """One run of a fault, from a settled pair to a settled pair. What is excused ends the run, and is told as
        `seen.open`."""
        self.refresh()
        self.marks = {}
        users = self.lab.probe(self.address, '--interval-us', 1000, '--gap-ms', 2) if fault.users else None
        words = f'--address {self.address} --arp eth0 --interval-us {fault.interval_us} --gap-ms 2 --brief'.split()
        asking = self.lab.client.background(program('prober'), *words, wait_for='answered')
        try:
            self.first = self.owner
            open_end = ''
            self.mark('fault')
            try:
                fault.inject(self)
                self.settle(seconds)
            except excused as error:
                open_end = str(error)
            self.mark('settled')
        finally:
            said = asking.stop()
        seen = Seen(read_json(said), self.marks, fault.interval_us / 1000)
        seen.moved = self.owner is not self.first
        seen.caches_right = seen.first_use(read_json(users.stop()), self.owner.name) if users else None
        seen.open = open_end
        return seen

    def mark(self, name):
        self.marks[name] = time.time()

    # Words for faults -----------------------------------------------------------------------------

    def pids(self, host, who):
        """As the host numbers them. who: 'all', and of ours 'engine' or 'supervisor'."""
        if who == 'all':
            return self.system.pids(host)
        pid = self.cluster.engine(host) if who == 'engine' else self.cluster.supervisor(host)
        if pid is None:
            raise LabError(f'no {who} on {host.name}')
        return [pid]

    def signal(self, host, who, number):
        host.run('kill', f'-{int(number)}', *self.pids(host, who))  # some end with the first of them

    def stop_and_continue(self, host, who, seconds):
        pids = self.cluster.suspend(host, lambda: self.pids(host, who))
        time.sleep(seconds)
        host.run('kill', f'-{int(signal.SIGCONT)}', *pids)  # those that were killed meanwhile are gone

    def hold_until(self, host):
        """Wall clock, s: the instant in the page that engine and supervisor share."""
        pid = _outside(host, self.pids(host, 'supervisor')[0])
        with open(f'/proc/{pid}/maps', encoding='ascii') as file:
            start = next(int(line.split('-')[0], 16) for line in file if line.split()[1] == 'rw-s')
        with open(f'/proc/{pid}/mem', 'rb') as file:
            file.seek(start)
            ms = int.from_bytes(file.read(4), sys.byteorder)
        now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
        return time.time() + ((ms - now + 2**31) % 2**32 - 2**31) / 1000

    def start(self, host):
        self.system.start(host)

    def wait_serves(self, host, seconds=30):
        wait(lambda: host.has(self.address), seconds, f'{host.name} serves')

    def wait_ended(self, host, seconds=30):
        wait(lambda: not self.system.pids(host), seconds, f'no daemon is left on {host.name}')

    def nft(self, host, rules):
        """Rules of a firewall of that host; no_nft ends them."""
        host.run('nft', '-f', '-', stdin=rules, check=True)

    def no_nft(self, host):
        host.run('nft', 'flush', 'ruleset', check=True)

    def rest_since(self, name, seconds):
        """Waits until it is that long ago that this was called with the same name."""
        time.sleep(max(0, self.rests.get(name, 0) + seconds - time.monotonic()))
        self.rests[name] = time.monotonic()

    def burn(self, seconds):
        """Every processor is busy that long."""
        load = [Background(['sh', '-c', 'while :; do :; done']) for _ in range(os.cpu_count() or 2)]
        try:
            time.sleep(seconds)
        finally:
            for one in load:
                one.stop()

    def loop_for_ever(self, host):
        """Puts the engine into an endless loop, by the debugger's door."""
        _loop(_outside(host, self.pids(host, 'engine')[0]))


def _outside(host, pid):
    """The pid that this machine knows a host's process by."""
    space = os.readlink(f'/proc/{host.space.pid}/ns/pid')
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/status', encoding='ascii', errors='replace') as file:
                inner = next(line.split()[-1] for line in file if line.startswith('NSpid:'))
            if inner == str(pid) and os.readlink(f'/proc/{name}/ns/pid') == space:
                return int(name)
        except (OSError, StopIteration):
            continue
    raise LabError(f'process {pid} of {host.name} is gone')


def can_loop():
    return sys.platform == 'linux' and os.uname().machine == 'x86_64'


def _loop(pid):
    """Writes `jmp .` where the process is about to run, and where a system call would be begun again (x86-64)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    peek, poke, get_registers, attach, detach = 1, 4, 12, 16, 17
    if libc.ptrace(attach, pid, None, None) != 0:
        raise LabError(f'ptrace: {os.strerror(ctypes.get_errno())}')
    os.waitpid(pid, 0x40000000)  # __WALL
    registers = (ctypes.c_ulong * 27)()
    libc.ptrace(get_registers, pid, None, ctypes.addressof(registers))
    for place in (registers[16], registers[16] - 2):  # rip
        word = libc.ptrace(peek, pid, place, None) & 0xFFFFFFFFFFFFFFFF
        libc.ptrace(poke, pid, place, (word & ~0xFFFF) | 0xFEEB)
    libc.ptrace(detach, pid, None, None)
