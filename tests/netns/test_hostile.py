"""What arrives at the port and must change nothing; configurations of the two hosts that do not fit each
other."""
import os
import time

from base import LabTest, heartbeat, pcap, program, read_json, unittest, wait
from test_takeover import CALM


class Hostile(LabTest):
    def flood(self, *options):
        """Says what it sent; returns the log lines it cost on each host."""
        before = {host: len(self.cluster.log(host).splitlines()) for host in self.lab.pair}
        sent = read_json(
            self.client.background(
                program('flood'), '--to', self.lab.network.broadcast_address, *options
            ).wait(120)
        )
        self.assertGreater(sent['sent'], 0)
        return {host: len(self.cluster.log(host).splitlines()) - before[host] for host in self.lab.pair}

    def processes(self):
        return [sorted(self.cluster.processes(host)) for host in self.lab.pair]

    def record(self):
        """The name of a file of heartbeats."""
        samples = os.path.join(self.lab.directory, 'samples')
        wait(
            lambda: pcap.save_heartbeats(self.capture_file, samples) > 20,
            20,
            'heartbeats to change and to repeat',
        )
        return samples

    def settle_and_record_no_longer(self):
        """A capture of millions of datagrams would only slow down what is tested."""
        self.record()
        self.capture.stop()
        self.wire_is_valid = False

    def check_flood(self, *options):
        self.cluster.bring_up(**CALM)
        self.check_moves_nothing('--count', 20000, '--samples', self.record(), *options)

    def check_moves_nothing(self, *options):
        before = self.processes()
        mark = self.cluster.mark(self.b)
        lines = self.flood(*options)
        self.assertEqual(self.cluster.owners(), [self.a])
        self.assertEqual(self.processes(), before, 'no process died')
        self.assert_not_said(self.b, 'is dead', mark)
        for host, number in lines.items():
            self.assertLessEqual(number, 20, self.cluster.log(host)[-3000:])
        self.cluster.wait_formed()

    def test_garbage_at_the_port_moves_nothing_and_costs_few_log_lines(self):
        self.check_flood('--kind', 'garbage')

    def test_mutated_heartbeats_move_nothing_and_cost_few_log_lines(self):
        self.check_flood('--kind', 'mutated')

    def test_repeated_recordings_move_nothing_and_cost_few_log_lines(self):
        self.check_flood('--kind', 'replay')

    def test_noise_as_fast_as_a_host_can_send_it_never_reaches_the_engine(self):
        self.cluster.bring_up(**CALM)
        self.settle_and_record_no_longer()
        self.check_moves_nothing('--kind', 'noise', '--rate', 0, '--size', 64, '--count', 1000000)
        for host in self.lab.pair:
            self.assertEqual(self.cluster.said(host, 'Dropped'), [])
            self.assertLess(int(self.cluster.status(host)['counter']['datagrams received'][0]), 1000)

    def torrent(self):
        """What only the engine can tell from a message, faster than it can read."""
        words = ('--to', self.b.address, '--kind', 'garbage', '--rate', 0, '--size', 64, '--count', 10**9)
        return self.lab.background(self.client.background(program('flood'), *words))

    def test_frames_that_a_full_socket_loses_make_no_host_dead(self):
        self.cluster.bring_up(**CALM)
        self.settle_and_record_no_longer()
        mark = self.cluster.mark(self.b)
        flood = self.torrent()
        time.sleep(5)  # two deadtimes and a half: after three of them silence counts again
        flood.stop()
        self.assert_not_said(self.b, 'is dead', mark)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_flood_that_fills_the_socket_does_not_hide_the_death_of_a_host(self):
        self.cluster.bring_up()
        self.settle_and_record_no_longer()
        flood = self.torrent()
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        flood.stop()

    def test_flood_of_all_kinds_does_not_hide_the_death_of_a_host(self):
        self.cluster.bring_up()
        samples = self.record()
        flood = self.lab.background(
            self.client.background(
                program('flood'),
                '--to',
                self.lab.network.broadcast_address,
                '--count',
                300000,
                '--rate',
                5000,
                '--samples',
                samples,
            )
        )
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        flood.stop()

    def test_recording_of_a_dead_host_does_not_bring_it_back(self):
        self.cluster.bring_up()
        samples = self.record()
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        self.flood('--kind', 'replay', '--count', '5000', '--samples', samples)
        self.assertEqual(self.cluster.peer_state(self.b), 'dead')
        self.assertTrue(self.b.has(self.service))

    def test_wrong_key_on_one_host_is_one_clear_line_and_no_crash(self):
        self.wire_is_valid = False
        self.one_owner = False  # two hosts that cannot read each other are two clusters
        self.cluster.configure()
        self.b.write('/etc/ha.d/authkeys', 'auth 1\n1 sha1 another-key\n', 0o600)
        self.cluster.start()
        for host, other in ((self.a, self.b), (self.b, self.a)):

            def lines(host=host):
                return [
                    line
                    for line in self.cluster.log(host).splitlines()
                    if ('signature' in line or 'auth' in line.lower()) and ('ERROR' in line or 'WARN' in line)
                ]

            wait(lines, 20, f'a line about the key on {host.name}')
            time.sleep(2)
            self.assertLessEqual(len(lines()), 3, lines())
            self.assertTrue(any('authkeys' in line or 'key' in line for line in lines()), lines())
            self.assertTrue(self.cluster.processes(other))

    def test_name_that_is_not_in_ha_cf_is_refused_with_exit_6(self):
        self.cluster.configure(node=['x', 'y'], haresources=f'x {self.service}\n')
        result = self.a.run(heartbeat(), timeout=30)
        self.assertEqual(result.code, 6, result)
        self.assertIn('Current node [a] not in configuration', result.text + self.cluster.log(self.a))
        self.assertEqual(self.cluster.processes(self.a), {})

    def test_lists_of_nodes_that_differ_are_named_on_both_hosts_and_harm_nothing(self):
        self.cluster.configure(**CALM)
        self.b.write('/etc/ha.d/ha.cf', self.cluster.ha_cf(node=['x', 'b'], **CALM))
        self.b.write('/etc/ha.d/haresources', f'b {self.lab.network[150]}\n')
        self.cluster.start()
        self.cluster.wait_said(self.a, 'list of nodes')
        line = self.cluster.wait_said(self.b, '"a"')[0]
        self.assertIn('ha.cf', line)
        self.assertEqual(len(self.processes()[0]), 3)
        self.assertEqual(len(self.processes()[1]), 3)

    def test_haresources_that_differ_are_named_on_both_hosts_and_nothing_moves(self):
        self.cluster.configure(**CALM)
        self.b.write('/etc/ha.d/haresources', f'a {self.service}\nb {self.lab.network[101]}\n')
        self.cluster.start()
        for host in self.lab.pair:
            self.cluster.wait_said(host, 'haresources differ', seconds=30)
        self.assertLessEqual(len(self.cluster.owners()), 1)

    def test_captured_datagrams_of_one_cluster_mean_nothing_to_another_on_the_same_wire(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.a)
        shout = (
            'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); '
            's.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n'
            'body = b"###\\n11:(0)t=status,10:(0)st=dead,8:(0)src=b,9:(0)seq=ff,14:(0)hg=7fffffff,"\n'
            'body += b"14:(0)ts=7fffffff,%%%\\n"\n'
            'for end in (b"", b"5:1 bad,", b"42:1 " + b"0" * 40 + b","):\n'
            f'    s.sendto(body + end, ("{self.lab.network.broadcast_address}", 694))'
        )
        self.client.run('python3', '-S', '-c', shout, check=True)
        self.hold_still(lambda: self.cluster.in_session(self.a), 1, 'still in session')
        self.assert_not_said(self.a, 'restart on node b', mark)


if __name__ == '__main__':
    unittest.main()
