"""The table of docs/one-way.md: only one direction is cut. A test per line."""
import os
import re

from base import LabTest, unittest
from lab import ROOT

TIMES = {'keepalive': '100ms', 'warntime': '500ms', 'deadtime': '1', 'initdead': '2'}
TABLE = os.path.join(ROOT, 'docs', 'one-way.md')


def rows():
    """[(number, cut, links, where, owner, in the log of a, in the log of b)] of the document."""
    with open(TABLE, encoding='utf-8') as file:
        lines = [line for line in file if re.match(r'\| \d+ \|', line)]
    return [tuple(cell.strip(' *`') for cell in line.strip().strip('|').split('|')) for line in lines]


class OneWay(LabTest):
    lab_options = {'second': '192.168.78.0/24'}

    def cut(self, host, way, interfaces, where):
        if where == 'firewall':
            hook, side = ('input', 'iifname') if way == 'deaf' else ('output', 'oifname')
            host.run(
                'nft',
                '-f',
                '-',
                check=True,
                stdin=f'table inet cut {{ chain c {{ type filter hook {hook} priority 0; '
                f'{side} {{ {", ".join(interfaces)} }} udp dport 694 counter drop; }}; }}',
            )
            return
        for interface in interfaces:
            side = {'target': host} if way == 'deaf' else {'source': host}
            self.lab.drop(interface=interface, **side)

    def mend(self, host, where):
        if where == 'firewall':
            host.run('nft', 'flush', 'ruleset', check=True)
        else:
            self.lab.drop_nothing()

    def check_row(self, number):
        _, cut, links, where, owner, said_by_a, said_by_b = next(row for row in rows() if row[0] == number)
        key, way = cut.split()
        host, serves = self.lab.hosts[key], self.lab.hosts[owner]
        self.cluster.bring_up(bcast=['eth0', 'eth1'], auto_failback='off', **TIMES)
        marks = {one: self.cluster.mark(one) for one in self.lab.pair}
        self.cut(host, way, ['eth0', 'eth1'] if links == 'both' else [links], where)
        for one, text in ((self.a, said_by_a), (self.b, said_by_b)):
            if text:
                self.cluster.wait_said(one, text, since=marks[one])
        self.cluster.wait_state(serves, 'owned')
        self.hold_still(lambda: self.cluster.owners() == [serves], 2, f'{owner} serves')
        for one, text in ((self.a, said_by_a), (self.b, said_by_b)):
            if not text:
                for word in ('is dead', 'does not hear', 'releasing', ' dead.'):
                    self.assert_not_said(one, word, marks[one])
        self.mend(host, where)
        self.cluster.wait_formed()
        self.hold_still(lambda: self.cluster.owners() == [serves], 1, f'{owner} serves after the end')
        for one in self.lab.pair:
            self.assert_not_said(one, 'restart on node', marks[one])


class Table(unittest.TestCase):
    def test_the_table_has_sixteen_lines_and_none_twice(self):
        self.assertEqual([row[0] for row in rows()], [str(number) for number in range(1, 17)])
        self.assertEqual(len({row[1:4] for row in rows()}), 16)


def _add(row):
    number, cut, links, where, owner = row[:5]
    name = f'{number}_{cut}_on_{links}_{where}_{owner}_serves'.replace(' ', '_')
    setattr(OneWay, f'test_line_{name}', lambda self: self.check_row(number))


for _row in rows():
    _add(_row)

if __name__ == '__main__':
    unittest.main()
