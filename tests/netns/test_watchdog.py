"""The watchdog, with a file in its place: each feeding adds an octet, and nothing is ever reset."""
import os
import signal

from base import LabTest, unittest, wait
from test_takeover import CALM

DEVICE = '/run/stand-in'


class Watchdog(LabTest):
    wire_is_valid = False  # a stopped engine leaves half a story

    def bring_up(self, stop=':', **settings):
        for host in self.lab.pair:
            host.write(DEVICE, '')
        self.cluster.script('database', stop=stop)
        self.cluster.bring_up(
            haresources=f'a {self.service}\na database\n', watchdog=DEVICE, **{**CALM, **settings}
        )
        self.cluster.wait_state(self.a, 'owned', key='database')

    def feedings(self, host):
        return os.stat(host.file(DEVICE)).st_size

    def is_fed(self, host):
        before = self.feedings(host)
        wait(lambda: self.feedings(host) > before + 2, 20, f'the watchdog of {host.name} is fed')

    def test_is_fed_by_owner_and_standby_and_let_go_at_an_orderly_end(self):
        self.bring_up()
        self.is_fed(self.a)
        self.is_fed(self.b)
        self.cluster.wait_said(self.a, f'Watchdog {DEVICE} resets this host 2 s after its last feeding')
        self.cluster.wait_said(self.a, f'Watchdog {DEVICE}: its timeout cannot be set')
        self.cluster.stop(self.a)
        self.assertEqual(self.a.read(DEVICE)[-1], 'V')
        self.cluster.wait_owner(self.b)

    def test_starves_when_the_right_to_hold_has_passed_until_the_scripts_have_stopped(self):
        self.bring_up(stop='while [ ! -e /run/may-stop ]; do sleep 0.1; done')
        self.cluster.signal(self.a, self.cluster.engine(self.a), signal.SIGSTOP)
        self.cluster.wait_said(self.a, 'the watchdog is not fed until they have', seconds=30)
        hungry = self.feedings(self.a)
        self.hold_still(lambda: self.feedings(self.a) == hungry, 3, 'a script still runs')
        self.a.write('/run/may-stop', '')
        self.is_fed(self.a)

    def test_long_but_orderly_stop_does_not_starve_it(self):
        self.bring_up(stop='while [ ! -e /run/may-stop ]; do sleep 0.1; done')
        self.assertEqual(self.cluster.check(self.a, 'standby', 'all').code, 0)
        self.cluster.wait_state(self.a, 'releasing', key='database')
        for _ in range(3):
            self.is_fed(self.a)
        self.a.write('/run/may-stop', '')
        self.cluster.wait_state(self.b, 'owned', key='database')
        self.assert_not_said(self.a, 'the watchdog is not fed')


if __name__ == '__main__':
    unittest.main()
