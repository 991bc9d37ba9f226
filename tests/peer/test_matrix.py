"""Start, graceful stop, power cut, return: either node preferred, each signature, failback on and off."""
import time

from mixed import MixedTest, pcap, quick, unittest, wait

# What the groups look like goes with the signature, so that each is met.
LAYOUTS = {
    'crc': (('first', 'one'),),
    'md5': (('first', 'one'), ('first', 'two')),
    'sha1': (('first', 'one'), ('second', 'two')),
}


class Matrix(MixedTest):
    def set_up_case(self, auth, failback):
        self.auth, self.layout, self.settings = auth, LAYOUTS[auth], {'auto_failback': failback}
        self.configure()

    # Scenarios ------------------------------------------------------------------------------------

    def cold_start(self):
        for order in (self.nodes, self.nodes[::-1]):
            for node in order:
                node.start()
            self.expect(self.home())
            self.stop_both()

    def stop_both(self):
        for node in self.nodes:
            node.begin_stop()
        for node in self.nodes:
            wait(lambda node=node: not node.pids(), 60, f'{node} has stopped')
        for _, group in self.layout:
            self.assertEqual(self.runs_on(group), [])

    def one_after_the_other(self):
        for early in (self.ours, self.theirs):
            late = self.other(early)
            early.start()
            self.expect({name: early for _, name in self.layout}, settled=False)
            late.start()
            self.expect(self.returned(late))
            self.stop_both()

    def graceful_stop(self):
        for node in self.nodes:
            node.start()
        self.expect(self.home())
        for node in (self.ours, self.theirs):
            left = [group for group, owner in self.owner.items() if owner is node]
            since = time.time()
            node.stop()
            self.expect(self.gone(node))
            self.check_not_before_shutdone(node, left, since)
            self.assert_said(self.other(node).host, f"Received shutdown notice from '{node.name}'.")
            node.start()
            self.expect(self.returned(node))

    def check_not_before_shutdone(self, node, groups, since):
        said = [at for at, _ in pcap.heartbeats(self.capture_file, node.name, 'shutdone') if at > since]
        self.assertTrue(said, f'{node} said shutdone')
        for group in groups:
            self.assertGreater(self.journal.began(group, self.other(node).name, since), said[0])

    def power_cut(self):
        for node in self.nodes:
            node.start()
        self.expect(self.home())
        for node in (self.ours, self.theirs):
            mark = self.cluster.mark(self.other(node).host)
            self.cut_power(node)
            self.expect(self.gone(node))
            self.wait_takeover(node, mark)
            node.host.boot()
            node.start()
            self.expect(self.returned(node))
            time.sleep(1)  # what would bounce now
            self.expect()


def case(scenario, ours_first, auth, failback):
    def test(self):
        self.set_up_case(auth, failback)
        getattr(self, scenario)()

    role = 'preferred' if ours_first else 'standby'
    name = f'test_{scenario}_with_ours_{role}_{auth}_failback_{failback}'
    test.__name__ = name
    return name, test


SCENARIOS = ('cold_start', 'one_after_the_other', 'graceful_stop', 'power_cut')
QUICK = {
    ('cold_start', True, 'sha1', 'on'),
    ('graceful_stop', True, 'sha1', 'on'),
    ('power_cut', False, 'md5', 'on'),
}


class OursPreferred(Matrix):
    ours_first = True


class OursStandby(Matrix):
    ours_first = False


for scenario in SCENARIOS:
    for preferred, auth_name, back in (
        (preferred, auth_name, back)
        for preferred in (True, False)
        for auth_name in ('crc', 'md5', 'sha1')
        for back in ('on', 'off')
    ):
        method, body = case(scenario, preferred, auth_name, back)
        if (scenario, preferred, auth_name, back) in QUICK:
            body = quick(body)
        setattr(OursPreferred if preferred else OursStandby, method, body)

if __name__ == '__main__':
    unittest.main()
