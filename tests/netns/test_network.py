"""Cables, firewalls and interfaces that come and go."""
import time

from base import LabTest, pcap, run, unittest, wait
from test_takeover import CALM


class Network(LabTest):
    def carrier(self, host):
        return host.read('/sys/class/net/eth0/carrier').strip() == '1'

    def test_second_host_serves_while_the_cable_of_the_first_is_out(self):
        self.cluster.bring_up()
        self.a.cut_cable()
        wait(lambda: self.b.has(self.service), 20, 'b serves')
        self.a.mend_cable()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_cable_of_the_standby_may_come_out_and_in_again(self):
        self.cluster.bring_up()
        self.b.cut_cable()
        wait(lambda: self.cluster.peer_state(self.a) == 'dead', 20, 'a misses b')
        self.assertTrue(self.a.has(self.service))
        self.b.mend_cable()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_cluster_forms_behind_firewalls_that_drop_all_input_and_says_once_what_mends_them(self):
        for host in self.lab.pair:
            host.run('iptables', '-A', 'INPUT', '-j', 'DROP', check=True)
        self.cluster.bring_up(**CALM)
        for host in self.lab.pair:
            wait(lambda host=host: self.cluster.said(host, 'iptables'), 60, f'the warning on {host.name}')
            lines = self.cluster.said(host, 'iptables')
            self.assertEqual(len(lines), 1, lines)
            self.assertIn('WARN', lines[0])
            self.assertIn(
                'iptables -I INPUT -p udp --dport 694 -j ACCEPT',
                lines[0].replace('INPUT 1 ', 'INPUT ').replace('INPUT 2 ', 'INPUT '),
            )
            self.assert_said(host, 'nft')

    def test_reverse_path_filter_that_drops_is_named_and_the_firewall_is_not_and_the_hint_mends_it(self):
        lone = '10.99.0.2/32'  # b speaks from an address to which a has no route over eth0
        self.a.shell(
            'sysctl -q -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1 && '
            'ip link add other type veth peer name far && ip link set far up && ip link set other up && ip route add 10.99.0.0/24 dev other',
            check=True,
        )
        self.b.shell(f'ip addr flush dev eth0 && ip addr add {lone} brd 192.168.77.255 dev eth0', check=True)
        self.cluster.configure(haresources=f'a {self.service}/24/eth0\n', **CALM)
        self.cluster.start()
        line = self.cluster.wait_said(self.a, 'rp_filter', seconds=60)[0]
        self.assertIn('the reverse path filter of eth0 (rp_filter) drops the heartbeats of node b', line)
        self.assert_not_said(self.a, 'the firewall of this host drops')
        hint = line[line.index('sysctl -w') :]
        self.a.shell(hint, check=True)
        self.cluster.stop(self.a)
        mark = self.cluster.mark(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        self.hold_still(lambda: not self.cluster.said(self.a, 'rp_filter', mark), 12, 'the hint has mended it')

    def test_no_warning_about_a_firewall_where_there_is_none(self):
        self.cluster.bring_up()
        self.hold_still(lambda: not self.cluster.said(self.a, 'iptables'), 3, 'no warning')

    def test_heartbeats_are_heard_ahead_of_a_drop_at_the_ingress_of_the_interface(self):
        for host in self.lab.pair:
            host.run(
                'nft',
                '-f',
                '-',
                check=True,
                stdin='table netdev early {\nchain c {\ntype filter hook ingress device "eth0" '
                'priority -500;\nudp dport 694 counter drop\n}\n}\n',
            )
        self.cluster.bring_up()

    def test_interface_that_is_deleted_and_made_again_is_used_again(self):
        self.one_owner = False
        self.cluster.bring_up()
        self.b.run('ip', 'link', 'del', 'eth0', check=True)
        wait(lambda: self.cluster.peer_state(self.a) == 'dead', 20, 'a misses b')
        self.lab.switch.run('ip', 'link', 'del', self.b.port)
        self.b.plug_in()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_interface_of_the_owner_that_is_deleted_and_made_again_gets_the_service_address_again(self):
        self.one_owner = False
        self.cluster.bring_up()
        self.a.run('ip', 'link', 'del', 'eth0', check=True)
        wait(lambda: self.b.has(self.service), 20, 'b serves')
        self.lab.switch.run('ip', 'link', 'del', self.a.port)
        self.a.plug_in()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a, seconds=30)

    def test_interface_that_goes_down_and_up_is_used_again(self):
        self.one_owner = False
        self.cluster.bring_up()
        self.b.run('ip', 'link', 'set', 'eth0', 'down', check=True)
        wait(lambda: self.cluster.peer_state(self.a) == 'dead', 20, 'a misses b')
        self.b.run('ip', 'link', 'set', 'eth0', 'up', check=True)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_interface_of_the_owner_that_is_set_down_and_up_again_serves_as_before(self):
        self.cluster.bring_up(**CALM)
        self.lab.respond()
        for seconds in (0, 0.5, 4):
            self.a.run('ip', 'link', 'set', 'eth0', 'down', check=True)
            time.sleep(seconds)
            began = time.time()
            self.a.run('ip', 'link', 'set', 'eth0', 'up', check=True)
            self.cluster.wait_formed()
            self.cluster.wait_owner(self.a, seconds=30)
            self.cluster.wait_state(self.a, 'owned')
            wait(lambda: self.announced_since(began), 20, f'announced after {seconds} s')
            self.assertIn(f'local {self.service}', self.a.run('ip', 'route', 'show', 'table', 'local').text)
            wait(lambda: self.sweep(self.service, 1)['hosts'] == {'a': 1}, 10, 'a answers')

    def announced_since(self, began):
        return any(
            arp.source == self.a.mac and arp.time >= began
            for arp in pcap.announcements(self.capture_file, self.service)
        )

    def test_standby_that_loses_and_changes_its_address_stays_in_the_cluster(self):
        self.cluster.bring_up(**CALM)
        self.b.run('ip', 'addr', 'del', f'{self.b.address}/24', 'dev', 'eth0', check=True)
        mark = self.cluster.mark(self.a)
        changed = str(self.lab.network[20])
        self.b.run('ip', 'addr', 'add', f'{changed}/24', 'brd', '+', 'dev', 'eth0', check=True)
        wait(
            lambda: any(
                packet.from_address == changed
                for packet in pcap.packets(self.capture_file)
                if isinstance(packet, pcap.Udp) and packet.source == self.b.mac
            ),
            20,
            'heartbeats from the new address',
        )
        self.cluster.wait_formed()
        self.assertEqual(self.cluster.owners(), [self.a])
        self.assert_not_said(self.a, 'Resources being acquired', mark)

    def test_one_frame_in_five_lost_moves_nothing(self):
        self.cluster.bring_up(keepalive='100ms', warntime='1', deadtime='3', initdead='6')
        self.lab.drop(self.a, self.b, 20)
        self.lab.drop(self.b, self.a, 20)
        mark = self.cluster.mark(self.b)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 6, 'a serves')
        self.assert_not_said(self.b, 'is dead', mark)

    def test_port_694_is_held_and_no_icmp_error_leaves(self):
        self.cluster.bring_up()
        bind = 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 694))'
        self.assertIn('Address already in use', self.b.run('python3', '-S', '-c', bind).text)
        send = (
            'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
            f's.connect(("{self.b.address}", 694)); s.send(b"x")'
        )
        for _ in range(5):
            self.client.run('python3', '-S', '-c', send, check=True)
        self.check_no_port_unreachable()

    def test_kernel_of_a_third_host_accepts_the_checksums_of_our_datagrams(self):
        listen = (
            'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
            's.bind(("", 694)); s.settimeout(20)\n'
            'print("ready", flush=True)\nseen = set()\n'
            'while len(seen) < 2:\n'
            '    data, origin = s.recvfrom(65536); seen.add(origin[0]); assert data.startswith(b"###\\n")\n'
            'print("both")'
        )
        listener = self.lab.background(
            self.client.background('python3', '-S', '-c', listen, wait_for='ready')
        )
        self.cluster.bring_up()
        wait(lambda: 'both' in listener.text(), 20, 'heartbeats of both hosts at a kernel socket')
        wrong = run(self.client.space.enter_network('cat', '/proc/net/snmp'), check=True).text
        rows = [line.split() for line in wrong.splitlines() if line.startswith('Udp:')]
        self.assertEqual(dict(zip(*rows)).get('InCsumErrors', '0'), '0')

    def test_heartbeats_go_to_the_broadcast_address_from_every_host(self):
        self.cluster.bring_up()
        broadcast = str(self.lab.network.broadcast_address)
        for host in self.lab.pair:
            beats = [
                packet
                for packet in pcap.packets(self.capture_file)
                if isinstance(packet, pcap.Udp) and packet.to_port == 694 and packet.source == host.mac
            ]
            self.assertTrue(beats)
            self.assertEqual(
                {(packet.from_address, packet.to_address, packet.destination) for packet in beats},
                {(host.address, broadcast, 'ff:ff:ff:ff:ff:ff')},
            )


if __name__ == '__main__':
    unittest.main()
