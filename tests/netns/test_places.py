"""Where a service address is, who is told of it, and where it must not be."""
import time

from base import LabTest, pcap, unittest, wait
from lab import hbctl
from test_takeover import CALM


class Places(LabTest):
    def source(self):
        return self.a.run('ip', '-o', 'route', 'get', self.client_address()).text

    def client_address(self):
        return str(self.lab.network[3])

    def announced_since(self, began):
        """MACs that the service address was announced with, in both forms."""
        seen = {
            (arp.source, arp.operation)
            for arp in pcap.announcements(self.capture_file)
            if str(arp.sender) == self.service and arp.time >= began
        }
        return {mac for mac, operation in seen if operation == 1 and (mac, 2) in seen}

    def test_address_on_the_loopback_interface_is_moved_and_put_back(self):
        for host in self.lab.pair:
            host.run('ip', 'addr', 'add', f'{self.service}/32', 'dev', 'lo', check=True)
            host.shell('echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore', check=True)
        self.cluster.bring_up()
        self.assertIn(self.service, self.a.addresses())
        self.assertNotIn(self.service, self.a.addresses('lo'))
        self.assertIn(self.service, self.b.addresses('lo'))
        self.cluster.stop(self.a)
        wait(lambda: self.service in self.a.addresses('lo'), 10, 'the copy is back')
        self.cluster.wait_owner(self.b)

    def test_address_on_another_interface_is_added_where_it_belongs_and_announced(self):
        self.a.shell(f'ip link add eth1 type veth peer name port2 && ip addr add {self.service}/32 dev eth1', check=True)
        self.a.shell('echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore', check=True)
        began = time.time()
        self.cluster.configure(haresources=f'a {self.service}/24/eth0\n', **CALM)
        self.cluster.start()
        wait(lambda: self.service in self.a.addresses(), 20, 'a has it on eth0')
        wait(lambda: self.announced_since(began) == {self.a.mac}, 10, 'announced')

    def test_gateway_and_own_address_are_refused_by_check_and_by_the_daemon(self):
        self.a.run('ip', 'route', 'add', '10.0.0.0/8', 'via', self.service, check=True)
        self.cluster.configure(**CALM)
        checked = self.a.run(hbctl(), 'check')
        self.assertNotEqual(checked.code, 0)
        self.assertIn(f'{self.service} is the gateway of a route of this host', checked.text)
        self.a.run('ip', 'route', 'del', '10.0.0.0/8', check=True)
        self.cluster.configure(haresources=f'a {self.a.address}/24/eth0\n', **CALM)
        checked = self.a.run(hbctl(), 'check')
        self.assertNotEqual(checked.code, 0)
        self.assertIn(f'{self.a.address} is the address of this host itself', checked.text)

    def test_host_has_its_own_source_again_after_a_flush(self):
        for word in (f'{self.service}/24/eth0', self.service):
            self.cluster.bring_up(haresources=f'a {word}\n', **CALM)
            mark = self.cluster.mark(self.a)
            self.a.run('ip', 'addr', 'flush', 'dev', 'eth0')
            wait(lambda: self.a.has(self.service), 5, 'the service address is put back')
            time.sleep(0.5)
            self.a.run('ip', 'addr', 'add', f'{self.a.address}/24', 'brd', '+', 'dev', 'eth0', check=True)
            wait(lambda: f'src {self.a.address} ' in self.source(), 5, 'the own address is the source')
            self.assertEqual(self.cluster.owners(), [self.a])
            self.assert_not_said(self.a, 'not put back', mark)
            self.cluster.stop()
            self.assertEqual(self.a.addresses(), {self.a.address: 'eth0'})

    def test_new_mac_is_announced(self):
        self.wire_is_valid = False  # the old MAC is no host's any longer
        self.cluster.bring_up(**CALM)
        mac = '02:00:00:00:77:77'
        began = time.time()
        self.a.run('ip', 'link', 'set', 'eth0', 'address', mac, check=True)
        wait(lambda: mac in self.announced_since(began), 5, 'announced with the new MAC')

    def test_altname_is_the_interface(self):
        for host in self.lab.pair:
            host.run('ip', 'link', 'property', 'add', 'dev', 'eth0', 'altname', 'enp3s0', check=True)
        self.cluster.bring_up(haresources=f'a {self.service}/24/enp3s0\n', bcast='enp3s0')
        self.assertEqual(self.a.addresses()[self.service], 'eth0:0')

    def test_interface_that_is_down_at_the_start_is_brought_up(self):
        self.a.shell('ip link add eth1 type veth peer name port2 && ip link set port2 up', check=True)
        self.cluster.configure(haresources='a 10.9.0.100/24/eth1\n')
        self.cluster.start(self.a)
        wait(lambda: '10.9.0.100' in self.a.addresses('eth1'), 20, 'the address on eth1')
        self.assert_said(self.a, 'interface eth1 was down; it is brought up')

    def test_address_that_a_killed_daemon_left_lives_on(self):
        self.cluster.configure(**CALM | {'initdead': '4'}, address_lifetime='20')
        self.cluster.start(self.a)
        wait(lambda: self.a.has(self.service), 20, 'a has it')
        self.cluster.kill_all(self.a)
        self.a.shell('rm -rf /run/heartbeat', check=True)
        self.cluster.start(self.a)
        self.cluster.wait_state(self.a, 'owned')
        self.hold_still(lambda: self.a.has(self.service), 22, 'it is prolonged')
        self.cluster.stop(self.a)
        self.assertFalse(self.a.has(self.service))

    def test_media_and_addresses_where_nobody_hears_are_refused_by_check(self):
        self.cluster.configure(bcast=['eth0', 'lo'])
        self.assertIn('lo is the loopback interface', self.a.run(hbctl(), 'check').text)
        self.a.run('ip', 'link', 'set', 'eth0', 'arp', 'off', check=True)
        self.cluster.configure()
        checked = self.a.run(hbctl(), 'check')
        self.assertNotEqual(checked.code, 0)
        self.assertIn('eth0 does no ARP', checked.text)


if __name__ == '__main__':
    unittest.main()
