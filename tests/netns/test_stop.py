"""SIGTERM while the engine is hung or dies: the peer hears of the stop all the same."""
import os
import signal

from base import LabTest, unittest, wait
from test_takeover import CALM

# So long that nothing of what is asked here can come from it.
PATIENT = {'keepalive': '200ms', 'warntime': '10', 'deadtime': '60', 'initdead': '60'}
ONCE_MORE = 'Starting the engine once more, so that the peers hear of the stop'


class Stop(LabTest):
    def ask_to_stop(self):
        self.cluster.signal(self.a, self.cluster.supervisor(self.a), signal.SIGTERM)

    def assert_handed_over(self):
        """b has it by a's word, not by its silence; and a has ended in order."""
        self.cluster.wait_owner(self.b)
        wait(lambda: not self.cluster.processes(self.a), 20, 'all processes of a have ended')
        self.assert_said(self.b, "Received shutdown notice from 'a'.")
        self.assert_not_said(self.b, 'node a: is dead')
        self.assert_said(self.a, 'Heartbeat shutdown complete')
        self.assertFalse(self.a.has(self.service))

    def test_engine_that_hangs_is_replaced_by_one_that_says_so(self):
        self.cluster.bring_up(**PATIENT)
        self.cluster.signal(self.a, self.cluster.engine(self.a), signal.SIGSTOP)
        self.ask_to_stop()
        self.assert_handed_over()
        self.assert_said(self.a, ONCE_MORE)

    def test_engine_that_dies_while_scripts_stop_is_replaced_and_the_order_is_kept(self):
        self.cluster.script('slow', stop='touch /run/stopping; while [ ! -e /run/go ]; do sleep 0.1; done')
        self.cluster.bring_up(haresources=f'a {self.service} slow\n', **PATIENT)
        self.ask_to_stop()
        wait(lambda: os.path.exists(self.a.file('/run/stopping')), 20, 'slow stops')
        self.cluster.kill_engine(self.a)
        self.cluster.wait_said(self.a, ONCE_MORE)
        self.hold_still(lambda: not self.b.has(self.service), 1, 'b waits for the script')
        self.a.write('/run/go', '')
        self.assert_handed_over()

    def test_second_engine_that_fails_as_well_ends_the_daemon(self):
        self.cluster.script('slow', stop='touch /run/stopping; while [ ! -e /run/go ]; do sleep 0.1; done')
        self.cluster.bring_up(haresources=f'a {self.service} slow\n', **CALM)
        self.ask_to_stop()
        wait(lambda: os.path.exists(self.a.file('/run/stopping')), 20, 'slow stops')
        self.cluster.kill_engine(self.a)
        self.cluster.wait_said(self.a, ONCE_MORE)
        self.cluster.kill_engine(self.a)
        self.a.write('/run/go', '')
        wait(lambda: not self.cluster.processes(self.a), 20, 'all processes of a have ended')
        self.assertEqual(len(self.cluster.said(self.a, ONCE_MORE)), 1)
        self.cluster.wait_owner(self.b)
        self.assert_said(self.b, 'node a: is dead')


if __name__ == '__main__':
    unittest.main()
