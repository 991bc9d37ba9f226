"""What an operator types and what comes back."""
import json
import os

from base import BUILD, LabTest, heartbeat, unittest, wait
from lab import hbctl
from test_takeover import CALM


class Commands(LabTest):
    def command(self, *words):
        return self.a.run(heartbeat(), *words, timeout=60)

    def test_status_of_a_stopped_daemon(self):
        result = self.command('-s')
        self.assertEqual((result.code, result.text.strip()), (1, 'heartbeat is stopped. No process'))

    def test_status_of_a_running_daemon(self):
        self.cluster.bring_up(**CALM)
        result = self.command('-s')
        self.assertEqual(result.code, 0)
        self.assertEqual(
            result.text.strip(),
            f'heartbeat OK [pid {self.cluster.supervisor(self.a)} et al] is running on a [a]...',
        )

    def test_stop_of_a_stopped_daemon_is_no_error(self):
        result = self.command('-k')
        self.assertEqual(result.code, 0)
        self.assertIn('Heartbeat already stopped.', result.text)

    def test_version(self):
        result = self.command('-V')
        self.assertEqual(result.code, 0)
        self.assertRegex(result.text, r'^4\.\d+\.\d+')

    def test_wrong_option_shows_the_usage_and_is_exit_2(self):
        result = self.command('-Z')
        self.assertEqual(result.code, 2)
        self.assertIn('sage', result.text)

    def test_help_is_an_answer_and_no_fault(self):
        for program in ('heartbeat', 'hbctl', 'hbdump'):
            for word in ('--help', '-h'):
                result = self.a.run(os.path.join(BUILD, program), word)
                self.assertEqual(result.code, 0, (program, word))
                self.assertIn(program, result.text)
        for verb in ('status', 'watch', 'check', 'standby', 'takeover', 'unblock', 'fenced'):
            self.assertEqual(self.a.run(hbctl(), verb, '--help').code, 0, verb)

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.cluster.bring_up(**CALM)
        for words in ('hbctl status', 'hbctl status --json', 'hbctl check', 'hbctl help', 'hbctl --version', 'hbctl watch',
                      'heartbeat -V', 'heartbeat -s', 'heartbeat -D', 'heartbeat --help', 'hbdump --version', 'hbdump --help'):
            program, _, rest = words.partition(' ')
            result = self.a.shell(f'{os.path.join(BUILD, program)} {rest} >/dev/full', timeout=20)
            self.assertNotEqual(result.code, 0, words)
            self.assertIn('cannot write the output: No space left on device', result.text, words)

    def test_foreground_stays_until_it_is_told_to_end(self):
        self.cluster.configure()
        self.a.start(heartbeat(), '-f')
        wait(lambda: self.cluster.supervisor(self.a), 20, 'a pid file')
        self.cluster.start(self.b)
        self.cluster.wait_owner(self.a)
        self.cluster.stop(self.a)
        self.assertEqual(self.cluster.processes(self.a), {})

    def test_start_of_a_running_daemon_says_so(self):
        self.cluster.bring_up(**CALM)
        result = self.command()
        self.assertEqual(result.code, 0)
        self.assertIn('already running', result.text + self.cluster.log(self.a))

    def test_reload_of_a_running_daemon(self):
        self.cluster.bring_up(**CALM)
        result = self.command('-r')
        self.assertEqual(result.code, 0, result)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 2, 'a serves')

    def test_pid_file_has_eleven_octets(self):
        self.cluster.bring_up(**CALM)
        text = self.a.read('/run/heartbeat.pid')
        self.assertEqual(len(text), 11)
        self.assertEqual(text, f'{int(text):10d}\n')

    def test_hbctl_status_names_nodes_links_groups_and_owner(self):
        self.cluster.bring_up(**CALM)
        result = self.cluster.check(self.a, 'status')
        self.assertEqual(result.code, 0, result)
        for word in ('a', 'b', 'eth0', self.service, 'owned'):
            self.assertIn(word, result.text)

    def test_hbctl_status_as_json(self):
        self.cluster.bring_up(**CALM)
        result = self.cluster.check(self.a, 'status', '--json')
        self.assertEqual(result.code, 0, result)
        text = json.dumps(json.loads(result.text))
        for word in ('"a"', '"b"', self.service):
            self.assertIn(word, text)

    def test_hbctl_without_a_daemon_says_so_and_fails(self):
        result = self.cluster.check(self.a, 'status')
        self.assertNotEqual(result.code, 0)
        self.assertIn(
            'not running', result.text.lower().replace("isn't", 'not').replace('no daemon', 'not running')
        )

    def test_hbctl_names_a_wrong_word_and_says_where_the_right_ones_are(self):
        result = self.cluster.check(self.a, 'frobnicate')
        self.assertNotEqual(result.code, 0)
        self.assertIn('frobnicate', result.text)
        self.assertIn('help', result.text)

    def test_operator_who_stays_connected_without_reading_blocks_nobody(self):
        self.cluster.bring_up(**CALM)
        hold = (
            'import socket, time\nkeep = []\n'
            'for i in range(40):\n    s = socket.socket(socket.AF_UNIX); s.settimeout(1)\n'
            '    try: s.connect("/run/heartbeat/control"); s.send(b"sta"); keep.append(s)\n'
            '    except OSError: break\n'
            'time.sleep(1000)\n'
        )
        self.a.write('/run/hold.py', hold)
        self.a.start('python3', '-S', '/run/hold.py')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 2, 'a serves')
        wait(lambda: self.cluster.check(self.a, 'status').code == 0, 30, 'another operator is served')
        self.assert_not_said(self.b, 'node a: is dead')


if __name__ == '__main__':
    unittest.main()
