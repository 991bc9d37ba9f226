"""Processes that are killed or reloaded, configurations of theirs, datagrams that kill a 3.0.6."""
import re
import signal
import time

from complaints import DYING, FAILED_START, GARBAGE, STALE_KEY
from lab import hbctl
from mixed import DEADLY, MixedTest, quick, wait


class Death(MixedTest):
    def past_their_settling(self):
        time.sleep(11)

    def test_their_reload_with_a_changed_file_moves_nothing(self):
        self.bring_up()
        self.past_their_settling()
        mark = self.cluster.mark(self.ours.host)
        text = self.theirs.host.read('/etc/ha.d/ha.cf')
        time.sleep(1.1)  # it compares time stamps in seconds
        self.theirs.host.write('/etc/ha.d/ha.cf', text.replace('deadtime 2\n', 'deadtime 3\n'))
        self.theirs.reload()
        self.cluster.wait_said(self.ours.host, f'Heartbeat restart on node {self.theirs.name}', 40, mark)
        self.expect()
        time.sleep(4)
        self.expect()
        self.assert_not_said(self.ours.host, 'is dead', mark)
        for group in self.home():
            self.assertEqual(len(self.journal.runs(group)), 1, f'{group} was never interrupted')

    def test_each_is_judged_by_the_deadtime_that_it_announces(self):
        """Also its links: the 3.0.6 takes the timer of the last node for all of them."""
        self.configure()
        text = self.theirs.host.read('/etc/ha.d/ha.cf')
        longer = text.replace('deadtime 2\n', 'deadtime 5\n').replace('initdead 4\n', 'initdead 6\n')
        self.theirs.host.write('/etc/ha.d/ha.cf', longer)
        for node in self.nodes:
            node.start()
        self.expect(self.home())
        self.past_their_settling()
        for node in self.nodes:
            self.assert_not_said(node.host, 'dead.')
        cut = time.time()
        self.cut_power(self.theirs)
        self.expect(self.gone(self.theirs))
        taken = self.journal.began(self.group_of(self.theirs), self.ours.name, cut)
        self.assertGreater(taken - cut, 4.5)
        self.assert_not_said(self.theirs.host, 'is dead')

    def test_their_new_key_after_a_reload_is_understood(self):
        self.allowed = STALE_KEY
        self.bring_up()
        self.past_their_settling()
        mark = self.cluster.mark(self.ours.host)
        self.change_keys()
        time.sleep(3)
        self.assert_not_said(self.ours.host, 'is dead', mark)
        self.ours.standby('all')
        self.expect({group: self.theirs for group in self.home()})
        self.wire_is_valid = False  # hbdump is given one set of keys

    def test_all_processes_of_theirs_killed_ours_serves_and_says_that_addresses_may_still_be_there(self):
        self.exclusive = self.one_owner = False  # nothing takes what it left behind
        self.bring_up()
        self.past_their_settling()
        mark = self.cluster.mark(self.ours.host)
        self.theirs.kill()
        wait(lambda: all(self.ours in self.runs_on(group) for group in self.home()), 20, 'ours serves all')
        self.assertIn(self.theirs, self.runs_on(self.group_of(self.theirs)), 'its own addresses stay')
        name = self.theirs.name
        for text in (f'node {name}: is dead', f'Resources being acquired from {name}.'):
            self.assert_said(self.ours.host, text, mark)
        said = self.cluster.log(self.ours.host)[mark:]
        self.assertIn('its addresses are still up there and will have two owners', said)
        waited = re.search('still answers for the address of .* an orphan of a dead node', said)
        claimed = re.search('goes on answering for the address of .* (\\d+) ms after the deadtime', said)
        self.assertTrue(waited and claimed, said[-2000:])
        self.assertLess(int(claimed[1]), 5000, 'an orphan that stays for ever delays the claim by 1 s')

    def test_theirs_comes_back_after_it_was_killed_and_finds_its_own_left_overs(self):
        self.exclusive = self.one_owner = False
        self.bring_up()
        self.past_their_settling()
        self.theirs.kill()
        wait(lambda: all(self.ours in self.runs_on(group) for group in self.home()), 20, 'ours serves all')
        self.theirs.start()
        self.expect(self.home(), seconds=60)

    @quick
    def test_a_field_of_type_six_kills_theirs_and_not_ours(self):
        self.exclusive = self.one_owner = False
        self.bring_up()
        processes, engine, mark = self.theirs.pids(), self.ours.pids(), self.cluster.mark(self.ours.host)
        self.send_from_client(DEADLY)
        wait(lambda: self.theirs.pids() != processes, 20, 'their master process died')
        self.cluster.wait_said(self.theirs.host, 'Master Control process died', 20)
        self.allowed = DYING
        wait(lambda: all(self.ours in self.runs_on(group) for group in self.home()), 20, 'ours serves all')
        self.assertEqual(self.ours.pids(), engine)
        self.assert_not_said(self.ours.host, 'ended unexpectedly', mark)

    def test_datagrams_that_are_no_messages_change_nothing_at_ours(self):
        self.exclusive = self.one_owner = False
        self.bring_up()
        self.theirs.stop()
        self.expect({group: self.ours for group in self.home()})
        engine, mark = self.ours.pids(), self.cluster.mark(self.ours.host)
        self.send_from_client(
            b'', b'#', b'###\n', b'###\n%%%\n', b'>>>\n', b'>>>\n<<<\n',
            b'###\n11:t)0(=status,%%%\n', b'###\n3:abc,%%%\n',
            *(b'###\n11:(%d)t=status,%%%%%%\n' % kind for kind in range(10)),
            b'###\n99999999999:(0)t=status,%%%\n', b'###\n-1:(0)t=status,%%%\n',
            b'###\n' + b'8:(0)a=bc,' * 6000 + b'%%%\n', b'x' * 60000,
        )  # fmt: skip
        time.sleep(1)
        self.assertEqual(self.ours.pids(), engine)
        self.expect(settled=False)
        self.assertLess(len(self.cluster.log(self.ours.host)[mark:].splitlines()), 25)
        self.theirs.start()
        self.expect(self.home())

    def test_a_flood_of_garbage_moves_nothing(self):
        self.bring_up()
        self.allowed = GARBAGE
        self.flood('garbage', 2000)
        self.expect()

    @quick
    def test_our_engine_killed_keeps_resources_and_theirs_takes_nothing(self):
        self.bring_up()
        mark = self.cluster.mark(self.theirs.host)
        self.cluster.kill_engine(self.ours.host)
        self.cluster.wait_said(self.theirs.host, f'Heartbeat restart on node {self.ours.name}', 20, mark)
        time.sleep(3)
        self.expect()
        for group in self.home():
            self.assertEqual(len(self.journal.runs(group)), 1, f'{group} was never interrupted')
        self.assert_not_said(self.theirs.host, 'is dead', mark)
        self.theirs.standby('all')
        self.expect({group: self.ours for group in self.home()})

    def test_our_engine_killed_while_ours_holds_all_keeps_all(self):
        self.settings = {'auto_failback': 'off'}
        self.bring_up()
        self.theirs.standby('all')
        self.expect({group: self.ours for group in self.home()})
        mark = self.cluster.mark(self.theirs.host)
        self.cluster.kill_engine(self.ours.host)
        self.cluster.wait_said(self.theirs.host, f'Heartbeat restart on node {self.ours.name}', 20, mark)
        time.sleep(4)
        self.expect()
        for group in self.home():
            runs = [run for run in self.journal.runs(group) if run[0] == self.ours.name]
            self.assertEqual(len(runs), 1, f'{group} was never interrupted: {runs}')

    def killed_in_a_hand_over(self, giver):
        """The service goes on; the 3.0.6 waits up to an hour for the end of it, as it does for its like."""
        self.bring_up()
        self.journal.set('slow-start', 1)
        self.journal.set('slow-stop', 1)
        giver.standby('all')
        time.sleep(0.7)
        self.cluster.kill_engine(self.ours.host)
        wait(self.each_has_one_owner, 60, 'one owner each')
        wait(self.ours.is_settled, 60, 'ours is settled')
        self.expect({group: self.runs_on(group)[0] for group in self.home()}, settled=False)

    def test_our_engine_killed_while_it_gives_leaves_one_owner_each(self):
        self.killed_in_a_hand_over(self.ours)

    def test_our_engine_killed_while_it_takes_leaves_one_owner_each(self):
        self.killed_in_a_hand_over(self.theirs)

    def test_our_reload_moves_nothing(self):
        self.bring_up()
        marks = {node: self.cluster.mark(node.host) for node in self.nodes}
        text = self.ours.host.read('/etc/ha.d/ha.cf')
        self.ours.host.write('/etc/ha.d/ha.cf', text.replace('warntime 1\n', 'warntime 1500ms\n'))
        self.assertEqual(self.ours.reload().code, 0)
        restart = f'Heartbeat restart on node {self.ours.name}'
        self.cluster.wait_said(self.theirs.host, restart, 20, marks[self.theirs])
        time.sleep(3)
        self.expect()
        for group in self.home():
            self.assertEqual(len(self.journal.runs(group)), 1, f'{group} was never interrupted')
        self.assert_not_said(self.theirs.host, 'is dead', marks[self.theirs])

    def test_all_processes_of_ours_killed_theirs_serves(self):
        self.exclusive = self.one_owner = False
        self.bring_up()
        self.past_their_settling()
        self.cluster.kill_all(self.ours.host)
        wait(lambda: all(self.theirs in self.runs_on(g) for g in self.home()), 30, 'theirs serves all')
        self.ours.start()
        self.expect(self.home(), seconds=60)

    def test_our_engine_stopped_for_longer_than_the_deadtime_restarts_theirs_never(self):
        """The lease ends first: what ours held is released before theirs takes it."""
        self.bring_up()
        self.past_their_settling()
        process = self.theirs.master()
        engine = self.cluster.engine(self.ours.host)
        self.cluster.signal(self.ours.host, engine, signal.SIGSTOP)
        time.sleep(5)
        if engine in self.ours.pids():
            self.ours.host.run('kill', '-CONT', engine)
        self.expect(self.home(), seconds=60)
        time.sleep(4)
        self.assertEqual(self.theirs.master(), process)
        self.assert_not_said(self.theirs.host, 'returning after partition')


