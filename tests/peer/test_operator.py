"""standby and takeover by an operator, from either node, in rest and at bad moments."""
import os
import time

import peers
from complaints import OTHER_IS_LEAVING
from mixed import MixedTest, quick, wait

WORDS = ('all', 'local', 'foreign', 'failback')


class TheirScripts(MixedTest):
    """The scripts of 3.0.6 on the host of ours: they write into its FIFO."""

    their_tools = True

    def configure(self, **settings):
        super().configure(**settings)
        peers.copy_tree(self.ours.host, os.path.join(peers.TREE, 'etc/ha.d'), '/etc/ha.d')

    def do(self, script, which, owner):
        result = self.ours.host.run(f'/usr/share/heartbeat/{script}', which)
        self.assertEqual(result.code, 0, result)
        self.expect(owner)

    def test_their_hb_standby_and_hb_takeover_move_groups_between_ours_and_theirs(self):
        self.bring_up()
        home = self.home()
        self.do('hb_standby', 'all', {group: self.theirs for group in home})
        self.do('hb_takeover', 'all', {group: self.ours for group in home})
        self.do('hb_standby', 'foreign', home)
        self.do('hb_standby', 'local', {group: self.theirs for group in home})
        self.do('hb_takeover', 'local', home)

    def test_a_wish_in_the_fifo_while_theirs_is_away_is_refused_and_harms_nothing(self):
        self.bring_up()
        self.theirs.stop()
        owner = {group: self.ours for group in self.home()}
        self.expect(owner)
        self.do('hb_standby', 'all', owner)
        self.cluster.wait_said(self.ours.host, 'what a script asked for by the FIFO is refused', 20)
        self.theirs.start()
        self.expect(self.home())


