"""Fencing: what must not run twice waits until its owner is cut off."""
import os

from base import LabTest, unittest, wait
from test_takeover import CALM

# A device that notes what it is told, and does as the file says.
AGENT = '''#!/bin/sh
cat >>/run/agent.told
echo end >>/run/agent.told
[ -e /run/agent.works ] || { echo no contact; exit 1; }
echo done
'''


class Fencing(LabTest):
    def bring_up(self, haresources=None, **settings):
        """a owns a script and, in a group of its own, the address; both can be cut off by the agent."""
        for host in self.lab.pair:
            host.write('/usr/sbin/fence_lab', AGENT, 0o755)
        self.cluster.script('database')
        self.cluster.bring_up(
            haresources=haresources or f'a {self.service}\na database\n',
            fence='* fence_lab ip=10.0.0.3',
            **{**CALM, **settings},
        )
        self.cluster.wait_state(self.a, 'owned', key='database')

    def test_takeover_waits_for_the_device_that_is_tried_again_until_it_works(self):
        self.bring_up()
        self.lab.a.cut_power()
        self.cluster.wait_owner(self.b)  # an address does not wait
        self.cluster.wait_said(self.b, 'node a not reset by [fence_lab]: exit code 1: no contact')
        wait(
            lambda: self.cluster.status(self.b)['group']['database'][5] == 'waiting for fencing of a',
            10,
            'status says what is waited for',
        )
        shown = self.cluster.check(self.b, 'status')
        self.assertIn('waiting for fencing of a', ' '.join(shown.text.split()))
        self.assertNotIn('start', self.cluster.calls(self.b, 'database'))
        self.b.write('/run/agent.works', '')
        self.cluster.wait_state(self.b, 'owned', key='database', seconds=30)
        self.assert_said(self.b, 'Resetting node a with [fence_lab]')
        self.assert_said(self.b, 'node a now reset.')
        told = self.b.read('/run/agent.told')
        self.assertEqual(
            told.split('end\n')[0], 'action=reboot\nplug=a\nport=a\nip=10.0.0.3\n', 'by its standard input'
        )
        self.assert_not_said(self.b, 'No STONITH device configured.')

    def test_operator_says_that_the_node_is_off_and_is_named_in_the_log(self):
        self.bring_up()
        alive = self.cluster.check(self.b, 'fenced', 'a', '--yes-it-is-off')
        self.assertEqual(alive.code, 3)
        self.assertIn('node a is alive', alive.text)
        self.lab.a.cut_power()
        self.cluster.wait_said(self.b, 'node a is not cut off')
        wait(
            lambda: 'hbctl fenced a --yes-it-is-off' in ' '.join(self.cluster.check(self.b, 'status').text.split()),
            10,
            'status names the command',
        )
        self.assertEqual(self.cluster.check(self.b, 'fenced', 'a').code, 2)
        self.assertNotIn('start', self.cluster.calls(self.b, 'database'))
        self.assertEqual(self.cluster.check(self.b, 'fenced', 'a', '--yes-it-is-off').code, 0)
        self.cluster.wait_state(self.b, 'owned', key='database')
        self.assert_said(self.b, 'says that node a is off: it counts as cut off')

    def test_node_that_comes_back_is_not_waited_for(self):
        self.bring_up()
        self.lab.a.cut_power()
        self.cluster.wait_said(self.b, 'node a is not cut off')
        self.lab.a.boot()
        self.cluster.start(self.a)
        self.cluster.wait_state(self.a, 'owned', key='database')
        self.assert_said(self.b, 'node a is alive again: nobody waits for its fencing any more')
        self.assertNotIn('start', self.cluster.calls(self.b, 'database'))

    def test_orderly_stop_and_a_standby_that_dies_fence_nobody(self):
        self.bring_up()
        self.lab.b.cut_power()
        self.cluster.wait_said(self.a, 'node b: is dead')
        self.lab.b.boot()
        self.cluster.start(self.b)
        self.cluster.wait_formed()
        self.cluster.stop(self.a)
        self.cluster.wait_state(self.b, 'owned', key='database')
        self.cluster.wait_said(self.b, 'Dead node a gave up resources.')
        for host in self.lab.pair:
            self.assertFalse(os.path.exists(host.file('/run/agent.told')), 'no device was used')

    def test_stonith_of_cluster_glue_finds_its_parameters_on_its_standard_input(self):
        stand_in = '#!/bin/sh\necho "$@" >/run/stonith.told\ncat "$4" >>/run/stonith.told\n'
        for host in self.lab.pair:
            host.write('/usr/sbin/stonith', stand_in, 0o755)
        self.cluster.script('database')
        self.cluster.bring_up(
            haresources=f'a {self.service}\na database\n', stonith_host='* baytech 10.0.0.3 login secret', **CALM
        )
        self.cluster.wait_state(self.a, 'owned', key='database')
        self.lab.a.cut_power()
        self.cluster.wait_state(self.b, 'owned', key='database')
        self.assertEqual(
            self.b.read('/run/stonith.told').splitlines(),
            ['-t baytech -F /dev/stdin -T reset a', '10.0.0.3 login secret'],
        )

    def test_missing_program_is_a_warning_at_the_start(self):
        self.cluster.configure(fence='* fence_that_is_nowhere', **CALM)
        checked = self.cluster.check(self.a, 'check')
        self.assertEqual(checked.code, 0)
        self.assertIn('there is no program fence_that_is_nowhere', checked.text)
        self.cluster.start()
        self.cluster.wait_said(self.a, 'there is no program fence_that_is_nowhere')


if __name__ == '__main__':
    unittest.main()