class OurScripts(MixedTest):
    """Starts that fail, on either side."""

    def test_their_failed_start_is_mended_by_a_takeover_of_ours(self):
        """After its 30 s the 3.0.6 gives the wrong groups away, and claims to hold the failed one."""
        self.configure()
        self.allowed = FAILED_START
        self.journal.set(f'fail-{self.theirs.name}')
        for node in self.nodes:
            node.start()
        self.cluster.wait_said(self.theirs.host, 'Giving up resources due to failure', 40)
        self.cluster.wait_said(self.theirs.host, 'Going standby', 60)
        time.sleep(3)
        wait(lambda: self.ours.takeover('all').code == 0, 20, 'ours asks for all')
        self.expect({group: self.ours for group in self.home()}, seconds=60, settled=False)

    def test_what_ours_cannot_stop_runs_nowhere_else_until_an_operator_has_mended_it(self):
        self.bring_up()
        self.journal.set(f'fail-stop-{self.ours.name}')
        self.assertEqual(self.ours.standby('all').code, 0)
        self.cluster.wait_said(self.ours.host, 'is blocked', 40)
        time.sleep(5)
        group = self.group_of(self.ours)
        self.assertEqual([run[0] for run in self.journal.runs(group)], [self.ours.name])
        self.journal.unset(f'fail-stop-{self.ours.name}')
        self.assertEqual(self.ours.host.run(hbctl(), 'unblock').code, 0)
        self.expect({group: self.theirs for group in self.home()})

    def test_our_failed_start_goes_to_theirs(self):
        self.configure()
        self.journal.set(f'fail-{self.ours.name}')
        for node in self.nodes:
            node.start()
        self.expect({group: self.theirs for group in self.home()}, seconds=60, settled=False)


class TheirNetstring(MixedTest):
    """3.0.6 loses messages of its own scripts with this setting: what must hold is what ours does."""

    settings = {'msgfmt': 'netstring'}

    def configure(self, **settings):
        super().configure(**settings)
        text = self.ours.host.read('/etc/ha.d/ha.cf')
        self.ours.host.write('/etc/ha.d/ha.cf', text.replace('msgfmt netstring\n', ''))

    def test_start_and_power_cut_with_their_msgfmt_netstring(self):
        self.configure()
        for node in self.nodes:
            node.start()
        self.expect(self.home(), settled=False)
        self.cut_power(self.theirs)
        self.expect({group: self.ours for group in self.home()}, settled=False)
        self.theirs.host.boot()
        self.theirs.start()
        self.expect(self.home(), seconds=60, settled=False)

    def test_our_stop_and_return_with_their_msgfmt_netstring(self):
        self.configure()
        for node in self.nodes:
            node.start()
        self.expect(self.home(), settled=False)
        self.ours.stop()
        self.expect({group: self.theirs for group in self.home()}, seconds=60, settled=False)
        self.ours.start()
        time.sleep(25)
        self.assertTrue(self.each_has_one_owner(), 'one owner each')
