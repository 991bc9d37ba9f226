"""Cables of the interface that the service address is on."""
from base import LabTest, unittest, wait
from test_takeover import CALM

SECOND = {'bcast': 'eth0 eth1'} | CALM


class OneCable(LabTest):
    def test_cable_of_the_owner_out_and_in_for_any_time_makes_no_second_owner(self):
        self.cluster.bring_up(**CALM)  # deadtime 2 s: the right to hold lasts 1.5 s
        for seconds in (0.5, 1.4, 1.7, 1.95, 2.05, 4):
            self.a.cut_cable()
            self.pause(seconds)
            self.a.mend_cable()
            self.cluster.wait_formed()
            wait(lambda: len(self.cluster.owners()) == 1, 20, f'one owner after {seconds} s without a cable')
            self.cluster.wait_owner(self.a, seconds=30)
            self.cluster.wait_state(self.a, 'owned')

    def test_owner_without_a_cable_gives_up_and_says_why(self):
        self.cluster.bring_up(**CALM)
        self.a.cut_cable()
        wait(lambda: not self.a.has(self.service), 20, 'a gives up')
        self.cluster.wait_owner(self.b)
        self.assert_said(self.a, 'Interface eth0 has no carrier')
        self.assert_said(self.a, 'owned -> releasing (no carrier)')
        self.a.mend_cable()
        self.cluster.wait_owner(self.a, seconds=30)
        self.assert_said(self.a, 'Interface eth0 has carrier again')

    def test_standby_without_a_cable_claims_nothing(self):
        self.cluster.bring_up(**CALM)
        self.b.cut_cable()
        self.cluster.wait_said(self.b, 'are not claimed here: no carrier')
        self.hold_still(lambda: not self.b.has(self.service), 2, 'b has nothing')
        self.b.mend_cable()
        self.cluster.wait_formed()
        self.cluster.wait_state(self.b, 'foreign', seconds=30)
        self.assertEqual(self.cluster.owners(), [self.a])

    def pause(self, seconds):
        self.hold_still(lambda: True, seconds, '')


class TwoCables(LabTest):
    lab_options = {'second': '10.99.0.0/24'}

    def test_cable_of_the_owner_moves_the_group_long_before_a_deadtime_has_passed(self):
        self.cluster.bring_up(**SECOND | {'deadtime': '20', 'initdead': '20', 'warntime': '10'})
        self.a.cut_cable()
        self.cluster.wait_owner(self.b, seconds=10)
        self.assertEqual(self.cluster.peer_state(self.b), 'active')
        self.cluster.wait_state(self.a, 'not-here')
        self.a.mend_cable()
        self.cluster.wait_owner(self.a, seconds=30)

    def test_owner_keeps_the_group_while_both_cables_are_out(self):
        self.cluster.bring_up(**SECOND)
        self.b.cut_cable()
        self.cluster.wait_state(self.b, 'not-here')
        self.a.cut_cable()
        self.cluster.wait_said(self.a, 'Interface eth0 has no carrier')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 4, 'a holds')
        self.b.mend_cable()
        self.cluster.wait_owner(self.b, seconds=30)

    def test_standby_without_a_cable_claims_a_dead_owner_when_it_is_in_again(self):
        self.cluster.bring_up(**SECOND)
        self.b.cut_cable()
        self.cluster.wait_state(self.b, 'not-here')
        self.a.cut_power()
        self.cluster.wait_said(self.b, 'are not claimed here: no carrier')
        self.assertFalse(self.b.has(self.service))
        self.b.mend_cable()
        self.cluster.wait_owner(self.b)


if __name__ == '__main__':
    unittest.main()
