"""The daemon's own processes: killed, stopped, ended."""
import signal

from base import LabTest, heartbeat, unittest, wait
from test_takeover import CALM


class Processes(LabTest):
    def generation(self, host):
        """As its heartbeats say."""
        found = [message['hg'] for _, message in self.heartbeats(host.name, 'status')]
        return int(found[-1], 16) if found else None

    def test_killed_engine_is_replaced_and_the_address_stays(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.b)
        before = self.cluster.engine(self.a)
        generation = self.generation(self.a)
        self.cluster.kill_engine(self.a)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 3, 'a serves without a break')
        wait(lambda: self.cluster.engine(self.a) not in (None, before), 10, 'a new engine')
        self.cluster.wait_formed()
        wait(lambda: self.generation(self.a) > generation, 10, 'its generation is a later one')
        self.assert_not_said(self.b, 'is dead', mark)
        self.assert_not_said(self.b, 'Resources being acquired', mark)
        self.cluster.wait_state(self.a, 'owned')

    def test_killed_engine_of_the_standby_moves_nothing(self):
        self.cluster.bring_up(**CALM)
        self.cluster.kill_engine(self.b)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 3, 'a serves')
        self.cluster.wait_formed()

    def test_stopped_engine_loses_the_address_before_the_peer_serves(self):
        self.cluster.bring_up()
        before = self.cluster.engine(self.a)
        self.cluster.signal(self.a, before, signal.SIGSTOP)
        self.cluster.wait_said(self.a, 'The right to hold has passed')
        self.cluster.wait_said(self.a, f'{self.service} removed from eth0:0')
        wait(
            lambda: self.cluster.engine(self.a) not in (None, before),
            10,
            'a new engine in place of the stopped one',
        )
        wait(lambda: len(self.cluster.owners()) == 1, 20, 'served again, by one host')
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)
        # The probes of the watch (each 4 ms) saw no moment with two owners: end_checks judges that.

    def test_engine_that_is_killed_again_and_again_gives_up_the_address(self):
        self.cluster.bring_up(**CALM)
        for _ in range(6):
            if self.cluster.engine(self.a) is not None:
                self.cluster.kill_engine(self.a)
            wait(
                lambda: self.cluster.engine(self.a) is not None or not self.cluster.processes(self.a),
                20,
                'a new engine or the end',
            )
            if not self.cluster.processes(self.a):
                break
        wait(lambda: len(self.cluster.owners()) == 1, 30, 'one host serves')

    def test_killed_writer_is_replaced_and_harms_nothing(self):
        self.cluster.bring_up(**CALM)
        before = self.cluster.writer(self.a)
        self.cluster.signal(self.a, before, signal.SIGKILL)
        wait(lambda: self.cluster.writer(self.a) not in (None, before), 10, 'a new writer')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 2, 'a serves')
        mark = self.cluster.mark(self.a)
        self.cluster.stop(self.b)
        self.cluster.wait_said(self.a, "Received shutdown notice from 'b'.", since=mark)

    def test_stopped_writer_delays_no_takeover(self):
        self.cluster.bring_up()
        writer = self.cluster.writer(self.b)
        self.cluster.signal(self.b, writer, signal.SIGSTOP)
        self.a.cut_power()
        self.cluster.wait_owner(self.b)
        self.cluster.signal(self.b, writer, signal.SIGCONT)
        self.cluster.wait_said(self.b, 'node a: is dead')

    def test_TERM_to_the_supervisor_is_a_graceful_stop(self):
        self.cluster.bring_up(**CALM)
        self.cluster.signal(self.a, self.cluster.supervisor(self.a), signal.SIGTERM)
        self.cluster.wait_owner(self.b)
        wait(lambda: not self.cluster.processes(self.a), 20, 'all processes have ended')
        self.assert_said(self.b, "Received shutdown notice from 'a'.")
        self.assertFalse(self.a.read('/run/heartbeat.pid'), 'the pid file is gone')

    def test_killed_supervisor_is_cleaned_up_by_the_next_start(self):
        self.cluster.bring_up()
        supervisor = self.cluster.supervisor(self.a)
        self.cluster.signal(self.a, supervisor, signal.SIGKILL)
        wait(lambda: supervisor not in self.cluster.processes(self.a), 10, 'it has ended')
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_engine_has_no_rights_and_a_root_without_files(self):
        self.cluster.bring_up()
        engine = self.cluster.engine(self.a)
        status = dict(line.split(':', 1) for line in self.a.read(f'/proc/{engine}/status').splitlines())
        self.assertNotIn('0', status['Uid'].split())
        for kind in ('CapEff', 'CapPrm', 'CapInh', 'CapAmb'):
            self.assertEqual(int(status[kind], 16), 0, kind)
        self.assertEqual(status['NoNewPrivs'].strip(), '1')
        self.assertEqual(status['Seccomp'].strip(), '2')
        self.assertEqual(self.a.run('ls', '-A', f'/proc/{engine}/root/').text, '')

    def test_supervisor_and_engine_run_ahead_of_others_and_nothing_else_of_the_daemon_does(self):
        self.cluster.script('slow', 'sleep 300 &')
        self.cluster.configure(haresources=f'a {self.service} slow\n')
        self.cluster.start()
        self.cluster.wait_state(self.a, 'owned')
        nice = dict(
            line.split()[::-1] for line in self.a.run('ps', '-eo', 'nice=,comm=').text.splitlines()
        )
        self.assertEqual(
            [nice[name] for name in ('heartbeat', 'hb-engine', 'hb-writer', 'sleep')], ['-20', '-20', '0', '0']
        )

    def test_daemon_that_is_asked_to_start_twice_runs_once(self):
        self.cluster.bring_up(**CALM)
        before = sorted(self.cluster.processes(self.a))
        again = self.cluster.start(self.a)
        self.assertEqual(again.code, 0)
        self.assertEqual(sorted(self.cluster.processes(self.a)), before)

    def test_reload_keeps_the_address_and_takes_a_new_group(self):
        self.cluster.bring_up(**CALM)
        second = str(self.lab.network[101])
        for host in self.lab.pair:
            host.write('/etc/ha.d/haresources', f'a {self.service}\na {second}\n')
        for host in self.lab.pair:
            result = host.run(heartbeat(), '-r', timeout=30)
            self.assertEqual(result.code, 0, result)
        self.hold_still(lambda: self.a.has(self.service), 1, 'the address stays')
        self.cluster.wait_owner(self.a, second, seconds=30)

    def test_reload_of_a_faulty_file_changes_nothing_and_names_the_fault(self):
        self.cluster.bring_up(**CALM)
        self.a.write('/etc/ha.d/ha.cf', 'keepaliv 1\n')
        mark = self.cluster.mark(self.a)
        self.cluster.signal(self.a, self.cluster.supervisor(self.a), signal.SIGHUP)
        self.cluster.wait_said(self.a, 'keepaliv', since=mark)
        self.hold_still(
            lambda: self.cluster.owners() == [self.a] and self.cluster.in_session(self.b),
            2,
            'nothing changes',
        )

    def test_reload_is_given_up_where_a_changed_group_does_not_stop(self):
        self.cluster.script('database', stop='[ -e /run/stops ] || exit 1')
        self.cluster.bring_up(haresources=f'a {self.cluster.service} database\n')
        for host in self.lab.pair:
            host.write('/etc/ha.d/haresources', f'a {self.cluster.service} database idle\n')
            self.cluster.script('idle')
            host.run(heartbeat(), '-r')
        self.cluster.wait_said(self.a, 'could not be stopped, so the configuration that was read before goes on', seconds=40)
        self.hold_still(lambda: 'start' not in self.cluster.calls(self.b, 'database'), 2, 'not started on b')
        self.a.write('/run/stops', '')
        self.assertEqual(self.cluster.check(self.a, 'unblock').code, 0)
        wait(lambda: self.cluster.group_state(self.a) == 'owned', 20, 'served as before')
        self.a.run(heartbeat(), '-r')
        wait(lambda: 'start' in self.cluster.calls(self.a, 'idle'), 30, 'read again')
        self.assertNotIn('start', self.cluster.calls(self.b, 'database'))

    def test_engine_waits_for_a_disk_that_does_not_take_its_generation(self):
        self.cluster.bring_up(**CALM)
        before = self.generation(self.a)
        state, away = '/var/lib/heartbeat', '/var/lib/heartbeat.away'
        self.assertEqual(self.a.run('mv', state, away).code, 0)
        self.cluster.kill_engine(self.a)  # it is followed by the engine whose number was reserved at the start
        wait(lambda: self.cluster.engine(self.a), 10, 'another engine')
        self.cluster.kill_engine(self.a)
        self.cluster.wait_said(self.a, 'The next engine waits until its generation')
        self.hold_still(lambda: self.cluster.engine(self.a) is None, 2, 'no engine on a number that is not on the disk')
        self.assertEqual(self.a.run('mv', away, state).code, 0)
        wait(lambda: self.cluster.engine(self.a), 10, 'the engine starts')
        self.cluster.wait_formed()
        wait(lambda: self.generation(self.a) > before + 1, 10, 'the number after the reserved one')

    def test_reload_starts_nothing_of_the_old_configuration_again(self):
        """What has stopped for it waits for what stops more slowly."""
        self.cluster.script('quick')
        self.cluster.script('slow', stop='sleep 2')
        self.cluster.script('idle')
        lines = f'a {self.cluster.service} quick%s\na {self.lab.network[101]} slow%s\n'
        self.cluster.bring_up(haresources=lines % ('', ''), deadtime='30', initdead='60')

        def starts():
            return [self.cluster.calls(self.a, name).count('start') for name in ('quick', 'slow')]

        wait(lambda: starts() == [1, 1], 10, 'both are started')
        for host in self.lab.pair:
            host.write('/etc/ha.d/haresources', lines % (' idle', ' idle'))
        for host in self.lab.pair:
            host.run(heartbeat(), '-r')
        wait(lambda: min(starts()) == 2, 30, 'read again')
        for name in ('quick', 'slow'):
            calls = [call for call in self.cluster.calls(self.a, name) if call != 'status']
            self.assertEqual(calls, ['start', 'stop', 'start'])

    def test_removed_group_is_released_by_a_reload(self):
        second = str(self.lab.network[101])
        self.cluster.bring_up(haresources=f'a {self.service}\na {second}\n', **CALM)
        self.cluster.wait_owner(self.a, second)
        for host in self.lab.pair:
            host.write('/etc/ha.d/haresources', f'a {self.service}\n')
        for host in self.lab.pair:
            self.cluster.signal(host, self.cluster.supervisor(host), signal.SIGHUP)
        wait(lambda: not self.cluster.owners(second), 20, 'the removed address is gone')
        self.cluster.wait_formed()
        self.assertEqual(self.cluster.owners(), [self.a])


if __name__ == '__main__':
    unittest.main()
