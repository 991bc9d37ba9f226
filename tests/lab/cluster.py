"""heartbeat on the two hosts of a lab: its files, its processes, its log, what it says of itself."""
import os
import re
import signal
import socket

import lab as lab_module
from lab import heartbeat, hbctl, wait

SECRET = 'auth 1\n1 sha1 a-key-for-the-lab\n'
LEVEL = re.compile(r'\b(EMERG|ALERT|CRIT|ERROR|WARN|WARNING|notice|info|INFO|debug): +(.*)$')

# A resource script that keeps a flag; what it is asked is noted in /run/NAME.calls.
SCRIPT = '''#!/bin/sh
# {name}: a service of the lab.
flag=/run/{name}.flag
for action; do :; done
echo "$action" >>/run/{name}.calls
case $action in
start) {start}
    : >$flag;;
stop) {stop}
    rm -f $flag;;
status) if [ -e $flag ]; then echo running; else echo stopped; exit 3; fi;;
esac
'''


class Cluster:
    def __init__(self, lab):
        self.lab = lab
        self.pair = lab.pair
        self.service = str(lab.network[100])

    # Files ----------------------------------------------------------------------------------------

    def ha_cf(self, **settings):
        """ha.cf with short times; settings replace or add directives, None leaves one out, a list repeats
        it."""
        directives = {
            'logfile': '/var/log/ha-log',
            'debugfile': '/var/log/ha-debug',
            'use_logd': 'off',
            'keepalive': '100ms',
            'warntime': '300ms',
            'deadtime': '500ms',
            'initdead': '2',
            'udpport': '694',
            'bcast': 'eth0',
            'auto_failback': 'on',
            'node': [host.name for host in self.pair],
            **settings,
        }
        lines = []
        for name, value in directives.items():
            for one in value if isinstance(value, list) else [value] if value is not None else []:
                lines.append(f'{name} {one}\n')
        return ''.join(lines)

    def configure(self, haresources=None, authkeys=SECRET, hosts=None, **settings):
        """Writes all three files on both hosts. haresources None: the first host prefers the service
        address."""
        if haresources is None:
            haresources = f'{self.pair[0].name} {self.service}\n'
        for host in hosts or self.pair:
            host.write('/etc/ha.d/ha.cf', self.ha_cf(**settings))
            host.write('/etc/ha.d/authkeys', authkeys, 0o600)
            host.write('/etc/ha.d/haresources', haresources)

    def script(self, name, start=':', stop=':', directory='/etc/ha.d/resource.d', hosts=None):
        """A resource script; start and stop are shell commands it runs for them."""
        for host in hosts or self.pair:
            host.write(f'{directory}/{name}', SCRIPT.format(name=name, start=start, stop=stop), 0o755)

    def calls(self, host, name):
        return host.read(f'/run/{name}.calls').split()

    # Processes ------------------------------------------------------------------------------------

    def start(self, *hosts, check=True):
        results = [host.run(heartbeat(), timeout=60) for host in hosts or self.pair]
        for host, result in zip(hosts or self.pair, results):
            if check and result.code != 0:
                raise AssertionError(f'heartbeat does not start on {host.name}: {result}')
        return results[0]

    def stop(self, *hosts):
        """heartbeat -k: returns when the daemon has ended."""
        results = [host.run(heartbeat(), '-k', timeout=90) for host in hosts or self.pair]
        return results[0]

    def processes(self, host):
        """{pid: parent} of every process of the daemon, as the host numbers them."""
        found = {}
        for line in host.run('ps', '-eo', 'pid=,ppid=,comm=').text.splitlines():
            pid, parent, command = line.split(None, 2)
            if command.startswith(('heartbeat', 'hb-')):
                found[int(pid)] = int(parent)
        return found

    def supervisor(self, host):
        text = host.read('/run/heartbeat.pid').strip()
        return int(text) if text.isdigit() else None

    def named(self, host, name):
        """The process of that name ("hb-engine", "hb-writer"); None if there is none."""
        for line in host.run('ps', '-eo', 'pid=,stat=,comm=').text.splitlines():
            pid, state, command = line.split(None, 2)
            if command == name and not state.startswith('Z'):
                return int(pid)
        return None

    def engine(self, host):
        return self.named(host, 'hb-engine')

    def writer(self, host):
        return self.named(host, 'hb-writer')

    def signal(self, host, pid, number):
        host.run('kill', f'-{int(number)}', pid, check=True)

    def suspend(self, host, pids):
        """SIGSTOP to each process that pids() names. One of them, a script's, may end between the list and the signal."""
        listed = []

        def all_stopped():
            listed[:] = pids()
            return host.run('kill', f'-{int(signal.SIGSTOP)}', *listed).code == 0

        wait(all_stopped, 10, f'the processes of {host.name} stand still')
        return listed

    def kill_engine(self, host):
        pid = wait(lambda: self.engine(host), 5, 'an engine')
        self.signal(host, pid, signal.SIGKILL)
        wait(lambda: self.engine(host) != pid, 10, 'the engine has ended')

    def kill_all(self, host):
        """Every process of the daemon, at once."""
        pids = list(self.processes(host))
        if pids:
            host.run('kill', '-KILL', *pids)
        wait(lambda: not self.processes(host), 10, f'no daemon left on {host.name}')

    # What is seen ---------------------------------------------------------------------------------

    def log(self, host, path='/var/log/ha-log'):
        return host.read(path)

    def messages(self, host, path='/var/log/ha-log'):
        """[(level, text)] of the log."""
        found = (LEVEL.search(line) for line in self.log(host, path).splitlines())
        return [match.groups() for match in found if match]

    def said(self, host, text, since=0):
        """Lines with `text` among those after the first `since` characters of the log."""
        return [line for line in self.log(host)[since:].splitlines() if text in line]

    def mark(self, host):
        return len(self.log(host))

    def wait_said(self, host, text, seconds=15, since=0):
        return wait(lambda: self.said(host, text, since), seconds, f'"{text}" in the log of {host.name}')

    def status(self, host):
        """{record: {key: fields}} of the control socket; empty when nobody answers."""
        answer = b''
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5 * lab_module.SLOWNESS)
            try:
                connection.connect(host.file('/run/heartbeat/control'))
                connection.sendall(b'status\n')
                while block := connection.recv(65536):
                    answer += block
            except OSError:
                return {}
        records = {}
        for line in answer.decode(errors='replace').splitlines():
            words = line.split('\t')
            records.setdefault(words[0], {})[words[1] if len(words) > 1 else ''] = words[2:]
        return records

    def group_state(self, host, key=None):
        """State of the first (or the named) group, 'foreign', 'owned', ...; None when the daemon does not
        answer."""
        groups = self.status(host).get('group', {})
        if key is None:
            key = next(iter(groups), None)
        return groups[key][1] if key in groups else None

    def peer_state(self, host):
        """What the host thinks of the other one."""
        fields = self.status(host).get('node', {}).get(self.lab.other(host).name)
        return fields[1] if fields else None

    def in_session(self, host):
        """Both directions between the nodes are heard."""
        fields = self.status(host).get('node', {}).get(self.lab.other(host).name)
        return bool(fields) and fields[1] == 'active' and fields[6] == 'session'

    def wait_formed(self, seconds=20):
        for host in self.pair:
            wait(
                lambda host=host: self.in_session(host), seconds, f'{host.name} hears the other and is heard'
            )

    def owners(self, address=None):
        """The hosts that have the address."""
        return [host for host in self.pair if host.is_on and host.has(address or self.service)]

    def wait_owner(self, host, address=None, seconds=20):
        wait(
            lambda: self.owners(address) == [host],
            seconds,
            f'{host.name} alone has {address or self.service}',
        )

    def wait_state(self, host, state, key=None, seconds=20):
        wait(lambda: self.group_state(host, key) == state, seconds, f'group {state} on {host.name}')

    def bring_up(self, **configuration):
        """Configured, started, formed, and the first host serves."""
        self.configure(**configuration)
        self.start()
        self.wait_formed()
        self.wait_owner(self.pair[0])
        self.wait_state(self.pair[0], 'owned')

    def check(self, host, *words):
        return host.run(hbctl(), *words)


def read_json(text):
    """The first JSON object line of a program's output."""
    import json

    for line in text.splitlines():
        if line.startswith('{'):
            return json.loads(line)
    raise lab_module.LabError(f'no result: {text[:200]}')


def which(*names):
    """The first of the programs that this machine has."""
    for name in names:
        for directory in lab_module.ENVIRONMENT['PATH'].split(':'):
            if os.access(os.path.join(directory, name), os.X_OK):
                return os.path.join(directory, name)
    return None
