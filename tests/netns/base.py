"""A test with real daemons: a lab, a cluster, a capture of all that was on the wire, and what must hold at
every end."""
import contextlib
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'lab'))

import pcap
from cluster import Cluster, read_json
from lab import BUILD, Lab, heartbeat, program, run, wait
from runner import never_excused


class LabTest(unittest.TestCase):
    """Judges by states, logs and captures. Waits for conditions with generous bounds; never asks for
    speed."""

    lab_options = {}
    wire_is_valid = True  # hbdump must accept every frame of both nodes
    one_owner = True  # two hosts never answer ARP for the service address at the same time
    whatever_happens = True  # be the machine as slow as it likes; a 3.0.6 does not promise that
    watched = None  # the address that is watched; the service address if None

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        if not os.access(heartbeat(), os.X_OK):
            self.skipTest(f'{heartbeat()} is not built')
        self.lab = Lab(**self.lab_options)
        self.addCleanup(self.lab.close)
        self.cluster = Cluster(self.lab)
        self.a, self.b, self.client = self.lab.a, self.lab.b, self.lab.client
        self.service = self.cluster.service
        self.capture_file = os.path.join(self.lab.directory, 'wire.pcap')
        self.capture = self.lab.capture(self.capture_file)
        self.watch = self.lab.probe(
            self.watched or self.service, '--arp', 'eth0', '--interval-us', '4000', '--gap-ms', '50'
        )

    def run(self, result=None):
        self._result = result
        return super().run(result)

    def _has_failed(self):
        return bool(self._result.failures or self._result.errors)

    def tearDown(self):
        try:
            if not self._result.skipped:
                self.check_owners()
            if not self._has_failed() and not self._result.skipped:
                self.end_checks()
        except BaseException:
            self.show_logs()
            raise
        if self._has_failed():
            self.show_logs()

    def check_owners(self):
        """Also of a test that has failed: a pause that excuses the rest does not excuse this."""
        double = read_json(self.watch.stop())['double_ms']
        with never_excused() if self.whatever_happens else contextlib.nullcontext():
            if self.one_owner:
                self.assertEqual(double, [], 'two hosts answered for the service address at the same time')

    def end_checks(self):
        self.capture.stop()
        with never_excused():
            self.check_no_port_unreachable()
            self.check_wire()

    def check_no_port_unreachable(self):
        macs = {host.mac for host in self.lab.pair}
        for packet in pcap.packets(self.capture_file):
            if (
                isinstance(packet, pcap.Icmp)
                and packet.source in macs
                and (packet.type, packet.code) == (3, 3)
            ):
                self.fail(f'ICMP port unreachable from {packet.from_address}')

    def check_wire(self):
        """The project's own decoder, and the checksums of every frame that a node sent."""
        hbdump = os.path.join(BUILD, 'hbdump')
        if not self.wire_is_valid or not os.access(hbdump, os.X_OK):
            return
        own = os.path.join(self.lab.directory, 'own.pcap')
        pcap.keep(self.capture_file, own, {host.mac for host in self.lab.pair})
        keys = os.path.join(self.lab.directory, 'authkeys')
        with open(keys, 'w', encoding='ascii') as file:
            file.write(self.a.read('/etc/ha.d/authkeys') or 'auth 1\n1 crc\n')
        os.chmod(keys, 0o600)
        result = run([hbdump, '-r', own, '-k', keys, '--validate', '--allow-partial-checksum'], timeout=60)
        self.assertEqual(result.code, 0, f'hbdump: {result.text[-2000:]}')

    def show_logs(self):
        for host in self.lab.pair:
            print(f'---- log of {host.name} (last 60 lines)', file=sys.stderr)
            print('\n'.join(self.cluster.log(host).splitlines()[-60:]), file=sys.stderr)
            if host.is_on:
                print(host.shell('ip -o -4 addr; ps -eo pid,ppid,user,stat,comm').text, file=sys.stderr)

    # Small words for tests ------------------------------------------------------------------------

    def heartbeats(self, source=None, kind=None):
        return list(pcap.heartbeats(self.capture_file, source, kind))

    def hold_still(self, condition, seconds, what):
        """For that long the condition stays true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(condition(), what)
            time.sleep(0.05)

    def assert_said(self, host, text, since=0):
        """What has happened is said, or soon will be: the log is written beside the work."""
        self.cluster.wait_said(host, text, since=since)

    def assert_not_said(self, host, text, since=0):
        self.assertEqual(self.cluster.said(host, text, since), [], f'in the log of {host.name}')

    def sweep(self, first, count):
        """{host: number of addresses that it answered for}."""
        return read_json(
            self.client.background(program('prober'), '--address', first, '--sweep', count).wait()
        )


__all__ = ['LabTest', 'wait', 'run', 'program', 'pcap', 'read_json', 'heartbeat', 'unittest']
