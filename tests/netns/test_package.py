"""What the package brings, on a host that lacks what Debian usually has."""
import os
import re

from base import LabTest, unittest, wait
from lab import heartbeat
from test_takeover import CALM

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INIT = '/etc/init.d/heartbeat'


class Package(LabTest):
    def install_init_script(self, host):
        with open(os.path.join(ROOT, 'system', 'heartbeat.init'), encoding='ascii') as file:
            host.write(INIT, file.read(), mode=0o755)
        host.run('ln', '-sf', heartbeat(), '/usr/sbin/heartbeat', check=True)
        host.shell('rm -rf /lib/lsb', check=True)

    def test_init_script_works_without_the_shell_functions_of_the_lsb(self):
        self.install_init_script(self.a)
        self.a.run('rm', '-f', '/etc/ha.d/ha.cf')
        unconfigured = self.a.run(INIT, 'start')
        self.assertEqual(unconfigured.code, 0)
        self.assertIn('not configured', unconfigured.text)
        self.cluster.configure(**CALM)
        self.cluster.start(self.b)
        self.assertEqual(self.a.run(INIT, 'status').code, 3)
        self.a.run(INIT, 'start', timeout=60, check=True)
        self.assertEqual(self.a.run(INIT, 'status').code, 0)
        self.cluster.wait_owner(self.a)
        self.a.run(INIT, 'restart', timeout=60, check=True)
        self.a.run(INIT, 'reload', timeout=60, check=True)
        self.a.run(INIT, 'stop', timeout=60, check=True)
        self.assertEqual(self.a.run(INIT, 'status').code, 3)
        self.cluster.wait_owner(self.b)

    def test_init_script_hands_over_to_systemd_where_that_runs(self):
        self.install_init_script(self.a)
        self.cluster.configure(**CALM)
        self.a.shell('mkdir -p /run/systemd/system', check=True)
        self.a.write('/usr/sbin/systemctl', '#!/bin/sh\necho "systemctl $*"\n', mode=0o755)
        for word, asked in (('start', 'start'), ('stop', 'stop'), ('force-reload', 'reload')):
            said = self.a.run(INIT, word)
            self.assertEqual((said.code, said.text), (0, f'systemctl {asked} heartbeat.service\n'))

    def test_engine_without_a_user_of_its_own_is_said(self):
        self.a.shell("sed -i '/^hacluster:/d' /etc/passwd", check=True)
        self.b.shell("sed -i '/^hacluster:/d' /etc/passwd; echo hacluster:x:4711:4711::/nonexistent:/bin/false >>/etc/passwd", check=True)
        self.cluster.bring_up(**CALM)
        self.assert_said(self.a, 'has no user hacluster: the engine runs as nobody')
        self.assert_not_said(self.b, 'has no user hacluster')
        self.assertEqual(self.user_of(self.a, self.cluster.engine(self.a)), '65534')
        self.assertEqual(self.user_of(self.b, self.cluster.engine(self.b)), '4711')

    def user_of(self, host, pid):
        return host.shell(f"awk '/^Uid:/ {{ print $2 }}' /proc/{pid}/status").text.strip()

    def test_code_that_only_a_takeover_needs_is_held_in_memory(self):
        self.cluster.bring_up(**CALM)
        supervisor = self.cluster.supervisor(self.a)
        wait(lambda: self.code_in_memory(supervisor)['heartbeat'] == 'whole', 10, 'the program itself is held')
        in_memory = self.code_in_memory(supervisor)
        served_by = [name for name in in_memory if name.startswith(('heartbeat', 'libc.so', 'libmnl'))]
        self.assertEqual(len(served_by), 3, in_memory)
        for name in served_by:
            self.assertEqual(in_memory[name], 'whole', name)

    def code_in_memory(self, pid):
        """{file name: 'whole' if all of its code is in memory and locked there}"""
        found = {}
        for mapping in self.a.read(f'/proc/{pid}/smaps').split('VmFlags:'):
            code = re.search(r'^\S+ r-xp \S+ \S+ \d+ +(/\S+)$', mapping, re.MULTILINE)
            if code:
                size, resident = (re.search(rf'^{name}: +(\d+) kB', mapping, re.MULTILINE).group(1) for name in ('Size', 'Rss'))
                found[os.path.basename(code.group(1))] = 'whole' if size == resident else f'{resident} of {size} kB'
        return found


if __name__ == '__main__':
    unittest.main()
