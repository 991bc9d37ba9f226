"""A cluster of this heartbeat and Debian's 3.0.6, or of two 3.0.6, and what must hold at every end."""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), 'netns'), os.path.join(os.path.dirname(HERE), 'lab')]

import peers
from base import LabTest, pcap, program, read_json, run, unittest, wait
from cluster import Cluster
from complaints import BY_ITSELF, SWALLOWED, grave, unsaid, without
from journal import Journal
from lab import BUILD, Background, hbctl
from runner import quick, try_again

CALM = {'keepalive': '200ms', 'warntime': '1', 'deadtime': '2', 'initdead': '4'}
KEYS = {
    'crc': 'auth 1\n1 crc\n',
    'md5': 'auth 1\n1 md5 a-key-for-the-lab\n',
    'sha1': 'auth 1\n1 sha1 a-key-for-the-lab\n',
}
DEADLY = b'###\n11:(6)t=status,%%%\n9:1 1234567,'  # ends the master process of a 3.0.6
SEND = '''
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for text in sys.argv[2:]:
    s.sendto(bytes.fromhex(text), (sys.argv[1], 694))
'''
HEARTBEATS = 'ether type ip udp dport 694'


class Node:
    """A node of either kind on a host."""

    def __init__(self, cluster, host):
        self.cluster, self.host, self.name = cluster, host, host.name

    def __repr__(self):
        return f'{self.kind} on {self.name}'

    def log(self):
        return self.cluster.log(self.host)

    def kill(self):
        """Every process of it, at once."""
        pids = self.pids()
        if pids:
            self.host.run('kill', '-KILL', *pids)
        wait(lambda: not self.pids(), 10, f'no process of {self} left')


class Ours(Node):
    kind = 'ours'

    def prepare(self):
        pass

    def start(self):
        self.cluster.start(self.host)

    def stop(self):
        self.cluster.stop(self.host)

    def begin_stop(self):
        self.host.run('kill', '-TERM', self.cluster.supervisor(self.host), check=True)

    def reload(self):
        return self.host.run(peers.heartbeat(), '-r', timeout=60)

    def standby(self, which):
        return self.host.run(hbctl(), 'standby', 'foreign' if which == 'failback' else which)

    def takeover(self, which):
        return self.host.run(hbctl(), 'takeover', 'local' if which == 'failback' else which)

    def pids(self):
        return list(self.cluster.processes(self.host))

    def is_settled(self):
        status = self.cluster.status(self.host)
        states = [fields[1] for fields in status.get('group', {}).values()]
        return bool(states) and all(state in ('owned', 'foreign', 'standby', 'wanted') for state in states)


class Theirs(Node):
    kind = 'theirs'

    def prepare(self):
        peers.LinuxHa.prepare(self.host)

    def start(self):
        self.host.shell(
            'mkdir -p /run/resource-agents /run/heartbeat/crm /run/heartbeat/ccm /run/heartbeat/rsctmp && '
            'chown -R hacluster:haclient /run/heartbeat',
            check=True,
        )
        self.host.run(peers.LinuxHa.program, timeout=60, check=True)

    def stop(self):
        self.host.run(peers.LinuxHa.program, '-k', timeout=100)

    def begin_stop(self):
        self.host.run('kill', '-TERM', self.master(), check=True)

    def reload(self):
        return self.host.run(peers.LinuxHa.program, '-r', timeout=60)

    def master(self):
        text = self.host.read('/run/heartbeat.pid').strip()
        return int(text) if text.isdigit() else None

    def standby(self, which):
        return self.host.run('/usr/share/heartbeat/hb_standby', which)

    def takeover(self, which):
        return self.host.run('/usr/share/heartbeat/hb_takeover', which)

    def pids(self):
        found = []
        for line in self.host.run('ps', '-eo', 'pid=,stat=,comm=').text.splitlines():
            pid, state, command = line.split(None, 2)
            if command.startswith('heartbeat') and not state.startswith('Z'):
                found.append(int(pid))
        return found

    def is_settled(self):
        status = self.host.run('/usr/bin/cl_status', 'rscstatus').text.strip()
        return status in ('none', 'local', 'foreign', 'all')


