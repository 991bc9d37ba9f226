"""Two nodes of 3.0.6: each complaint that the mixed tests bear is one that they have of each other."""
import time

import complaints
from mixed import DEADLY, HEARTBEATS, MixedTest, wait

FIFO = '/var/lib/heartbeat/fifo'


class Control(MixedTest):
    pair_of_theirs = True
    exclusive = one_owner = False

    def unsaid(self, entries):
        said = (complaints.grave(node.log(), node.name) for node in self.nodes)
        return complaints.unsaid(set().union(*said), entries)

    def wait_said(self, entries, seconds=30):
        wait(lambda: not self.unsaid(entries), seconds, f'two 3.0.6 say {self.unsaid(entries) or entries}')

    def all_on_both(self):
        return all(len(self.runs_on(group)) == 2 for group in self.home())

    def test_a_start_on_this_machine_and_a_slow_writer_and_two_at_once_into_the_fifo(self):
        entries = [complaints.UNLOCKED, *complaints.SWALLOWED]
        self.bring_up()
        pieces = "(printf '>>>\\n'; sleep 1; printf 't=news\\n'; sleep 1; printf '<<<\\n') >" + FIFO
        mixed = "printf '>>>\n>>>\nt=news\n<<<\nt=news\n<<<\n' >" + FIFO
        for _ in range(5):
            self.first.host.shell(pieces)
            self.first.host.shell(mixed)
            time.sleep(1)
            if not self.unsaid(entries):
                return
        self.fail(f'not said: {self.unsaid(entries)}')

    def test_a_takeover_that_takes_longer_than_the_deadtime(self):
        self.bring_up()
        self.journal.set('slow-status', 8)  # it has counted the other dead for long when it says `done`
        self.second.stop()
        self.wait_said([complaints.SLOW_TAKEOVER], 60)

    def test_a_resource_message_that_comes_late(self):
        self.bring_up()
        relay = self.begin_relay('--delay-ms', '5', '--twice', '0', '--hold', '3000')
        for at in range(6):
            self.give(self.nodes[at % 2])
            if not self.unsaid(complaints.LATE):
                break
        self.lab.drop_nothing()
        relay.stop()
        self.wait_said(complaints.LATE)

    def test_a_partition(self):
        self.bring_up()
        time.sleep(11)
        self.first.host.cut_cable()
        wait(self.all_on_both, 20, 'both hold all')
        self.first.host.mend_cable()
        self.wait_said(complaints.PARTED)

    def test_messages_of_one_node_that_are_lost_for_a_while(self):
        self.bring_up()
        time.sleep(11)
        self.lab.drop(self.first.host, self.second.host, 100, HEARTBEATS)
        time.sleep(5)
        self.lab.drop_nothing()
        self.wait_said(complaints.PARTED)

    def test_wishes_while_the_other_node_stops(self):
        for at in range(8):
            self.swift()
            self.bring_up()
            self.slow()
            node, other = self.nodes[at % 2], self.nodes[1 - at % 2]
            node.begin_stop()
            for _ in range(6):
                getattr(other, ('standby', 'takeover')[at // 2 % 2])('all')
                time.sleep(0.4)
            time.sleep(5)
            if not self.unsaid(complaints.OTHER_IS_LEAVING):
                return
            for host in self.lab.pair:
                host.cut_power()
                host.boot()
        self.fail(f'not said: {self.unsaid(complaints.OTHER_IS_LEAVING)}')

    def test_a_resource_script_that_does_not_start(self):
        self.configure()
        self.journal.set(f'fail-{self.second.name}')
        for node in self.nodes:
            node.start()
        self.wait_said(complaints.FAILED_START, 90)

    def test_a_second_key_after_a_reload(self):
        self.bring_up()
        time.sleep(11)
        self.change_keys()
        self.wait_said(complaints.STALE_KEY)

    def test_garbage_and_a_datagram_that_kills(self):
        self.bring_up()
        self.flood('garbage', 2000)
        self.wait_said(complaints.GARBAGE)
        self.send_from_client(DEADLY)
        self.wait_said(complaints.DYING)
