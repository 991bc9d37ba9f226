"""Before a claim, and while owned: who else answers for the address."""
import os
import re
import signal
import time

from base import LabTest, pcap, unittest, wait

MANUAL = os.path.join(os.path.dirname(__file__), '..', '..', 'man', 'ha.cf.5')

# Enough time for a silent node to be told from a slow one on a busy machine.
CALM = {'keepalive': '200ms', 'warntime': '1', 'deadtime': '2', 'initdead': '4', 'auto_failback': 'off'}

with open(MANUAL, encoding='ascii') as manual:
    # An orphan that stays: where addresses can have a lifetime, without one.
    FOR_EVER = CALM | ({'address_lifetime': 'off'} if 'Ic address_lifetime' in manual.read() else {})


class Guard(LabTest):
    one_owner = False  # each test says itself when two may have it

    def probes(self):
        """ARP requests of b for the service address with sender address 0."""
        return [
            packet
            for packet in pcap.packets(self.capture_file)
            if isinstance(packet, pcap.Arp)
            and packet.source == self.b.mac
            and packet.operation == 1
            and packet.sender == '0.0.0.0'
            and packet.target == self.service
        ]

    def test_owner_that_loses_its_power_is_probed_for_three_times_and_nothing_is_said_of_it(self):
        self.cluster.bring_up(**CALM)
        wait(lambda: self.probes() or self.announced(), 10, 'b learns who has the address, by asking or unasked')
        before = len(self.probes())
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        wait(lambda: len(self.probes()) - before >= 3, 10, 'three probes')
        self.assert_not_said(self.b, 'answers for the address')

    def test_address_that_a_dead_daemon_left_is_not_claimed_while_it_answers(self):
        self.cluster.bring_up(**FOR_EVER)
        self.cluster.kill_all(self.a)
        self.cluster.wait_said(self.b, f'({self.a.name}) still answers for the address of {self.service}')
        self.a.run('ip', 'addr', 'del', f'{self.service}/24', 'dev', 'eth0', check=True)
        self.cluster.wait_owner(self.b)
        wait(
            lambda: self.cluster.said(self.b, 'no longer answers for the address')
            or self.cluster.said(self.b, 'goes on answering'),
            10,
            'how it ended is said',
        )

    def test_address_that_nobody_takes_away_is_claimed_after_a_second_and_defended(self):
        self.cluster.bring_up(**FOR_EVER)
        self.cluster.kill_all(self.a)
        wait(lambda: self.b.has(self.service), 20, 'b claims all the same')
        self.assert_said(self.b, 'goes on answering for the address')
        self.assertTrue(self.a.has(self.service))
        # What a forgotten host does now and then.
        self.conflict_from(self.a)
        self.cluster.wait_said(self.b, f'(a) claims the address of {self.service}, which is held here')

    def test_owner_whose_processes_all_stand_still_is_not_claimed_from_while_its_kernel_answers(self):
        self.cluster.bring_up(**FOR_EVER)
        self.cluster.suspend(self.a, lambda: self.cluster.processes(self.a))
        self.cluster.wait_said(self.b, '(a) still answers for the address')
        self.a.run('ip', 'addr', 'del', f'{self.service}/24', 'dev', 'eth0', check=True)
        self.cluster.wait_owner(self.b)

    def conflict_from(self, host, address=None, interface='eth0'):
        """A gratuitous ARP request, as arping -U sends it."""
        script = (
            'import socket, sys\n'
            's = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n'
            's.bind((sys.argv[2], 0x806))\n'
            'mac = s.getsockname()[4]\n'
            'ip = socket.inet_aton(sys.argv[1])\n'
            's.send(b"\\xff" * 6 + mac + b"\\x08\\x06\\0\\1\\x08\\0\\6\\4\\0\\1" + mac + ip + b"\\0" * 6 + ip)\n'
        )
        host.run('python3', '-c', script, address or self.service, interface, check=True)

    def test_another_host_with_the_address_delays_the_claim_and_is_named(self):
        self.cluster.bring_up(**CALM)
        wait(lambda: self.probes() or self.announced(), 10, 'b learns who has the address, by asking or unasked')
        self.a.cut_power()
        self.client.run('ip', 'addr', 'add', f'{self.service}/24', 'dev', 'eth0', check=True)
        wait(lambda: self.b.has(self.service), 20, 'b claims all the same')
        said = f'{self.client.mac} (no node of this cluster)'
        self.assert_said(self.b, f'{said} answers for the address of {self.service} although its owner is dead')
        self.assert_said(self.b, f'{said} goes on answering')

    def test_address_that_a_killed_linux_ha_left_on_a_host_that_was_never_heard_delays_the_claim_and_is_named(self):
        # As its IPaddr2 adds it: a label, no lifetime, no protocol; and nobody there speaks any more.
        self.a.run(
            'ip', 'addr', 'add', f'{self.service}/24', 'brd', '+', 'dev', 'eth0', 'label', 'eth0:0', check=True
        )
        self.cluster.configure(**CALM)
        self.cluster.start(self.b)
        wait(lambda: self.b.has(self.service), 30, 'b claims all the same')
        said = f'{self.a.mac} (no node of this cluster)'
        # A node that was never heard may have it: its answer is waited for like that of an orphan.
        lines = self.cluster.wait_said(
            self.b, f'{said} still answers for the address of {self.service}: an orphan'
        )
        lines += self.cluster.wait_said(self.b, f'{said} goes on answering for the address of {self.service}')
        self.assertEqual(len(lines), 2, lines)
        after = int(re.search(r'(\d+) ms after the deadtime', lines[1])[1])
        self.assertLessEqual(after, 5000, 'the wait has an end')
        # Who starts this one on that host is told of it.
        checked = self.cluster.check(self.a, 'check')
        self.assertIn('is already an address of this host', checked.text)

    def test_conflict_while_owned_is_defended_and_said_and_nothing_is_given_up(self):
        self.cluster.bring_up(**CALM)
        time.sleep(4)  # the repetitions of the first announcement are over, but for the one after 10 s
        before = self.announced()
        self.conflict_from(self.client)
        self.cluster.wait_said(self.a, f'{self.client.mac} (no node of this cluster) claims the address of {self.service}')
        wait(lambda: self.announced() > before, 5, 'a announces again')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a keeps it')

    def test_address_on_the_last_of_forty_interfaces_is_guarded_and_defended_like_the_first(self):
        numbers = range(1, 41)
        for host in (*self.lab.pair, self.client):
            # All on one wire: each must answer for its own addresses only.
            host.run('sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=1', check=True)
            lines = [
                f'link add link eth0 name v{n} address 02:00:00:00:{host.number:02x}:{n:02x} up type macvlan mode bridge\n'
                f'addr add 10.1.{n}.{host.number}/24 dev v{n}\n'
                for n in numbers
            ]
            host.run('ip', '-batch', '-', stdin=''.join(lines), check=True)
        words = ' '.join(f'10.1.{number}.100/24/v{number}' for number in numbers)
        self.cluster.configure(haresources=f'a {self.service} {words}\n', **CALM)
        self.cluster.start()
        last = '10.1.40.100'
        wait(lambda: last in self.a.run('ip', 'addr', 'show', 'dev', 'v40').text, 20, 'a has the last address')
        self.conflict_from(self.client, last, 'v40')
        self.cluster.wait_said(self.a, f'claims the address of {last}/24/v40, which is held here')
        self.a.cut_power()
        self.client.run('ip', 'addr', 'add', f'{last}/24', 'dev', 'v40', check=True)
        wait(lambda: last in self.b.run('ip', 'addr', 'show', 'dev', 'v40').text, 20, 'b claims it')
        mac = f'02:00:00:00:{self.client.number:02x}:28'
        line = self.cluster.wait_said(self.b, f'{mac} (no node of this cluster)')[0]
        self.assertIn('answers for the address of', line)

    def announced(self):
        return sum(arp.source == self.a.mac for arp in pcap.announcements(self.capture_file, self.service))

    def test_gateway_that_drops_gratuitous_arp_knows_the_new_owner_at_once(self):
        gateway = self.client
        address = gateway.run('ip', '-o', '-4', 'addr', 'show', 'dev', 'eth0').text.split()[3].split('/')[0]
        for host in self.lab.pair:
            host.run('ip', 'route', 'replace', 'default', 'via', address, check=True)
        gateway.shell(
            'sysctl -qw net.ipv4.conf.eth0.arp_accept=0; '
            'nft add table arp lab; '
            "nft 'add chain arp lab input { type filter hook input priority 0; }'; "
            f'nft add rule arp lab input arp saddr ip {self.service} arp daddr ip {self.service} drop',
            check=True,
        )
        self.cluster.bring_up(**CALM)
        self.watch.stop()
        gateway.run('ping', '-c1', '-W5', self.service)
        self.assertEqual(self.neighbour(gateway), self.a.mac)
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        wait(lambda: self.neighbour(gateway) == self.b.mac, 5, 'the gateway knows b')

    def neighbour(self, host):
        words = host.run('ip', 'neigh', 'show', self.service, 'dev', 'eth0').text.split()
        return words[words.index('lladdr') + 1] if 'lladdr' in words else None


if __name__ == '__main__':
    unittest.main()
