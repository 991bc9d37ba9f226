"""What scripts of people say and hear: the FIFO and rc.d, ours and theirs on one wire."""
from mixed import MixedTest, quick, wait

FIFO = '/var/lib/heartbeat/fifo'
NOTE = '#!/bin/sh\necho "$HA_t $HA_src $HA_word" >>/run/notes\n'
TELL = '#!/bin/sh\necho "$HA_t $HA_src $HA_st" >>/run/changes\n'


class Messages(MixedTest):
    def say(self, node, text):
        node.host.run('sh', '-c', f'printf "$1" >{FIFO}', 'sh', text, timeout=10, check=True)

    def configure(self, **settings):
        super().configure(**settings)
        for node in self.nodes:
            node.host.write('/etc/ha.d/rc.d/backup', NOTE, 0o755)
        self.ours.host.write('/etc/ha.d/rc.d/status', TELL, 0o755)

    def noted(self, node, file='notes'):
        return node.host.read(f'/run/{file}').splitlines()

    @quick
    def test_message_of_a_script_on_either_node_runs_the_script_of_its_type_on_both(self):
        self.wire_is_valid = False  # hbdump does not know the type
        self.bring_up()
        for sender, word in ((self.theirs, 'first'), (self.ours, 'second')):
            self.say(sender, rf'>>>\nt=backup\nword={word}\n<<<\n')
            for node in self.nodes:
                line = f'backup {sender.name} {word}'
                wait(lambda node=node, line=line: line in self.noted(node), 20, f'"{line}" at {node}: {self.noted(node)}')
                self.assertEqual(self.noted(node).count(line), 1)
        self.expect(self.home())

    def test_standby_written_into_our_fifo_is_theirs_to_take(self):
        self.bring_up()
        self.say(self.ours, r'>>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n')
        self.expect({group: self.theirs for group in self.home()})
        self.say(self.ours, r'>>>\nt=hb_takeover\nrsc_hold=all\n<<<\n')
        self.expect({group: self.ours for group in self.home()})

    def test_death_and_return_of_theirs_run_our_status_script(self):
        self.bring_up()
        name = self.theirs.name
        wait(lambda: f'status {name} active' in self.noted(self.ours, 'changes'), 20, 'told')
        self.cut_power(self.theirs)
        wait(lambda: self.noted(self.ours, 'changes')[-1:] == [f'status {name} dead'], 30, 'its death was told')
        self.expect({group: self.ours for group in self.home()})


if __name__ == '__main__':
    import unittest

    unittest.main()