class MixedTest(LabTest):
    """self.first and self.second are the nodes a and b; self.ours and self.theirs the same by kind."""

    ours_first = True
    pair_of_theirs = False
    layout = (('first', 'one'), ('second', 'two'))  # preferred node, name of the group
    times = CALM
    settings = {}
    auth = 'sha1'
    allowed = ()  # complaints of theirs that this test calls forth, see complaints.py
    their_tools = False  # their scripts are on the host of ours, too
    exclusive = True  # no group runs on two hosts at any instant
    whatever_happens = False

    def setUp(self):
        if os.geteuid() == 0 and not peers.is_unpacked():
            self.skipTest('the packages of Heartbeat 3.0.6 are not here and could not be fetched')
        if self.pair_of_theirs:
            kinds = (Theirs, Theirs)
        else:
            kinds = (Ours, Theirs) if self.ours_first else (Theirs, Ours)
        theirs = {key: peers.TREE for key, kind in zip('ab', kinds) if kind is Theirs or self.their_tools}
        self.lab_options = {'tree': theirs}
        super().setUp()
        self.journal = Journal()
        self.addCleanup(self.journal.close)
        self.first, self.second = (kind(self.cluster, host) for kind, host in zip(kinds, self.lab.pair))
        self.nodes = (self.first, self.second)
        self.ours = next((node for node in self.nodes if node.kind == 'ours'), self.first)
        self.theirs = next(node for node in self.nodes if node.kind == 'theirs' and node is not self.ours)
        self.owner = {}

    # Configuration --------------------------------------------------------------------------------

    def haresources(self):
        lines = []
        for at, (node, name) in enumerate(self.layout):
            address = self.lab.network[100 + at]
            lines.append(f'{getattr(self, node).name} journal::{name} IPaddr2::{address}/24/eth0\n')
        return ''.join(lines)

    def configure(self, **settings):
        wanted = {'debugfile': None, **self.times, **self.settings, **settings}
        self.cluster.configure(haresources=self.haresources(), authkeys=KEYS[self.auth], **wanted)
        for node in self.nodes:
            node.prepare()
            self.journal.install(node.host)

    def home(self):
        return {name: getattr(self, node) for node, name in self.layout}

    def address(self, group):
        return str(self.lab.network[100 + [name for _, name in self.layout].index(group)])

    def group_of(self, node):
        return next(name for name, home in self.home().items() if home is node)

    def other(self, node):
        return self.second if node is self.first else self.first

    def each_has_one_owner(self):
        return all(len(self.runs_on(group)) == 1 for group in self.home())

    # What is waited for ---------------------------------------------------------------------------

    def runs_on(self, group):
        """The nodes whose script runs and that have the address."""
        return [
            node
            for node in self.nodes
            if node.host.is_on
            and os.path.exists(node.host.file(f'/run/journal-{group}.flag'))
            and node.host.has(self.address(group))
        ]

    def expect(self, owner=None, seconds=40, settled=True):
        """Each group runs on exactly that node, and nothing is in motion."""
        self.owner = dict(owner or self.owner)

        def reached():
            return all(self.runs_on(group) == [node] for group, node in self.owner.items())

        wait(reached, seconds, f'{self.owner}; is: {[(g, self.runs_on(g)) for g in self.owner]}')
        if settled:
            self.wait_settled(seconds)
            wait(reached, seconds, f'{self.owner} after all has settled')

    def wait_settled(self, seconds=40):
        for node in self.nodes:
            if node.host.is_on and node.pids():
                wait(node.is_settled, seconds, f'{node} is settled')

    def bring_up(self, **settings):
        """Both started, each group at home."""
        self.configure(**settings)
        for node in self.nodes:
            node.start()
        self.expect(self.home())

    def give(self, node, attempts=8):
        """The node gives all away; again if it was refused, silently perhaps, as something was in motion."""
        owner = {group: self.other(node) for group in self.home()}

        def moved():
            return all(self.runs_on(group) == [self.other(node)] for group in owner)

        for _ in range(attempts):
            end = time.monotonic() + 13  # a 3.0.6 forgets a request after 10 s
            if node.standby('all').code == 0:
                while time.monotonic() < end and not moved():
                    time.sleep(0.05)
            if moved():
                break
            time.sleep(0.5)
        self.expect(owner)

    # Faults ---------------------------------------------------------------------------------------

    def gone(self, node):
        """Where groups are without the node."""
        return {group: self.other(node) if owner is node else owner for group, owner in self.owner.items()}

    def wait_takeover(self, node, mark, left=False):
        """Even of nothing: a 3.0.6 whose peer is back before its mach_down has ended counts that peer's groups as its own."""
        other = self.other(node)
        if other is self.theirs:
            self.cluster.wait_said(other.host, 'mach_down takeover complete.', since=mark)
        elif not left:
            self.cluster.wait_said(other.host, f'node {node.name}: is dead', since=mark)

    def returned(self, node):
        """Where groups are when the node is back."""
        if self.settings.get('auto_failback', 'on') == 'off':
            return dict(self.owner)
        return {group: node if self.home()[group] is node else owner for group, owner in self.owner.items()}

    def slow(self, seconds=1):
        self.journal.set('slow-start', seconds)
        self.journal.set('slow-stop', seconds)

    def swift(self):
        self.journal.unset('slow-start')
        self.journal.unset('slow-stop')

    def begin_relay(self, *options):
        """From now on relay.py carries heartbeats between the two, until drop_nothing() and its stop()."""
        words = ('python3', os.path.join(HERE, 'relay.py'), 'p-a', 'p-b', *options)
        relay = self.lab.background(Background(self.lab.switch.enter_network(*words), wait_for='ready'))
        self.lab.drop(self.lab.a, self.lab.b, 100, HEARTBEATS)
        rule = f'add rule bridge loss c iifname "p-b" oifname "p-a" {HEARTBEATS} drop\n'
        self.lab.switch.run('nft', '-f', '-', check=True, stdin=rule)
        return relay

    def send_from_client(self, *datagrams):
        to = str(self.lab.network.broadcast_address)
        self.client.run('python3', '-S', '-c', SEND, to, *(one.hex() for one in datagrams), check=True)

    def flood(self, kind, count):
        """The same each time, and slow enough for a 3.0.6 to complain about each."""
        to = self.lab.network.broadcast_address
        words = ('--to', to, '--count', count, '--rate', 400, '--kind', kind)
        self.client.background(program('flood'), *words).wait(60)

    def change_keys(self):
        """Both learn a second key, then both sign with it."""
        keys = 'auth {}\n1 sha1 a-key-for-the-lab\n2 md5 another-key\n'
        for which in (1, 2):
            for node in self.nodes:
                time.sleep(1.1)  # 3.0.6 compares time stamps in seconds
                node.host.write('/etc/ha.d/authkeys', keys.format(which), 0o600)
                self.assertEqual(node.reload().code, 0)

    def cut_power(self, node):
        before, _ = node.host.cut_power()
        self.journal.note(int(before * 1e9), node.name, 'cut')

    # What holds at every end ----------------------------------------------------------------------

    def grave(self, node):
        """The set of its complaints, but for those that mean nothing."""
        return without(grave(node.log(), node.name), BY_ITSELF)

    def end_checks(self):
        super().end_checks()
        if self.exclusive:
            for _, name in self.layout:
                self.assertEqual(self.journal.overlaps(name), [], f'group {name} ran on two hosts')
        if not self.pair_of_theirs:
            self.check_what_ours_sent()
            for node in self.nodes:
                if node.kind == 'theirs':
                    self.assertEqual(without(self.grave(node), self.allowed), set(), f'in the log of {node}')
                    self.assertEqual(self.cluster.said(node.host, 'hist queue'), [])
        self.record()

    def check_wire(self):
        """hbdump judges what ours sent; 3.0.6 is as it is."""
        if self.pair_of_theirs or not self.wire_is_valid:
            return
        own = os.path.join(self.lab.directory, 'own.pcap')
        pcap.keep(self.capture_file, own, {self.ours.host.mac})
        keys = os.path.join(self.lab.directory, 'authkeys')
        with open(keys, 'w', encoding='ascii') as file:
            file.write(KEYS[self.auth])
        os.chmod(keys, 0o600)
        hbdump = os.path.join(BUILD, 'hbdump')
        result = run([hbdump, '-r', own, '-k', keys, '--validate', '--allow-partial-checksum'], timeout=60)
        self.assertEqual(result.code, 0, f'hbdump: {result.text[-2000:]}')

    def check_what_ours_sent(self):
        """Nothing that would kill or restart a 3.0.6: field types 0 and 1 alone, no status that says dead."""
        for packet in pcap.packets(self.capture_file):
            if isinstance(packet, pcap.Udp) and packet.source == self.ours.host.mac and packet.to_port == 694:
                message = pcap.fields(packet.payload)
                self.assertTrue(message, packet.payload)
                self.assertEqual(bad_types(packet.payload), [], packet.payload)
                self.assertNotEqual((message.get('t'), message.get('st')), ('status', 'dead'))

    def record(self):
        """Gaps of the groups, for docs/mixed-cluster.md, and what each 3.0.6 complained about."""
        kinds = {node.name: node.kind for node in self.nodes}
        gaps = [
            (name, kinds[one], kinds[two], round(seconds, 3))
            for _, name in self.layout
            for one, two, seconds in self.journal.gaps(name)
        ]
        with open(os.path.join(BUILD, 'peer-results.jsonl'), 'a', encoding='utf-8') as file:
            said = {node.name: sorted(self.grave(node)) for node in self.nodes if node.kind == 'theirs'}
            file.write(json.dumps({'test': self.id(), 'gaps': gaps, 'complaints': said}) + '\n')

    def show_logs(self):
        """Once after a failure."""
        for node in self.nodes:
            if node.kind == 'theirs' and len(unsaid(grave(node.log(), node.name), SWALLOWED)) < len(SWALLOWED):
                try_again('a 3.0.6 lost a message of its own script')
        try:
            print('---- journal', file=sys.stderr)
            for at, host, event, name in self.journal.events():
                stamp = time.strftime('%H:%M:%S', time.localtime(at)) + f'{at % 1:.3f}'[1:]
                print(stamp, host, event, name, file=sys.stderr)
            self.keep_evidence()
        except (OSError, AttributeError) as error:
            print(error, file=sys.stderr)
        super().show_logs()

    def keep_evidence(self):
        """Whole logs and the capture of a failed test: BUILD/peer-failed/TEST."""
        place = os.path.join(BUILD, 'peer-failed', self.id())
        os.makedirs(place, exist_ok=True)
        for node in self.nodes:
            with open(os.path.join(place, f'{node.name}-{node.kind}.log'), 'w', encoding='utf-8') as file:
                file.write(node.log())
        run(['cp', self.capture_file, self.journal.path, place])
        print(f'---- kept in {place}', file=sys.stderr)


def bad_types(payload):
    """Types of fields that 3.0.6 would not bear."""
    found, at = [], 4
    while payload.startswith(b'###\n') and not payload.startswith(b'%%%\n', at):
        colon = payload.index(b':', at)
        item = payload[colon + 1 : colon + 1 + int(payload[at:colon])]
        if item[:1] != b'(' or item[1:3] not in (b'0)', b'1)'):
            found.append(item)
        at = colon + 2 + len(item)
    return found


__all__ = [
    'DEADLY', 'HEARTBEATS', 'KEYS', 'LabTest', 'MixedTest', 'pcap', 'quick', 'unittest', 'wait',
]
