"""Service addresses end by themselves when nobody prolongs them."""
import signal

from base import LabTest, unittest, wait
from lab import SLOWNESS
from test_takeover import CALM

LIFETIME = 2  # half of the deadtime of CALM, and the least


class Lifetimes(LabTest):
    def shown(self, host):
        """The line of `ip` about the service address."""
        lines = host.run('ip', '-o', '-4', 'addr', 'show').text.splitlines()
        return next((line for line in lines if f' {self.service}/' in line), '')

    def test_address_is_prolonged_and_stays(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.a)
        self.assertRegex(self.shown(self.a), 'dynamic eth0:0.* valid_lft [12]sec')
        self.hold_still(lambda: self.a.has(self.service), 4 * LIFETIME, 'a serves')
        self.assert_not_said(self.a, 'expired', mark)
        self.assert_not_said(self.a, 'removed', mark)

    def test_address_of_a_daemon_that_is_killed_whole_ends_by_itself(self):
        self.cluster.bring_up(**CALM)
        self.cluster.stop(self.b)
        self.cluster.kill_all(self.a)
        self.assertTrue(self.a.has(self.service))
        wait(lambda: not self.a.has(self.service), (LIFETIME + 0.5) / SLOWNESS, 'its address has ended')

    def test_address_stays_through_an_engine_that_dies_and_a_reload(self):
        self.cluster.bring_up(**CALM)
        self.cluster.kill_engine(self.a)
        self.hold_still(lambda: self.a.has(self.service), 2 * LIFETIME, 'a serves')
        self.cluster.configure(address_lifetime='3', **CALM)
        self.a.run('kill', '-HUP', self.a.read('/run/heartbeat.pid').strip(), check=True)
        wait(lambda: 'valid_lft 3sec' in self.shown(self.a), 10, 'the new lifetime')
        self.hold_still(lambda: self.a.has(self.service), 6, 'a serves')

    def test_lifetimes_can_be_switched_off(self):
        self.cluster.bring_up(address_lifetime='off', **CALM)
        self.assertIn('valid_lft forever', self.shown(self.a))
        self.assertNotIn('dynamic', self.shown(self.a))

    def test_address_that_expired_while_the_supervisor_stood_still_is_there_again_and_nobody_is_blamed(self):
        self.cluster.bring_up(**CALM | {'deadtime': '30', 'initdead': '30', 'warntime': '20'}, address_lifetime='2')
        supervisor = self.a.read('/run/heartbeat.pid').strip()
        mark = self.cluster.mark(self.a)
        self.cluster.signal(self.a, supervisor, signal.SIGSTOP)
        wait(lambda: not self.a.has(self.service), 10, 'its address has ended')
        self.cluster.signal(self.a, supervisor, signal.SIGCONT)
        wait(lambda: self.a.has(self.service), 10, 'it is back')
        self.cluster.wait_said(self.a, 'had expired, because heartbeat stood still', since=mark)
        self.assert_not_said(self.a, 'removed', mark)


if __name__ == '__main__':
    unittest.main()
