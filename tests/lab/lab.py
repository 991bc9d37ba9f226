"""A laboratory of network namespaces: a switch, hosts on its ports, cables, power, loss and captures.

Each host has namespaces of its own for network, mounts, host name and processes, so that its power can be
cut: every process of it ends at once. Its disk (what differs from this machine's /etc, /var and /usr)
outlives a power cut, its /run does not. Nothing is written to this machine outside one temporary directory;
when the process that made a lab ends, however it ends, the kernel ends all that runs in it.

Python 3 standard library only. Needs root, iproute2, util-linux; nftables for loss.
"""
import atexit
import ipaddress
import os
import shutil
import signal
import tempfile
import time

from space import (
    BUILD,
    ENVIRONMENT,
    ROOT,
    SLOWNESS,
    Background,
    LabError,
    Namespace,
    Result,
    hbctl,
    heartbeat,
    program,
    run,
    wait,
)

__all__ = [
    'BUILD',
    'ENVIRONMENT',
    'ROOT',
    'SLOWNESS',
    'Background',
    'Host',
    'Lab',
    'LabError',
    'Namespace',
    'Result',
    'hbctl',
    'heartbeat',
    'program',
    'run',
    'wait',
]


# A host's own view of the machine: /etc, /var and /usr are the machine's below, its own disk above; /run,
# /dev, /proc and /sys are new.
DISKS = '''
for d in etc var usr; do
    mount -t overlay overlay -o lowerdir={lower}/$d,upperdir={disk}/$d,workdir={disk}/work-$d /$d
done
if [ ! -e {disk}/used ]; then
    : >{disk}/used
    rm -rf /etc/ha.d /var/lib/heartbeat /var/log
    mkdir -p /etc/ha.d/resource.d /etc/init.d /var/lib/heartbeat /var/log
fi
mkdir -p {disk}/dev
mount -t tmpfs -o mode=755 dev {disk}/dev
cd {disk}/dev
mknod -m 666 null c 1 3; mknod -m 666 zero c 1 5; mknod -m 666 full c 1 7; mknod -m 666 random c 1 8
mknod -m 666 urandom c 1 9; mknod -m 666 tty c 5 0
ln -s /proc/self/fd fd; ln -s fd/0 stdin; ln -s fd/1 stdout; ln -s fd/2 stderr; mkdir shm
cd /
mount --move {disk}/dev /dev
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock
'''
COMMON = '''
hostname {name}
v6=/proc/sys/net/ipv6/conf/default/disable_ipv6
if [ -e $v6 ]; then echo 1 >$v6; fi
ip link set lo up
'''


