"""What the daemon does, and never does, with the addresses of a host."""
import time

from base import LabTest, pcap, unittest, wait
from test_takeover import CALM


class ThousandAddresses(LabTest):
    lab_options = {'network': '10.77.0.0/16'}
    watched = '10.77.4.200'
    count = 1000

    def first(self):
        return '10.77.4.1'

    def lines(self):
        base = self.lab.network[0x401]
        return ''.join(f'a {base + i}\n' for i in range(self.count))

    def held(self, host):
        return sum(
            1 for address in host.addresses() if address.startswith('10.77.') and address != host.address
        )

    def wait_held(self, host, number):
        wait(lambda: self.held(host) == number, 60, f'{host.name} has {number} service addresses')

    def test_a_thousand_addresses_move_at_a_power_cut_and_home_again(self):
        self.cluster.configure(haresources=self.lines(), **CALM)
        self.cluster.start()
        self.wait_held(self.a, self.count)
        self.assertEqual(self.held(self.b), 0)
        self.a.cut_power()
        self.wait_held(self.b, self.count)
        self.lab.respond(self.b)
        wait(
            lambda: self.sweep(self.first(), self.count)['hosts'] == {'b': self.count},
            20,
            'b answers for all',
        )
        wait(lambda: self.announced(self.b) == self.count, 20, 'each announced in both forms')
        self.a.boot()
        self.lab.respond(self.a)
        self.cluster.start(self.a)
        self.wait_held(self.a, self.count)
        self.wait_held(self.b, 0)
        wait(
            lambda: self.sweep(self.first(), self.count)['hosts'] == {'a': self.count},
            20,
            'a answers for all',
        )

    def announced(self, host):
        """Addresses that the host has announced in both forms."""
        seen = {
            (arp.sender, arp.operation)
            for arp in pcap.announcements(self.capture_file)
            if arp.source == host.mac
        }
        return sum(1 for address, operation in seen if operation == 1 and (address, 2) in seen)

    def test_a_thousand_addresses_are_released_at_a_stop_and_the_hosts_own_stays(self):
        self.cluster.configure(haresources=self.lines(), **CALM)
        self.cluster.start()
        self.wait_held(self.a, self.count)
        self.cluster.stop(self.a)
        self.assertEqual(self.a.addresses(), {self.a.address: 'eth0'})
        self.wait_held(self.b, self.count)


class Flushed(LabTest):
    lab_options = {'network': '10.77.0.0/16'}
    watched = '10.77.4.1'

    def test_addresses_of_a_group_that_are_flushed_three_times_in_a_minute_are_back_and_announced(self):
        base = self.lab.network[0x401]
        addresses = {str(base + i) for i in range(30)}
        self.cluster.configure(haresources='a ' + ' '.join(sorted(addresses)) + '\n', **CALM)
        self.cluster.start()
        wait(lambda: addresses <= set(self.a.addresses()), 20, 'a has all')
        self.cluster.wait_state(self.a, 'owned')
        mark = self.cluster.mark(self.a)
        for _ in range(3):
            began = time.time()
            self.a.run('ip', 'addr', 'flush', 'dev', 'eth0', 'to', '10.77.4.0/24')  # ten rounds, then it gives up
            wait(lambda: addresses <= set(self.a.addresses()), 20, 'a has all again')
            wait(lambda: self.announced_since(began) == addresses, 20, 'all are announced in both forms')
        self.hold_still(lambda: addresses <= set(self.a.addresses()), 1, 'a has all')
        self.assertEqual(self.cluster.group_state(self.a), 'owned')
        self.assert_said(self.a, 'somebody removed the address', mark)
        self.assert_not_said(self.a, 'not put back', mark)
        self.assertFalse(addresses & set(self.b.addresses()))

    def announced_since(self, began):
        seen = {
            (arp.sender, arp.operation)
            for arp in pcap.announcements(self.capture_file)
            if arp.source == self.a.mac and arp.time >= began
        }
        return {address for address, operation in seen if operation == 1 and (address, 2) in seen}


