"""What people's scripts of 3.0.6 call: the FIFO, req_resource, mach_down, cl_status."""
import os
import stat

from base import LabTest, unittest, wait
from lab import hbctl
from test_takeover import CALM

FIFO = '/var/lib/heartbeat/fifo'


class Tools(LabTest):
    def tool(self, host, name, *words):
        """hbctl under one of its names of 3.0.6."""
        path = f'/run/{name}'
        host.run('ln', '-sf', hbctl(), path, check=True)
        return host.run(path, *words, timeout=60)

    def write(self, host, text):
        """As 3.0.6's own scripts do: one write of the shell."""
        host.run('sh', '-c', f'printf "$1" >{FIFO}', 'sh', text, timeout=10, check=True)

    def test_standby_and_takeover_written_into_the_fifo(self):
        self.cluster.bring_up(**CALM)
        info = os.stat(self.a.file(FIFO))
        self.assertTrue(stat.S_ISFIFO(info.st_mode))
        self.assertEqual((stat.S_IMODE(info.st_mode), info.st_uid), (0o600, 0))
        self.write(self.a, r'>>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n')
        self.cluster.wait_owner(self.b)
        self.assert_said(self.a, 'an operator asks for standby [all]')
        self.write(self.a, r'>>>\nt=hb_takeover\nrsc_hold=local\n<<<\n')
        self.cluster.wait_owner(self.a)

    def test_refusal_of_what_a_script_asked_for_is_in_the_log(self):
        self.cluster.bring_up(**CALM)
        self.write(self.b, r'>>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n')
        self.cluster.wait_said(self.b, 'what a script asked for by the FIFO is refused: there is nothing to do')

    def test_garbage_in_the_fifo_is_one_line_and_disturbs_nothing(self):
        self.cluster.bring_up(**CALM)
        mark = self.cluster.mark(self.a)
        self.a.shell(f'setsid cat /dev/urandom >{FIFO} </dev/null 2>/dev/null & echo $! >/run/flood', check=True)
        self.cluster.wait_said(self.a, 'FIFO: text outside of a message', since=mark)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 3, 'a serves')
        self.assert_not_said(self.b, 'node a: is dead')
        self.assertLessEqual(len(self.cluster.said(self.a, 'FIFO:', since=mark)), 2)
        self.a.shell('kill -KILL $(cat /run/flood)', check=True)
        self.write(self.a, r'\n>>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n')
        self.cluster.wait_owner(self.b)

    def test_messages_of_the_daemon_itself_are_refused(self):
        self.cluster.bring_up(**CALM)
        self.write(self.a, r'>>>\nt=shutdone\nst=dead\n<<<\n')
        self.cluster.wait_said(self.a, 'FIFO: t="shutdone" is heartbeat\'s own')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')

    def test_something_else_in_place_of_the_fifo_is_named_and_the_daemon_runs(self):
        self.a.write(FIFO, 'text')
        self.cluster.bring_up(**CALM)
        self.assert_said(self.a, f'{FIFO} is no FIFO of root')
        self.assertEqual(self.a.read(FIFO), 'text')

    def test_req_resource_gets_a_group_and_mach_down_does_nothing(self):
        self.cluster.bring_up(**CALM)
        result = self.tool(self.a, 'req_resource', self.service)
        self.assertEqual((result.code, result.text), (0, ''))
        self.assertEqual(self.tool(self.b, 'mach_down', 'a').code, 0)
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')
        self.assertEqual(self.tool(self.b, 'req_resource', self.service).code, 0)
        self.cluster.wait_owner(self.b)
        self.assertEqual(self.tool(self.b, 'req_resource', 'nonsense').code, 1)

    def test_cl_status_says_and_ends_as_that_of_3_0_6(self):
        self.cluster.bring_up(**CALM)
        for words, code, text in (
            (['hbstatus'], 0, 'Heartbeat is running on this machine.\n'),
            (['listnodes'], 0, 'b\na\n'),
            (['nodestatus', 'b'], 0, 'active\n'),
            (['nodestatus', 'zz'], 11, 'Error. May be due to incorrect node name\n'),
            (['nodetype', 'b'], 0, 'normal\n'),
            (['nodeweight', 'b'], 0, '100\n'),
            (['nodesite', 'b'], 0, '\n'),
            (['listhblinks', 'b'], 0, '\teth0\n'),
            (['hblinkstatus', 'b', 'eth0'], 0, 'up\n'),
            (['clientstatus', 'b', 'ipfail'], 1, 'offline\n'),
            (['rscstatus'], 0, 'local\n'),
            (['rscstatus', '-m'], 0, 'This node is holding local resources.\n'),
            (['hbparameter', '-p', 'keepalive'], 0, '200ms\n'),
            (['hbparameter', '-p', 'udpport'], 0, '694\n'),
            (['hbparameter', '-p', 'hopfudge'], 0, '1\n'),
        ):
            result = self.tool(self.a, 'cl_status', *words)
            self.assertEqual((result.code, result.text), (code, text), words)
        nobody = self.a.run('setpriv', '--reuid=65534', '/run/cl_status', 'hbparameter', '-p', 'udpport')
        self.assertEqual(nobody.code, 1)
        self.assertIn('only root', nobody.text)
        self.cluster.kill_all(self.b)
        wait(lambda: self.tool(self.a, 'cl_status', 'nodestatus', 'b').text == 'dead\n', 10, 'b is dead')
        self.assertEqual(self.tool(self.a, 'cl_status', 'nodestatus', 'b').code, 1)


if __name__ == '__main__':
    unittest.main()
