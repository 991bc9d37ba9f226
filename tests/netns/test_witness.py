"""Ping nodes: who reaches fewer hands over, who hears nobody holds nothing (quorum), who is deaf claims nothing."""
from base import LabTest, unittest, wait
from lab import hbctl
from test_takeover import CALM

ICMP = 'ip protocol icmp'


class Witness(LabTest):
    def up_with_ping(self, **settings):
        self.cluster.bring_up(**{'ping': str(self.client.address), 'deadping': '500ms', **settings})
        for host in self.pair:
            wait(lambda host=host: self.ping_state(host) == 'up', 10, f'{host.name} reaches the ping node')

    @property
    def pair(self):
        return self.lab.pair

    def ping_state(self, host):
        fields = self.cluster.status(host).get('ping', {}).get(str(self.client.address))
        return fields[0] if fields else None

    def test_lost_by_the_owner_alone_moves_the_group_and_it_comes_home_when_it_answers_again(self):
        self.up_with_ping()
        self.lab.drop(self.client, self.a, match=ICMP)
        self.cluster.wait_owner(self.b)
        self.assert_said(self.a, f'node {self.client.address}: is dead')
        self.assert_said(self.a, 'node b reaches 1 of 1 ping nodes, this node only 0')
        self.hold_still(lambda: self.cluster.owners() == [self.b], 2, 'no failback to a node that reaches fewer')
        self.lab.drop_nothing()
        self.cluster.wait_owner(self.a)

    def test_lost_by_both_moves_nothing(self):
        self.up_with_ping()
        self.lab.drop(self.client, None, match=ICMP)
        for host in self.pair:
            wait(lambda host=host: self.ping_state(host) == 'dead', 10, f'{host.name} has lost the ping node')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 2, 'the group stays')

    def test_is_shown_by_status_and_by_cl_status(self):
        self.up_with_ping()
        name = str(self.client.address)
        self.a.run('ln', '-s', hbctl(), '/run/cl_status', check=True)
        self.assertIn('PING NODES', self.cluster.check(self.a, 'status').text)
        for words, text in (
            (('listnodes', '-p'), f'{name}\n'),
            (('nodetype', name), 'ping\n'),
            (('nodestatus', name), 'ping\n'),
            (('listhblinks', name), f'\t{name}\n'),
            (('hblinkstatus', name, name), 'up\n'),
        ):
            self.assertEqual(self.a.run('/run/cl_status', *words).text, text)

    def test_with_quorum_a_standby_that_hears_nobody_claims_nothing(self):
        self.up_with_ping(quorum='on', deadping='2', **CALM)
        self.lab.drop(None, self.b)
        self.lab.drop(self.b, None)
        self.cluster.wait_said(self.b, 'nothing is claimed here (quorum on)')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 2, 'b claims nothing')

    def test_with_quorum_an_owner_that_hears_nobody_gives_up_before_the_other_claims(self):
        self.up_with_ping(quorum='on', deadping='2', **CALM)
        self.lab.drop(None, self.a)
        self.lab.drop(self.a, None)
        self.cluster.wait_owner(self.b)
        self.assert_said(self.a, 'giving up everything (quorum on)')
        self.assert_said(self.b, 'node a: is dead')

    def test_a_deaf_standby_claims_nothing_and_the_owner_goes_on(self):
        self.up_with_ping(deadtime='1')
        self.lab.drop(None, self.b)  # its interface has carrier and can send, and receives nothing at all
        self.cluster.wait_said(self.b, 'this node is deaf')
        self.hold_still(lambda: self.cluster.owners() == [self.a], 3, 'b claims nothing, and a does not give up')
        self.assert_not_said(self.b, 'node a: is dead')
        self.lab.drop_nothing()
        self.cluster.wait_said(self.b, 'this node hears again')
        self.a.cut_power()
        self.cluster.wait_owner(self.b)


if __name__ == '__main__':
    unittest.main()