class Addresses(LabTest):
    def test_address_carries_label_mask_and_broadcast_of_the_network(self):
        self.cluster.bring_up()
        text = self.a.run('ip', '-o', '-4', 'addr', 'show', 'dev', 'eth0').text
        line = next(line for line in text.splitlines() if self.service in line)
        self.assertIn(f'inet {self.service}/24 brd 192.168.77.255', line)
        self.assertIn('eth0:0', line)

    def test_labels_are_the_first_free_ones(self):
        self.a.run('ip', 'addr', 'add', '192.168.77.90/24', 'dev', 'eth0', 'label', 'eth0:0', check=True)
        second = str(self.lab.network[101])
        self.cluster.bring_up(haresources=f'a {self.service} IPaddr::{second}/24/eth0\n')
        wait(lambda: self.a.has(second), 10, 'the second address')
        labels = self.a.addresses()
        self.assertEqual({labels[self.service], labels[second]}, {'eth0:1', 'eth0:2'})

    def test_ipaddr2_has_no_label_unless_one_is_given(self):
        second = str(self.lab.network[101])
        self.cluster.bring_up(
            haresources=f'a IPaddr2::{self.service}/24/eth0 IPaddr2::{second}/24/eth0:web\n'
        )
        wait(lambda: self.a.has(second), 10, 'the second address')
        labels = self.a.addresses()
        self.assertEqual((labels[self.service], labels[second]), ('eth0', 'eth0:web'))

    def test_address_that_is_there_already_is_success_and_stays_at_the_stop(self):
        self.a.run('ip', 'addr', 'add', f'{self.service}/24', 'dev', 'eth0', check=True)
        self.one_owner = False  # it was given to the host by hand, and stays there
        self.cluster.configure(**CALM)
        self.cluster.start()
        self.cluster.wait_state(self.a, 'owned')
        self.cluster.stop(self.a)
        self.assertTrue(self.a.has(self.service), 'only what was added is removed')

    def test_other_addresses_of_the_host_outlive_a_hand_over(self):
        self.a.run('ip', 'addr', 'add', '192.168.77.50/24', 'dev', 'eth0', check=True)
        before = self.a.addresses()
        self.cluster.bring_up()
        self.cluster.stop(self.a)
        self.assertEqual(self.a.addresses(), before)
        self.cluster.wait_owner(self.b)

    def test_own_address_that_comes_back_is_the_primary_one_again_and_no_release_takes_it(self):
        self.a.shell('echo 0 >/proc/sys/net/ipv4/conf/eth0/promote_secondaries', check=True)
        self.cluster.bring_up(**CALM)
        # The service address becomes the primary one of its subnet, and is moved behind the host's own when that is there again:
        # with promote_secondaries 0 the kernel would take all others with a primary one that is deleted.
        self.a.shell('echo 1 >/proc/sys/net/ipv4/conf/eth0/promote_secondaries', check=True)
        self.a.run('ip', 'addr', 'del', f'{self.a.address}/24', 'dev', 'eth0', check=True)
        self.a.run('ip', 'addr', 'add', f'{self.a.address}/24', 'brd', '+', 'dev', 'eth0', check=True)
        self.a.shell('echo 0 >/proc/sys/net/ipv4/conf/eth0/promote_secondaries', check=True)
        wait(
            lambda: list(self.a.addresses()) == [self.a.address, self.service],
            10,
            'the address of the host is primary',
        )
        self.cluster.stop(self.a)
        self.assertEqual(self.a.addresses(), {self.a.address: 'eth0'})
        self.cluster.wait_owner(self.b)

    def test_address_that_an_operator_deletes_is_put_back_and_said(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.a)
        self.a.run('ip', 'addr', 'del', f'{self.service}/24', 'dev', 'eth0', check=True)
        wait(lambda: self.a.has(self.service), 10, 'put back')
        self.cluster.wait_said(self.a, self.service, since=mark)
        self.assertEqual(self.cluster.owners(), [self.a])

    def test_address_that_somebody_keeps_removing_is_given_up_here_and_served_by_the_other(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.a)
        endless = f'yes addr del {self.service}/24 dev eth0'
        remover = self.a.background('bash', '-c', f'exec ip -force -batch <({endless}) >/dev/null 2>&1')
        self.cluster.wait_said(self.a, 'it is not put back any more', since=mark)
        self.cluster.wait_owner(self.b)
        remover.kill()
        self.hold_still(lambda: self.cluster.owners() == [self.b], 1, 'b serves alone')

    def test_interface_and_mask_come_from_the_route(self):
        self.a.shell(
            'ip link add port2 type veth peer name eth1 && ip link set port2 up && '
            'ip addr add 10.9.0.1/20 dev eth1 && '
            'ip link set eth1 up',
            check=True,
        )
        self.cluster.configure(haresources='a 10.9.0.100\n')
        self.cluster.start()
        wait(lambda: '10.9.0.100' in self.a.addresses('eth1'), 20, 'the address on eth1')
        line = self.a.run('ip', '-o', '-4', 'addr', 'show', 'dev', 'eth1').text
        self.assertIn('10.9.0.100/20', line)
        self.assertIn('eth1:0', line)

    def test_address_without_a_route_is_a_failed_start_and_is_said(self):
        self.cluster.configure(haresources='a 172.31.9.9\n')
        self.cluster.start()
        self.cluster.wait_said(self.a, 'Giving up resources due to failure of')
        self.assertEqual(self.cluster.owners('172.31.9.9'), [])


if __name__ == '__main__':
    unittest.main()
