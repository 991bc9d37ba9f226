"""The same story told by two nodes of 3.0.6 and by a mixed pair: with us, 3.0.6 has no new complaint."""
from complaints import LATE, without
from mixed import HEARTBEATS, MixedTest, quick, wait


class Compared(MixedTest):
    """A story is told by two of theirs, then by a mixed pair in either order."""

    always_allowed = ()  # by chance, on either side; see test_control.py

    def setUp(self):
        self.pair_of_theirs = True
        super().setUp()

    def compare(self, story, both_orders=True):
        story()
        known = self.grave(self.first) | self.grave(self.second)
        self.pair_of_theirs = False
        for self.ours_first in (True, False) if both_orders else (True,):
            self.doCleanups()
            super().setUp()
            story()
            self.allowed = (*known, *self.always_allowed)
            new = without(self.grave(self.theirs), self.allowed)
            self.assertEqual(new, set(), f'ours first: {self.ours_first}; a pair says only {sorted(known)}')

    def stop_and_return(self):
        self.bring_up()
        for node in self.nodes:
            node.stop()
            self.expect(self.gone(node))
            node.start()
            self.expect(self.returned(node))

    def cut_and_return(self):
        self.bring_up()
        for node in self.nodes:
            self.cut_power(node)
            self.expect(self.gone(node))
            node.host.boot()
            node.start()
            self.expect(self.returned(node))

    def moves(self):
        self.bring_up()
        for node in self.nodes:
            node.standby('all')
            self.expect({group: self.other(node) for group in self.home()})
            node.takeover('all')
            self.expect({group: node for group in self.home()})
            node.standby('local')
            self.expect({group: self.other(home) for group, home in self.home().items()})

    def late_join(self):
        self.configure()
        for early in self.nodes:
            early.start()
            self.expect({group: early for group in self.home()}, settled=False)
            self.other(early).start()
            self.expect(self.home())
            for node in self.nodes:
                node.begin_stop()
            for node in self.nodes:
                wait(lambda node=node: not node.pids(), 60, f'{node} has stopped')

    def to_and_fro(self, moves):
        for at in range(moves):
            self.give(self.nodes[at % 2])

    def loss(self):
        self.bring_up()
        self.lab.drop(None, None, 25, HEARTBEATS)
        self.to_and_fro(12)
        self.lab.drop_nothing()

    @quick
    def test_stop_and_return_of_one_group_that_prefers_the_first_node(self):
        self.layout = (('first', 'one'),)
        self.compare(self.stop_and_return)

    def test_stop_and_return_of_a_group_each(self):
        self.compare(self.stop_and_return)

    def test_stop_and_return_with_failback_off(self):
        self.settings = {'auto_failback': 'off'}
        self.compare(self.stop_and_return)

    def test_power_cut_and_return_of_one_group_that_prefers_the_first_node(self):
        self.layout = (('first', 'one'),)
        self.compare(self.cut_and_return)

    def test_power_cut_and_return_of_a_group_each(self):
        self.compare(self.cut_and_return)

    def test_moves_told_by_the_operator(self):
        self.compare(self.moves)

    def test_moves_of_one_group_that_prefers_the_first_node(self):
        self.layout = (('first', 'one'),)
        self.compare(self.moves)

    def test_a_node_that_joins_later(self):
        self.compare(self.late_join)

    def test_moves_while_a_quarter_of_the_messages_is_lost(self):
        self.always_allowed = LATE
        self.times = {**self.times, 'deadtime': '4', 'initdead': '8'}
        self.compare(self.loss)
