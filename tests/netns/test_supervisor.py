"""The supervisor is killed or stands still: one owner, never two."""
import signal

from base import LabTest, unittest, wait


class Supervisor(LabTest):
    def kill(self, host, number=signal.SIGKILL):
        pid = self.cluster.supervisor(host)
        self.cluster.signal(host, pid, number)
        if number == signal.SIGKILL:  # until then a start finds it running
            wait(lambda: pid not in self.cluster.processes(host), 10, 'the supervisor has ended')

    def bring_up_with_lifetimes(self, **settings):
        self.cluster.configure(address_lifetime='2', **settings)
        if 'Illegal directive' in self.cluster.check(self.a, 'check').text:
            self.skipTest('addresses have no lifetime in this version')
        self.cluster.bring_up(address_lifetime='2', **settings)

    def test_killed_and_started_again_has_one_owner_and_the_old_engine_is_ended(self):
        self.cluster.bring_up()
        orphan = self.cluster.engine(self.a)
        self.kill(self.a)
        self.cluster.wait_said(self.a, 'the supervisor is silent')
        self.cluster.start(self.a)
        self.cluster.wait_said(self.a, 'The engine of an earlier heartbeat is still running; ending it')
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)
        self.assertNotIn(orphan, self.cluster.processes(self.a))
        self.assert_not_said(self.b, 'node a: is dead')
        self.assert_not_said(self.a, 'UDP port 694 is held')

    def test_killed_and_started_again_at_once_has_one_owner(self):
        self.cluster.bring_up()
        for _ in range(3):
            self.kill(self.a)
            self.cluster.start(self.a)
            self.cluster.wait_formed()
            self.cluster.wait_owner(self.a)

    def test_killed_for_good_gives_addresses_to_the_peer(self):
        self.bring_up_with_lifetimes(auto_failback='off')
        self.kill(self.a)
        self.cluster.wait_state(self.b, 'owned')
        self.cluster.wait_said(self.a, 'without the supervisor nothing can be started or stopped')
        self.assert_said(self.b, "Received shutdown notice from 'a'")
        self.assert_said(self.b, 'no longer answers for the address')
        wait(lambda: self.cluster.engine(self.a) is None, 10, 'the engine has left')
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.b)

    def test_killed_for_good_keeps_what_must_run_once_from_the_peer(self):
        self.cluster.script('database')
        self.bring_up_with_lifetimes(haresources=f'a {self.cluster.service} database\n')
        self.kill(self.a)
        self.cluster.wait_said(self.a, 'without the supervisor nothing can be started or stopped')
        wait(lambda: self.cluster.engine(self.a) is None, 10, 'the engine has left')
        self.hold_still(lambda: self.cluster.calls(self.b, 'database').count('start') == 0, 3, 'not started on b')
        self.cluster.start(self.a)
        self.cluster.wait_owner(self.a)
        self.assertEqual(self.cluster.calls(self.b, 'database').count('start'), 0)

    def test_killed_whole_and_started_again_says_that_a_script_does_not_stop(self):
        self.cluster.script('database', stop='exit 1')
        self.cluster.bring_up(haresources=f'a {self.cluster.service} database\n', deadtime='30', initdead='60')
        self.cluster.kill_all(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        wait(lambda: self.cluster.group_state(self.a) == 'blocked', 30, 'blocked on a')
        self.assert_said(self.a, 'the group stays blocked here')
        self.hold_still(lambda: 'start' not in self.cluster.calls(self.b, 'database'), 2, 'not started on b')
        self.assertEqual(self.cluster.calls(self.a, 'database').count('start'), 1)

    def test_killed_whole_and_started_again_keeps_the_peer_waiting_while_a_script_stops_slowly(self):
        self.cluster.script('database', stop='while [ ! -e /run/go ]; do sleep 0.1; done')
        self.cluster.bring_up(haresources=f'a {self.cluster.service} database\n', deadtime='4', initdead='8')
        self.cluster.kill_all(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_state(self.a, 'releasing')
        self.assertFalse(self.a.has(self.cluster.service), 'the address went first')
        self.hold_still(lambda: 'start' not in self.cluster.calls(self.b, 'database'), 5, 'not started on b')
        self.assert_not_said(self.b, 'node a: is dead')
        self.a.write('/run/go', '')
        self.cluster.wait_state(self.a, 'owned')
        self.cluster.wait_owner(self.a)
        calls = [call for call in self.cluster.calls(self.a, 'database') if call != 'status']
        self.assertEqual(calls, ['start', 'stop', 'start'])

    def test_killed_while_a_script_starts_ends_it_before_the_stop(self):
        """The start would otherwise end behind the stop of the next supervisor, and the service run on unknown."""
        self.cluster.script('database', start='[ -e /run/quick ] || { sleep 2; echo late >/run/database.late; }')
        self.cluster.configure(haresources=f'a {self.cluster.service} database\n', deadtime='30', initdead='60')
        self.cluster.start()
        wait(lambda: 'start' in self.cluster.calls(self.a, 'database'), 10, 'the script starts')
        self.kill(self.a)
        self.a.write('/run/quick', '')
        self.cluster.start(self.a)
        self.cluster.wait_said(self.a, '1 scripts of an earlier heartbeat were still running; killed them')
        self.cluster.wait_owner(self.a)
        self.hold_still(lambda: self.a.read('/run/database.late') == '', 2, 'the killed start does not go on')
        calls = self.cluster.calls(self.a, 'database')
        self.assertEqual([call for call in calls if call != 'status'], ['start', 'stop', 'start'])

    def test_stopped_for_a_second_changes_nothing(self):
        self.cluster.bring_up()
        self.kill(self.a, signal.SIGSTOP)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')
        self.kill(self.a, signal.SIGCONT)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')
        self.assert_not_said(self.a, 'Emergency Shutdown')

    def test_stopped_for_long_gives_the_addresses_away_and_comes_back_without_them(self):
        self.bring_up_with_lifetimes(auto_failback='off')
        self.kill(self.a, signal.SIGSTOP)
        self.cluster.wait_state(self.b, 'owned')
        self.kill(self.a, signal.SIGCONT)
        self.cluster.wait_owner(self.b)
        self.cluster.wait_formed()
        self.cluster.wait_state(self.a, 'foreign')


if __name__ == '__main__':
    unittest.main()
