"""What the package brings, on a host that lacks what Debian usually has."""
import os

from base import LabTest, unittest
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


if __name__ == '__main__':
    unittest.main()
