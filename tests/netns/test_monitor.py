"""Alive but useless: what is started is asked for its status, restarted once, then given to the other host."""
import time

from base import LabTest, unittest, wait
from test_takeover import CALM


class Monitors(LabTest):
    def bring_up(self, monitor='web 300ms 1s', **settings):
        for name in ('web', 'logger'):
            self.cluster.script(
                name, start=f'echo start {name} >>/run/order', stop=f'echo stop {name} >>/run/order'
            )
        self.cluster.bring_up(
            haresources=f'a {self.service} web logger\n', monitor=monitor, **{**CALM, **settings}
        )
        wait(lambda: self.cluster.calls(self.a, 'web').count('status') >= 3, 20, 'a is asked again and again')
        self.a.shell('rm -f /run/order')

    def order(self, host):
        return host.read('/run/order').splitlines()

    def test_service_that_dies_is_restarted_with_what_stands_behind_it_and_the_address_stays(self):
        self.bring_up()
        self.a.shell('rm /run/web.flag', check=True)
        self.cluster.wait_said(self.a, 'Monitor of web failed')
        wait(
            lambda: self.order(self.a) == ['stop logger', 'stop web', 'start web', 'start logger'],
            20,
            'both were restarted',
        )
        self.cluster.wait_state(self.a, 'owned')
        self.assert_said(self.a, 'status of web: exit code 3: stopped')
        self.assertTrue(self.a.has(self.service))
        self.assertIn('the monitor of web failed', ' '.join(self.cluster.check(self.a, 'status').text.split()))
        self.assertEqual(self.order(self.b), [])

    def test_service_that_keeps_dying_goes_to_the_other_host_and_stays_there(self):
        self.bring_up()
        self.cluster.script('web', start='sleep 0', hosts=[self.a])
        self.a.write('/etc/ha.d/resource.d/web', '#!/bin/sh\n[ "$1" = status ] && echo stopped; exit 0\n', 0o755)
        self.cluster.wait_said(self.a, 'web failed again after a restart: a peer is to take it', seconds=30)
        self.cluster.wait_owner(self.b)
        self.cluster.wait_state(self.b, 'owned')
        self.assertEqual(self.cluster.group_state(self.a), 'not-here')
        self.hold_still(lambda: self.cluster.owners() == [self.b], 3, 'it does not come home by itself')
        self.cluster.script('web')
        self.a.shell('rm -f /run/web.flag')
        self.assertEqual(self.cluster.check(self.a, 'takeover', 'local').code, 0)
        self.cluster.wait_owner(self.a)

    def test_status_that_never_ends_blocks_neither_heartbeats_nor_questions_nor_a_stop(self):
        self.bring_up(monitor='web 300ms 60s')
        hanging = '#!/bin/sh\necho "$1" >>/run/web.calls\n[ "$1" = status ] || exit 0\n'
        hanging += 'trap "" TERM; echo $$ >/run/web.hangs; while :; do sleep 1000; done\n'
        self.a.write('/etc/ha.d/resource.d/web', hanging, 0o755)
        wait(lambda: self.a.read('/run/web.hangs'), 20, 'a monitor hangs')
        self.hold_still(
            lambda: self.cluster.peer_state(self.b) == 'active' and self.cluster.group_state(self.a) == 'owned',
            3,
            'b hears a, and a answers',
        )
        began = time.monotonic()
        self.cluster.stop(self.a)
        self.assertLess(time.monotonic() - began, 30, 'the limit of the monitor is a minute')
        self.cluster.wait_owner(self.b)
        self.cluster.wait_state(self.b, 'owned')
        self.assert_not_said(self.b, 'node a: is dead')

    def test_status_that_takes_too_long_counts_as_failed(self):
        self.bring_up(monitor='web 300ms 1s')
        slow = '#!/bin/sh\n[ "$1" = status ] && [ ! -e /run/quick ] && sleep 1000\n[ "$1" = stop ] && : >/run/quick\n'
        self.a.write('/etc/ha.d/resource.d/web', slow + 'echo running\n', 0o755)
        self.cluster.wait_said(self.a, 'Monitor of web did not answer within 1000 ms')
        self.cluster.wait_state(self.a, 'owned')
        self.hold_still(lambda: self.cluster.group_state(self.a) == 'owned', 2, 'it works again')

    def test_scripts_are_not_asked_unless_somebody_says_so(self):
        self.cluster.script('web')
        self.cluster.bring_up(haresources=f'a {self.service} web\n', **CALM)
        asked = self.cluster.calls(self.a, 'web').count('status')
        self.assertIn(asked, (1, 2), 'when heartbeat starts, and before web is started')
        self.hold_still(lambda: self.cluster.calls(self.a, 'web').count('status') == asked, 2, 'and no more')


if __name__ == '__main__':
    unittest.main()
