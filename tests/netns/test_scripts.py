"""Resource scripts, good ones and bad ones."""
import os
import time

from base import LabTest, heartbeat, unittest, wait
from test_takeover import CALM


class Scripts(LabTest):
    def resources(self, *words):
        return f'a {self.service} {" ".join(words)}\n'

    def test_groups_start_from_left_to_right_and_stop_from_right_to_left(self):
        for name in ('one', 'two'):
            self.cluster.script(
                name, start=f'echo start {name} >>/run/order', stop=f'echo stop {name} >>/run/order'
            )
        self.cluster.bring_up(haresources=self.resources('one', 'two::argument'), **CALM)
        self.cluster.wait_state(self.a, 'owned')
        self.cluster.stop(self.a)
        self.assertEqual(
            self.a.read('/run/order').splitlines(), ['start one', 'start two', 'stop two', 'stop one']
        )
        self.cluster.wait_owner(self.b)
        wait(
            lambda: self.b.read('/run/order').splitlines() == ['start one', 'start two'],
            10,
            'b has started both',
        )

    def test_status_is_asked_before_start_and_a_running_service_is_not_started_again(self):
        self.cluster.script('one')
        self.a.write('/run/one.flag', '')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        calls = self.cluster.calls(self.a, 'one')
        self.assertEqual(calls[0], 'status')
        self.assertNotIn('start', calls)

    def test_script_gets_its_arguments_and_the_directives_as_environment(self):
        self.cluster.script('one', start='echo "$@" >/run/arguments; env >/run/environment')
        self.cluster.bring_up(haresources=self.resources('one::first::second'), **CALM)
        wait(lambda: self.a.read('/run/environment'), 10, 'the script ran')
        self.assertEqual(self.a.read('/run/arguments').split(), ['first', 'second', 'start'])
        environment = self.a.read('/run/environment').splitlines()
        for line in ('HA_keepalive=200ms', 'HA_deadtime=2', 'HA_CURHOST=a'):
            self.assertIn(line, environment)

    def test_script_of_init_d_is_found_when_resource_d_has_none(self):
        self.cluster.script('website', directory='/etc/init.d')
        self.cluster.bring_up(haresources=self.resources('website'), **CALM)
        wait(lambda: 'start' in self.cluster.calls(self.a, 'website'), 10, 'started')

    def test_missing_script_is_named(self):
        self.cluster.configure(haresources=self.resources('nowhere'), **CALM)
        started = self.a.run(heartbeat(), timeout=60)
        if started.code == 0:
            self.cluster.wait_said(self.a, 'nowhere')
        else:
            self.assertIn('nowhere', started.text)

    def test_failed_start_releases_the_group_and_the_other_host_serves(self):
        self.cluster.script('one')
        self.cluster.script('two', start='exit 1', hosts=[self.a])
        self.cluster.script('two', hosts=[self.b])
        self.cluster.configure(haresources=self.resources('one', 'two'), **CALM)
        self.cluster.start()
        self.cluster.wait_said(self.a, 'Giving up resources due to failure of')
        self.cluster.wait_owner(self.b)
        self.cluster.wait_state(self.b, 'owned')
        self.assertFalse(os.path.exists(self.a.file('/run/one.flag')))
        self.assertFalse(self.a.has(self.service))

    def test_failed_stop_blocks_the_group_and_says_so_loudly(self):
        self.cluster.script('one', stop='exit 1')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.assertEqual(self.cluster.check(self.a, 'standby', 'all').code, 0)
        self.cluster.wait_state(self.a, 'blocked', seconds=60)
        self.assert_said(self.a, 'Resource STOP failure')
        wait(
            lambda: any('CRIT' in line for line in self.cluster.said(self.a, 'blocked')), 10, 'a critical line'
        )
        self.hold_still(
            lambda: self.cluster.group_state(self.b) != 'owned', 2, 'a blocked group is offered to nobody'
        )
        self.cluster.script('one')
        self.a.shell('rm -f /run/one.flag')
        self.assertEqual(self.cluster.check(self.a, 'unblock', 'all').code, 0)
        wait(
            lambda: self.cluster.owners()
            and 'owned' in (self.cluster.group_state(self.a), self.cluster.group_state(self.b)),
            30,
            'served again',
        )

    def test_stop_that_fails_is_good_when_status_says_that_nothing_runs(self):
        self.cluster.script('one', stop='rm -f $flag; exit 1')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.assertEqual(self.cluster.check(self.a, 'standby', 'all').code, 0)
        wait(lambda: self.cluster.group_state(self.b) == 'owned', 60, 'b has it')
        self.assert_said(self.a, 'one fails to stop, but its status says that it does not run: it counts as stopped')

    def test_what_a_node_left_blocked_is_freed_by_the_command_that_the_other_one_names(self):
        self.cluster.script('one', stop='exit 1')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.cluster.check(self.a, 'standby', 'all')
        self.cluster.wait_state(self.a, 'blocked', seconds=60)
        advice = lambda: ' '.join(self.cluster.check(self.b, 'status').text.split())
        self.assertIn('then on a: hbctl unblock', advice())
        refused = self.cluster.check(self.b, 'takeover', 'all')
        self.assertNotEqual(refused.code, 0)
        self.assertIn('it is blocked on a', refused.text)
        self.cluster.stop(self.a)
        wait(lambda: 'left blocked by a' in advice(), 10, 'b says why')
        self.assertIn('then here: hbctl takeover', advice())
        self.a.shell('rm -f /run/one.flag')
        self.assertEqual(self.cluster.check(self.b, 'takeover').code, 0)
        self.cluster.wait_owner(self.b)

    def test_service_that_prints_to_the_output_of_its_script_outlives_heartbeat(self):
        loop = 'while head -c 20000 /dev/zero && echo >>/run/prints; do sleep 0.05; done'
        self.cluster.script('one', start=f'({loop}) & echo $! >/run/printer')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.cluster.wait_state(self.a, 'owned')
        printed = lambda: len(self.a.read('/run/prints'))
        wait(lambda: printed() > 5, 10, 'it prints')
        self.addCleanup(lambda: self.a.shell('kill $(cat /run/printer)'))
        self.cluster.kill_all(self.a)
        before = printed()
        wait(lambda: printed() > before + 40, 30, 'it goes on, far beyond what a pipe holds')

    def test_script_that_hangs_delays_no_heartbeat_and_no_other_group(self):
        second = str(self.lab.network[101])
        self.cluster.script('slow', start='sleep 1000')
        self.cluster.configure(haresources=f'a slow\na {second}\nb {self.service}\n', **CALM)
        self.cluster.start()
        self.cluster.wait_owner(self.a, second)
        self.cluster.wait_owner(self.b)
        wait(lambda: 'start' in self.cluster.calls(self.a, 'slow'), 10, 'the slow start has begun')
        self.hold_still(lambda: self.cluster.peer_state(self.b) == 'active', 3, 'b hears a')
        self.assert_not_said(self.b, 'node a: is dead')

    def test_script_that_leaves_a_child_with_its_output_open_is_not_waited_for(self):
        self.cluster.script('one', start='sleep 1000 &')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.cluster.wait_state(self.a, 'owned')
        self.assertIn(
            'sleep 1000', self.a.run('ps', '-eo', 'args').text, 'what a script leaves running is its service'
        )

    def test_script_that_prints_a_hundred_megabytes_fills_neither_log_nor_memory(self):
        self.cluster.script('one', start='head -c 100000000 /dev/zero | tr "\\\\0" x | fold -w 100')
        self.cluster.configure(haresources=self.resources('one'), **CALM)
        self.cluster.start()
        self.cluster.wait_state(self.a, 'owned', seconds=60)
        self.assert_not_said(self.b, 'node a: is dead')
        self.assertLess(len(self.cluster.log(self.a)), 10_000_000)
        for pid in self.cluster.processes(self.a):
            status = self.a.read(f'/proc/{pid}/status')
            resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith('VmRSS'))
            self.assertLess(resident, 50_000, 'KiB')

    def test_script_that_prints_a_line_without_end_and_binary_octets_is_logged_in_bounds(self):
        self.cluster.script('one', start='head -c 300000 /dev/urandom; printf "\\n\\033[31mred\\033[0m\\n"')
        self.cluster.bring_up(haresources=self.resources('one'), **CALM)
        self.assertNotIn('\033', self.cluster.log(self.a))
        self.assertLess(max(map(len, self.cluster.log(self.a).splitlines())), 5000)

    def test_script_that_hangs_at_a_stop_keeps_no_address_and_no_other_group_here(self):
        self.cluster.script('deaf', stop='trap "" TERM; echo $$ >/run/deaf.pid; while :; do sleep 1; done')
        self.cluster.bring_up(haresources=f'a {self.service}\na deaf\n', **CALM)
        self.cluster.wait_state(self.a, 'owned', key='deaf')
        self.a.shell('kill $(cat /run/heartbeat.pid)', check=True)
        self.cluster.wait_owner(self.b)
        self.hold_still(
            lambda: self.cluster.peer_state(self.b) == 'active', 2, 'b hears a while the script hangs'
        )
        self.assertNotEqual(
            self.cluster.group_state(self.b, 'deaf'), 'owned', 'what has not stopped is started nowhere else'
        )
        self.cluster.script('deaf')
        self.a.shell('kill -KILL $(cat /run/deaf.pid)', check=True)
        wait(lambda: not self.cluster.processes(self.a), 60, 'the daemon has stopped')
        wait(lambda: self.cluster.group_state(self.b, 'deaf') == 'owned', 20, 'b has started it')

    def test_output_of_a_script_is_in_the_log_with_its_name(self):
        self.cluster.script('talker', start='echo a remarkable sentence')
        self.cluster.bring_up(haresources=self.resources('talker'), **CALM)
        self.assertIn('talker', self.cluster.wait_said(self.a, 'a remarkable sentence')[0])

    def test_stop_waits_for_a_slow_script_and_hands_over_afterwards(self):
        self.cluster.script('slow', stop='sleep 2; date +%s.%N >/run/stopped')
        self.cluster.bring_up(haresources=self.resources('slow'), **CALM)
        started = time.monotonic()
        self.cluster.stop(self.a)
        self.assertGreater(time.monotonic() - started, 1.9)
        self.assertTrue(self.a.read('/run/stopped'))
        self.cluster.wait_owner(self.b)
        self.assert_not_said(self.b, 'node a: is dead')


if __name__ == '__main__':
    unittest.main()