class Host:
    """A host with eth0 on the switch, and eth1 on the second one if the lab has two. `key` names it in the lab,
    `name` is its uname -n."""

    def __init__(self, lab, key, number, name, disk):
        self.lab, self.key, self.name, self.disk = lab, key, name, disk
        self.address = str(lab.network[number])
        self.number = number
        self.mac = self.mac_of('eth0')
        self.port = self.port_of('eth0')
        self.space = None
        if disk:
            for part in ('etc', 'var', 'usr', 'work-etc', 'work-var', 'work-usr'):
                os.makedirs(os.path.join(disk, part))

    def begin_boot(self):
        if self.disk:
            setup = 'mount -t proc proc /proc\nmount -t sysfs sysfs /sys\n' + COMMON + DISKS
            flags = ['--net', '--uts', '--mount', '--pid']
        else:
            setup, flags = COMMON, ['--net', '--uts']
        self.space = Namespace(flags, setup.format(name=self.name, disk=self.disk, lower=self._lower()))

    def _lower(self):
        """Before the slash of /etc, /var and /usr in `lowerdir`: a tree that lies over this machine's, if
        there is one."""
        tree = self.lab.tree.get(self.key) if isinstance(self.lab.tree, dict) else self.lab.tree
        return f'{tree}/$d:' if tree else ''

    def end_boot(self):
        self.space.wait_ready()
        for interface in self.lab.media:
            self.plug_in(interface)

    def boot(self):
        self.begin_boot()
        self.end_boot()

    @staticmethod
    def port_prefix(interface):
        return {'eth0': 'p-', 'eth1': 'q-'}[interface]

    def port_of(self, interface):
        """The port of its switch at the other end of the cable."""
        return self.port_prefix(interface) + self.key

    def mac_of(self, interface):
        return f'02:00:00:00:0{interface[-1]}:{self.number:02x}'

    def plug_in(self, interface='eth0'):
        """Makes an interface, with its cable to the switch."""
        lab, pid, port, network = self.lab, self.space.pid, self.port_of(interface), self.lab.media[interface]
        words = f'ip link add {port} netns {lab.switch.pid} type veth peer name {interface} netns {pid} address'
        run([*words.split(), self.mac_of(interface)], check=True)
        run(lab.switch.enter('ip', 'link', 'set', port, 'master', lab.bridge_of(interface), 'up'), check=True)
        run(
            self.space.enter('ip', '-batch', '-'),
            check=True,
            stdin=f'addr add {network[self.number]}/{network.prefixlen} brd + dev {interface}\n'
            f'link set {interface} up\n',
        )

    @property
    def is_on(self):
        return self.space is not None and self.space.pid is not None

    def run(self, *words, **options):
        return self.space.run(*[str(word) for word in words], **options)

    def shell(self, line, **options):
        return self.space.shell(line, **options)

    def start(self, *words):
        """Starts a program that stays; it ends with the host."""
        self.space.shell(
            'exec setsid "$@" </dev/null >/dev/null 2>&1 &'.replace('"$@"', ' '.join(words)), check=True
        )

    def background(self, *words, wait_for=None):
        """Runs a program in this host's network, beside the test."""
        return Background(self.space.enter_network(*[str(word) for word in words]), wait_for)

    def file(self, path):
        """Where a file of the host is to be found from outside; works while it is off, too (but for
        /run)."""
        if self.is_on:
            return f'/proc/{self.space.pid}/root{path}'
        return self.disk + path

    def write(self, path, text, mode=0o644):
        target = self.file(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(target, mode)

    def read(self, path):
        try:
            with open(self.file(path), encoding='utf-8', errors='replace') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def addresses(self, interface='eth0'):
        """{address: label} of an interface, in the kernel's order."""
        found = {}
        for line in self.run('ip', '-o', '-4', 'addr', 'show', 'dev', interface).text.splitlines():
            words = line.split()
            if 'inet' in words:
                rest = words[words.index('inet') + 1 :]
                label = (
                    rest[-1] if 'valid_lft' not in rest else rest[rest.index('valid_lft') - 1].rstrip('\\')
                )
                found[rest[0].split('/')[0]] = label
        return found

    def has(self, address):
        return address in self.addresses()

    def cut_cable(self, interface='eth0'):
        """The host sees its carrier go."""
        self.lab.switch_port(self.port_of(interface), 'down')

    def mend_cable(self, interface='eth0'):
        self.lab.switch_port(self.port_of(interface), 'up')

    def cut_power(self):
        """The port goes down first, so that no last word leaves; then every process ends at once. Returns
        the wall clock times (s) before and after the port went down."""
        ports = [self.port_of(interface) for interface in self.lab.media]
        before = time.time()
        for port in ports:
            self.lab.switch_port(port, 'down')
        after = time.time()
        self.space.kill()
        self.space.gone()
        for port in ports:
            self.lab.switch.run('ip', 'link', 'del', port)
        return before, after

    def close(self):
        if self.space is not None:
            self.space.kill()
            self.space.gone()
            self.space = None


class Lab:
    """Two hosts a and b and a client c on one switch, or on two. Use as a context manager."""

    def __init__(self, network='192.168.77.0/24', names=None, numbers=None, tree=None, second=None):
        """names: host names of a and b; numbers: their places in the network, {'a': 1, 'b': 2, 'c': 3};
        tree: a directory whose etc, var and usr the hosts see over this machine's; {'b': directory}: only that
        host; second: a network on a second switch, to which each host has eth1."""
        if os.geteuid() != 0:
            raise LabError('needs root')
        self.network, self.tree = ipaddress.ip_network(network), tree
        self.media = {'eth0': self.network} | ({'eth1': ipaddress.ip_network(second)} if second else {})
        _remove_left_behind()
        self.directory = tempfile.mkdtemp(prefix=f'hb-lab-{os.getpid()}-', dir=_disk())
        self.hosts, self.captures, self.backgrounds = {}, [], []
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, None):
                signal.signal(number, _exit_by_signal)
        try:
            self._build(
                {'a': 'a', 'b': 'b', 'c': 'client', **(names or {})},
                {'a': 1, 'b': 2, 'c': 3, **(numbers or {})},
            )
        except BaseException:
            self.close()
            raise

    def _build(self, names, numbers):
        self.switch = Namespace(
            ['--net', '--uts', '--mount'],
            'hostname switch\nmount -t sysfs sysfs /sys\n'
            'if [ -d /proc/sys/net/ipv6 ]; then sysctl -qw net.ipv6.conf.default.disable_ipv6=1; fi\n'
            + ''.join(
                f'ip link add {bridge} type bridge mcast_snooping 0 stp_state 0\nip link set {bridge} up\n'
                for bridge in map(self.bridge_of, self.media)
            ),
        )
        for key, name in names.items():
            self.hosts[key] = Host(
                self, key, numbers[key], name, None if key == 'c' else os.path.join(self.directory, key)
            )
            self.hosts[key].begin_boot()
        self.switch.wait_ready()
        for host in self.hosts.values():
            host.end_boot()
        self.a, self.b, self.client = self.hosts['a'], self.hosts['b'], self.hosts['c']
        self.pair = (self.a, self.b)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def other(self, host):
        return self.b if host is self.a else self.a

    @staticmethod
    def bridge_of(interface):
        return interface.replace('eth', 'br')

    def switch_port(self, port, state):
        self.switch.run('ip', 'link', 'set', port, state, check=True)

    def isolate(self, isolated=True, interface='eth0'):
        """a and b no longer reach each other over that switch, while both reach the client; at once."""
        for host in self.pair:
            place = f'/proc/{self.switch.pid}/root/sys/class/net/{host.port_of(interface)}/brport/isolated'
            with open(place, 'w', encoding='ascii') as file:
                file.write('1' if isolated else '0')

    def drop(self, source=None, target=None, percent=100, match='', interface='eth0'):
        """Loses frames on their way through the switch of that interface, from host and to host (None: any)."""
        any_port = Host.port_prefix(interface) + '*'
        way = (
            f'iifname "{source.port_of(interface) if source else any_port}" '
            f'oifname "{target.port_of(interface) if target else any_port}" '
        )
        chance = '' if percent >= 100 else f'numgen random mod 100 < {percent} '
        self.switch.run(
            'nft',
            '-f',
            '-',
            check=True,
            stdin='table bridge loss { chain c { type filter hook forward priority 0;\n}\n}\n'
            f'add rule bridge loss c {way}{match} {chance}counter drop\n',
        )

    def drop_nothing(self):
        self.switch.run('nft', 'delete', 'table', 'bridge', 'loss')

    def background(self, thing):
        self.backgrounds.append(thing)
        return thing

    def capture(self, path, interface='eth0'):
        """Records every frame that crosses the switch of that interface; stop() of what is returned ends it."""
        words = self.switch.enter_network(
            program('capture'), '--interface', self.bridge_of(interface), '--write', path
        )
        return self.background(Background(words, wait_for='ready'))

    def probe(self, address, *options):
        """The client asks the address each millisecond (see prober.cpp) until stop()."""
        prober = self.background(self.client.background(program('prober'), '--address', address, *options))
        prober.wait_until_it_catches_signals()  # or a test shorter than its start would have no result
        return prober

    def respond(self, *hosts):
        """UDP answers from the given hosts; to be repeated after a power cut."""
        for host in hosts or self.pair:
            host.start(program('responder'))

    def close(self):
        atexit.unregister(self.close)
        for thing in self.backgrounds:
            thing.stop()
        self.backgrounds = []
        for host in self.hosts.values():
            host.close()
        if getattr(self, 'switch', None):
            self.switch.kill()
            self.switch.gone()
        shutil.rmtree(self.directory, ignore_errors=True)


def _disk():
    """A place for the hosts' disks: memory where there is enough, so that a slow disk of this machine is
    not measured."""
    try:
        free = os.statvfs('/dev/shm')
        if free.f_bavail * free.f_frsize > 600 << 20 and os.access('/dev/shm', os.W_OK):
            return '/dev/shm'
    except OSError:
        pass
    return None


def _remove_left_behind():
    """Directories of labs whose process was killed."""
    place = _disk() or tempfile.gettempdir()
    for name in os.listdir(place):
        words = name.split('-')
        if name.startswith('hb-lab-') and words[2].isdigit() and not os.path.exists(f'/proc/{words[2]}'):
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)


def _exit_by_signal(number, _):
    raise SystemExit(128 + number)