class Operator(MixedTest):
    """Each node prefers one group."""

    def moved(self, node, command, which):
        """Where groups are afterwards."""
        other = self.other(node)
        owner = dict(self.owner)
        for group, home in self.home().items():
            kind = 'local' if home is node else 'foreign'
            if command == 'standby' and which in ('all', kind, {'foreign': 'failback'}.get(kind)):
                owner[group] = other if owner[group] is node else owner[group]
            if command == 'takeover' and which in ('all', kind):
                owner[group] = node
        return owner

    def act(self, node, command, which):
        result = getattr(node, command)(which)
        self.assertEqual(result.code, 0, f'{node}: {command} {which}: {result}')

    def do(self, node, command, which):
        expected = self.moved(node, command, which)
        self.act(node, command, which)
        self.expect(expected)

    def from_side(self, node):
        self.bring_up()
        other = self.other(node)
        self.do(node, 'standby', 'all')
        self.do(node, 'takeover', 'all')
        self.do(node, 'standby', 'local')
        self.do(node, 'standby', 'foreign')
        self.do(node, 'takeover', 'local')
        self.do(node, 'takeover', 'foreign')
        self.do(node, 'standby', 'failback')
        self.do(other, 'standby', 'all')
        self.do(other, 'takeover', 'all')

    @quick
    def test_every_move_that_ours_is_told_as_the_preferred_node(self):
        self.from_side(self.ours)

    @quick
    def test_every_move_that_theirs_is_told_as_the_standby(self):
        self.from_side(self.theirs)

    def test_repeating_a_move_changes_nothing(self):
        self.bring_up()
        for node in self.nodes:
            for command in ('standby', 'takeover'):
                for which in ('all', 'all', 'local', 'local', 'foreign', 'foreign'):
                    node_result = getattr(node, command)(which)
                    self.assertIn(node_result.code, (0, 1))
                    self.quiet()

    def test_their_takeover_failback_leaves_each_group_with_one_owner(self):
        self.bring_up()
        self.do(self.theirs, 'standby', 'all')
        self.act(self.theirs, 'takeover', 'failback')
        self.quiet()
        self.assertEqual(self.runs_on(self.group_of(self.theirs)), [self.theirs])

    def quiet(self, seconds=45):
        """Nothing hangs: all settles, each group with exactly one owner, and stays so."""

        def rest():
            return self.each_has_one_owner() and all(node.is_settled() for node in self.nodes if node.pids())

        time.sleep(0.5)
        wait(rest, seconds, f'rest; is: {[(g, self.runs_on(g)) for g in self.home()]}')
        time.sleep(1)
        wait(rest, seconds, 'rest again')
        self.owner = {group: self.runs_on(group)[0] for group in self.home()}

    # Bad moments ----------------------------------------------------------------------------------

    def works_afterwards(self):
        """The cluster obeys again, in both directions."""
        self.do(self.ours, 'standby', 'all')
        self.do(self.theirs, 'standby', 'all')
        self.do(self.theirs, 'takeover', 'all')
        self.do(self.ours, 'takeover', 'all')

    def during_start(self, node, command):
        self.exclusive = self.one_owner = False  # 3.0.6 runs the stop beside its own unfinished start
        self.configure()
        self.slow()
        for one in self.nodes:
            one.start()
        for _ in range(6):
            getattr(node, command)('all')
            time.sleep(0.4)
        if node.kind == 'ours':
            self.quiet(60)
        else:  # it may start what it has just given away; the next move mends that
            self.wait_settled(60)
            self.owner = self.home()
        self.swift()
        self.works_afterwards()

    def during_handshake(self, first, second, command):
        """A second wish each 300 ms while the first one moves slowly."""
        self.bring_up()
        self.slow()
        first.standby('all')
        for at in range(8):
            time.sleep(0.3)
            getattr(second, command)(WORDS[at % 3])
        self.quiet(60)
        self.swift()
        self.works_afterwards()

    def during_stop(self, node, commander, command):
        if commander.kind == 'theirs' and node is not commander:
            self.allowed = OTHER_IS_LEAVING
        self.bring_up()
        self.slow()
        mark = self.cluster.mark(self.other(node).host)
        node.begin_stop()
        for _ in range(6):
            getattr(commander, command)('all')
            time.sleep(0.4)
        wait(lambda: not node.pids(), 90, f'{node} has stopped')
        self.expect({group: self.other(node) for group in self.home()}, settled=False)
        self.wait_takeover(node, mark, left=True)
        self.swift()
        node.start()
        self.expect(self.returned(node))
        self.works_afterwards()

    def both_at_once(self, one, two):
        self.bring_up()
        for _ in range(3):
            getattr(self.ours, one)('all')
            getattr(self.theirs, two)('all')
            self.quiet(60)
        self.works_afterwards()

    def a_node_dies_in_the_handshake(self, giver, node):
        """So does a 3.0.6 whose script fails to stop: it reboots its machine."""
        self.bring_up()
        self.slow(2)
        giver.standby('all')
        time.sleep(1)
        mark = self.cluster.mark(self.other(node).host)
        self.cut_power(node)
        self.expect({group: self.other(node) for group in self.home()}, settled=False)
        self.wait_takeover(node, mark)
        self.swift()
        node.host.boot()
        node.start()
        self.expect(self.returned(node))
        self.works_afterwards()

    def test_what_theirs_drops_when_ours_dies_in_its_standby_is_mended_by_a_takeover_of_ours(self):
        """What it was giving away it stops and does not start again, though it claims it."""
        self.bring_up()
        self.slow(2)
        self.theirs.standby('all')
        time.sleep(1)
        self.cut_power(self.ours)
        group = self.group_of(self.ours)
        wait(lambda: self.runs_on(group) == [self.theirs], 60, f'{group} runs on theirs')
        self.swift()
        self.ours.host.boot()
        self.ours.start()
        wait(lambda: self.runs_on(group) == [self.ours], 60, f'{group} is at home')
        self.wait_settled()
        self.act(self.ours, 'takeover', 'all')
        self.expect({group: self.ours for group in self.home()}, seconds=60)
        self.works_afterwards()


def add(name, method, *arguments):
    def test(self):
        given = [getattr(self, word) if word in ('ours', 'theirs') else word for word in arguments]
        getattr(self, method)(*given)

    test.__name__ = name
    setattr(Operator, name, test)


for who in ('ours', 'theirs'):
    other = 'theirs' if who == 'ours' else 'ours'
    for word in ('standby', 'takeover'):
        add(f'test_{word}_told_to_{who}_while_both_start_hangs_nothing', 'during_start', who, word)
        add(f'test_{word}_told_to_{who}_while_{who}_stops_hangs_nothing', 'during_stop', who, who, word)
        add(f'test_{word}_told_to_{other}_while_{who}_stops_hangs_nothing', 'during_stop', who, other, word)
        for begun in ('ours', 'theirs'):
            name = f'test_{word}_told_to_{who}_while_{begun}_goes_to_standby_hangs_nothing'
            add(name, 'during_handshake', begun, who, word)
    name = f'test_power_cut_of_{who}_during_a_standby_of_ours_hangs_nothing'
    add(name, 'a_node_dies_in_the_handshake', 'ours', who)
name = 'test_power_cut_of_theirs_while_it_stops_a_group_hangs_nothing'
add(name, 'a_node_dies_in_the_handshake', 'theirs', 'theirs')
for one in ('standby', 'takeover'):
    for two in ('standby', 'takeover'):
        add(f'test_{one}_of_ours_and_{two}_of_theirs_at_once_hang_nothing', 'both_at_once', one, two)
