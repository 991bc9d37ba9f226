"""Scripts of rc.d: run for what happens in the cluster, with what they were told by 3.0.6; nobody waits for them."""
from base import LabTest, unittest, wait
from lab import hbctl
from test_takeover import CALM

FIFO = '/var/lib/heartbeat/fifo'
NOTE = '#!/bin/sh\necho "$1 $HA_t $HA_src $HA_st $HA_CURHOST $HA_OSTATUS $HA_keepalive" >>/run/hooks\n'


class Hooks(LabTest):
    def hook(self, name, text, hosts=None):
        for host in hosts or self.pair:
            host.write(f'/etc/ha.d/rc.d/{name}', text, 0o755)

    @property
    def pair(self):
        return self.lab.pair

    def noted(self, host):
        return host.read('/run/hooks').splitlines()

    def wait_noted(self, host, line):
        wait(lambda: line in self.noted(host), 20, f'"{line}" in the notes of {host.name}, not {self.noted(host)}')

    def test_status_of_the_peer_is_told_at_its_death_and_return(self):
        self.hook('status', NOTE)
        self.cluster.bring_up(**CALM)
        wait(lambda: any(line.startswith('status status a active b ') for line in self.noted(self.b)), 20, 'told')
        self.assert_said(self.b, 'Running /etc/ha.d//rc.d/status status')
        before = len(self.noted(self.b))
        self.a.cut_power()
        self.cluster.wait_owner(self.b, seconds=30)
        self.wait_noted(self.b, 'status status a dead b active 200ms')
        self.assertEqual(self.noted(self.b)[before:], ['status status a dead b active 200ms'])
        self.a.boot()
        self.cluster.start(self.a)
        wait(lambda: self.noted(self.b)[before + 1 :][-1:] == ['status status a active b active 200ms'], 20, 'back')

    def test_script_that_does_not_end_delays_no_takeover(self):
        self.hook('status', '#!/bin/sh\necho $HA_st >>/run/hooks\nexec sleep 60\n')
        self.cluster.bring_up(**CALM)
        wait(lambda: self.noted(self.b), 20, 'the script runs')
        began = self.noted(self.b)
        self.a.cut_power()
        self.cluster.wait_owner(self.b, seconds=30)
        self.assertEqual(self.noted(self.b), began, 'the first one still runs, and the next waits for it')
        self.cluster.stop(self.b)
        self.assertNotIn('sleep 60', self.b.run('ps', '-eo', 'args').text)

    def test_message_of_a_script_runs_the_script_of_its_type_on_both_nodes(self):
        self.wire_is_valid = False  # hbdump does not know the type
        self.hook('backup', '#!/bin/sh\necho "$1 $HA_src $HA_word $HA_FUNCS" >>/run/backup\n')
        self.cluster.bring_up(**CALM)
        text = r'>>>\nt=backup\nword=a b\nFUNCS=/tmp/evil\n<<<\n'
        self.a.run('sh', '-c', f'printf "$1" >{FIFO}', 'sh', text, timeout=10, check=True)
        for host in self.pair:
            wait(lambda host=host: host.read('/run/backup'), 20, f'the script ran on {host.name}')
            self.assertEqual(host.read('/run/backup'), 'backup a a b /etc/ha.d/shellfuncs\n')

    def test_what_3_0_6_left_in_rc_d_starts_nothing_twice(self):
        self.hook('status', '#!/bin/sh\n[ "$HA_st" = dead ] && /run/mach_down $HA_src\nexit 0\n')
        self.b.run('ln', '-s', hbctl(), '/run/mach_down', check=True)
        self.cluster.script('one')
        self.cluster.bring_up(haresources=f'a {self.service} one\n', **CALM)
        self.a.cut_power()
        self.cluster.wait_state(self.b, 'owned', seconds=30)
        self.cluster.wait_said(self.b, 'mach_down: heartbeat itself takes over what a held')
        self.assertEqual(self.cluster.calls(self.b, 'one').count('start'), 1)

    def test_many_messages_at_once_disturb_nothing(self):
        self.wire_is_valid = False  # hbdump does not know the type
        self.hook('noise', '#!/bin/sh\necho x >>/run/noise\n')
        self.cluster.bring_up(**CALM)
        line = 'printf ">>>\\nt=noise\\n<<<\\n"'
        self.a.shell(f'for i in $(seq 300); do {line}; done >{FIFO}', timeout=60)
        wait(lambda: len(self.a.read('/run/noise').split()) >= 64, 60, 'scripts run')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 1, 'a serves')
        self.assert_not_said(self.b, 'node a: is dead')
        self.assert_not_said(self.a, 'node b: is dead')


if __name__ == '__main__':
    unittest.main()
