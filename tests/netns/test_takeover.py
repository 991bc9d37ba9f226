"""Who serves when a host dies, leaves, returns, or is alone."""
import time

from base import LabTest, pcap, read_json, unittest, wait

CALM = {'keepalive': '200ms', 'warntime': '1', 'deadtime': '2', 'initdead': '4'}


class Takeover(LabTest):
    def test_second_host_serves_after_a_power_cut_and_the_first_one_after_its_return(self):
        self.cluster.bring_up()
        self.lab.respond()
        probe = self.lab.probe(self.service)
        wait(lambda: self.sweep(self.service, 1)['hosts'] == {'a': 1}, 10, 'a answers')
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        self.assert_said(self.b, 'node a: is dead')
        self.assert_said(self.b, 'Resources being acquired from a.')
        wait(lambda: self.sweep(self.service, 1)['hosts'] == {'b': 1}, 10, 'b answers')
        self.a.boot()
        self.lab.respond(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_owner(self.a)
        wait(lambda: self.sweep(self.service, 1)['hosts'] == {'a': 1}, 10, 'a answers again')
        hosts = [run['host'] for run in read_json(probe.stop())['runs']]
        self.assertEqual(
            [host for at, host in enumerate(hosts) if at == 0 or hosts[at - 1] != host], ['a', 'b', 'a']
        )

    def test_new_owner_announces_the_address_in_both_forms_of_arp(self):
        self.cluster.bring_up()
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        wait(
            lambda: len(
                [
                    arp
                    for arp in pcap.announcements(self.capture_file, self.service)
                    if arp.source == self.b.mac
                ]
            )
            >= 4,
            10,
            'announced twice in both forms',
        )
        seen = [
            arp for arp in pcap.announcements(self.capture_file, self.service) if arp.source == self.b.mac
        ]
        self.assertEqual({arp.operation for arp in seen}, {1, 2})
        for arp in seen:
            self.assertEqual((arp.sender_mac, arp.destination), (self.b.mac, 'ff:ff:ff:ff:ff:ff'))

    def test_old_owner_never_announces_again_after_a_hand_over(self):
        self.cluster.bring_up(auto_failback='off')
        self.cluster.stop(self.a)
        self.cluster.wait_owner(self.b)
        time.sleep(1.5)  # the repetitions of its own announcements would fall here
        seen = [arp.source for arp in pcap.announcements(self.capture_file, self.service)]
        first_of_b = seen.index(self.b.mac)
        self.assertNotIn(self.a.mac, seen[first_of_b:])

    def test_two_hosts_that_start_together_settle_without_waiting_for_initdead(self):
        self.cluster.configure(initdead='100')
        self.cluster.start()
        self.cluster.wait_owner(self.a, seconds=20)
        self.assert_not_said(self.a, 'is dead')

    def test_each_host_serves_its_own_group_when_both_live(self):
        second = str(self.lab.network[101])
        self.cluster.configure(haresources=f'a {self.service}\nb {second}\n')
        self.cluster.start()
        self.cluster.wait_owner(self.a)
        self.cluster.wait_owner(self.b, second)
        self.b.cut_power()
        self.cluster.wait_owner(self.a, second)
        self.assertEqual(self.a.addresses()[second], 'eth0:1')

    def test_host_that_is_alone_waits_for_initdead_and_then_serves(self):
        self.cluster.configure(initdead='3')
        started = time.monotonic()
        self.cluster.start(self.a)
        self.cluster.wait_owner(self.a)
        self.assertGreater(time.monotonic() - started, 2)
        self.assert_said(self.a, 'node b: is dead')

    def test_host_that_is_alone_also_serves_what_prefers_the_other(self):
        self.cluster.configure()
        self.cluster.start(self.b)
        self.cluster.wait_owner(self.b)
        self.cluster.start(self.a)
        self.cluster.wait_owner(self.a)

    def test_stop_of_the_owner_hands_over_before_the_peer_acts(self):
        self.cluster.bring_up(**CALM)
        self.cluster.stop(self.a)
        self.cluster.wait_owner(self.b, seconds=10)
        self.assertFalse(self.a.has(self.service))
        self.assertEqual(self.cluster.processes(self.a), {})
        for text in (
            'Giving up all HA resources.',
            'All HA resources relinquished.',
            'a Heartbeat shutdown complete.',
        ):
            self.assert_said(self.a, text)
        self.assert_said(self.b, "Received shutdown notice from 'a'.")

    def test_stop_of_the_standby_changes_nothing_for_the_owner(self):
        self.cluster.bring_up(**CALM)
        self.cluster.stop(self.b)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 3, 'a serves')
        self.cluster.start(self.b)
        self.cluster.wait_formed()
        self.assertEqual(self.cluster.owners(), [self.a])

    def test_stop_of_both_at_once_leaves_no_address(self):
        self.cluster.bring_up()
        self.a.shell('kill $(cat /run/heartbeat.pid)', check=True)
        self.b.shell('kill $(cat /run/heartbeat.pid)', check=True)
        for host in self.lab.pair:
            wait(lambda host=host: not self.cluster.processes(host), 30, f'{host.name} has stopped')
        self.assertEqual(self.cluster.owners(), [])

    def test_group_stays_where_it_is_when_auto_failback_is_off(self):
        self.cluster.bring_up(auto_failback='off', **CALM)
        self.cluster.stop(self.a)
        self.cluster.wait_owner(self.b)
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        self.hold_still(lambda: self.cluster.owners() == [self.b], 3, 'b serves')

    def test_standby_and_takeover_by_the_operator_move_the_group(self):
        self.cluster.bring_up(**CALM)
        before = self.cluster.check(self.a, 'standby', 'all')
        self.assertEqual(before.code, 0, before)
        self.cluster.wait_owner(self.b)
        self.cluster.wait_state(self.b, 'owned')
        back = self.cluster.check(self.a, 'takeover', 'all')
        self.assertEqual(back.code, 0, back)
        self.cluster.wait_owner(self.a)

    def test_daemon_that_is_restarted_again_and_again_always_gets_its_group_back(self):
        self.cluster.bring_up()
        for _ in range(4):
            self.cluster.stop(self.a)
            self.cluster.wait_owner(self.b)
            self.cluster.start(self.a)
            self.cluster.wait_owner(self.a)
        self.cluster.wait_formed()

    def test_restart_at_once_is_an_ordinary_return(self):
        self.cluster.bring_up()
        self.cluster.stop(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_restart_of_the_standby_right_after_a_kill_harms_nothing(self):
        self.cluster.bring_up(**CALM)
        for _ in range(3):
            self.cluster.kill_all(self.b)
            self.cluster.start(self.b)
        self.cluster.wait_formed()
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')

    def test_power_cut_of_both_and_return_of_both(self):
        self.cluster.bring_up()
        self.a.cut_power()
        self.b.cut_power()
        self.a.boot()
        self.b.boot()
        self.cluster.start()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)


if __name__ == '__main__':
    unittest.main()
