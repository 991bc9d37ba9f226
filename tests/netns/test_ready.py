"""A host that is not ready yet when heartbeat starts: what is missing is named, waited for, and taken when it comes."""
from base import LabTest, heartbeat, unittest, wait
from test_takeover import CALM


class NotReady(LabTest):
    def add_link(self, host, name):
        """An interface with carrier: one end of a pair, whose other end is up too."""
        host.shell(
            f'ip link add {name} type veth peer name {name}-far && ip link set {name}-far up && ip link set {name} up',
            check=True,
        )

    def complains(self, host, text):
        checked = self.cluster.check(host, 'check')
        self.assertEqual(checked.code, 6, checked)
        self.assertIn(text, checked.text)
        self.assertIn('heartbeat would start, and wait for what is missing', checked.text)

    def test_medium_that_comes_later_is_waited_for_and_used(self):
        self.cluster.configure(bcast='eth0 eth1', **CALM)
        self.complains(self.a, 'IP interface [eth1] does not exist')
        started = self.cluster.start()
        self.assertIn('IP interface [eth1] does not exist; waiting for it', started.text)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)
        self.assert_said(self.a, 'Interface eth1 is not there or down; waiting for it')
        self.add_link(self.a, 'eth1')
        self.assert_said(self.a, 'Interface eth1 is up; heartbeats leave by it')
        self.assert_said(self.a, 'medium eth1 is up')

    def test_node_without_any_medium_claims_nothing_until_initdead_after_one_came(self):
        self.cluster.configure(bcast='eth1', **CALM)
        self.cluster.start(self.a)
        self.assert_said(self.a, 'no medium can be used yet')
        self.hold_still(lambda: not self.a.has(self.service), 5, 'nobody could be heard')
        self.add_link(self.a, 'eth1')
        self.cluster.wait_owner(self.a)

    def test_service_address_is_added_when_its_interface_comes(self):
        self.cluster.configure(haresources=f'a {self.service}/24/eth7\n', **CALM)
        self.complains(self.a, 'IP interface [eth7] does not exist')
        self.cluster.start()
        self.cluster.wait_formed()
        self.add_link(self.a, 'eth7')
        self.cluster.wait_state(self.a, 'owned')
        self.assertIn(self.service, self.a.addresses('eth7'))

    def test_ping_node_is_asked_when_its_name_is_in_etc_hosts(self):
        self.cluster.configure(ping='router', **CALM)
        self.complains(self.a, '[router] has no address in /etc/hosts')
        self.cluster.start()
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)
        self.a.write('/etc/hosts', f'127.0.0.1 localhost\n{self.client.address} router\n')
        self.cluster.wait_said(self.a, 'A ping node that was waited for is in /etc/hosts now', seconds=30)
        self.assert_said(self.a, 'Link router:router up.')

    def test_watchdog_is_opened_when_it_comes(self):
        self.cluster.configure(watchdog='/run/stand-in', **CALM)
        self.complains(self.a, 'watchdog /run/stand-in does not exist')
        self.cluster.start()
        self.assert_said(self.a, 'ERROR: watchdog /run/stand-in cannot be opened')
        self.cluster.wait_owner(self.a)
        self.a.write('/run/stand-in', '')
        self.assert_said(self.a, 'Watchdog /run/stand-in resets this host')
        wait(lambda: self.a.read('/run/stand-in'), 15, 'the watchdog is fed')
        self.assertEqual(len(self.cluster.said(self.a, 'cannot be opened')), 1)

    def test_host_without_a_name_yet_waits_for_it_and_can_be_asked_and_stopped_meanwhile(self):
        self.cluster.configure(**CALM)
        self.a.run('hostname', 'localhost', check=True)
        self.complains(self.a, 'Current node [localhost] not in configuration!')
        started = self.cluster.start(self.a)
        self.assertIn('waiting for it', started.text)
        self.assert_said(self.a, 'Waiting until this host has the name of a node in ha.cf.')
        self.assertEqual(self.a.run(heartbeat(), '-s').code, 0)
        self.assertEqual(self.cluster.stop(self.a).code, 0)
        self.assertEqual(self.cluster.processes(self.a), {})
        self.cluster.start(self.a)
        self.a.run('hostname', 'a', check=True)
        self.cluster.start(self.b)
        self.cluster.wait_formed()
        self.cluster.wait_owner(self.a)

    def test_missing_capability_is_named_at_the_start(self):
        self.cluster.configure(**CALM)
        for name in ('net_admin', 'setuid'):
            started = self.a.run('setpriv', f'--bounding-set=-{name}', heartbeat(), timeout=60)
            self.assertEqual(started.code, 1, started)
            self.assertIn(f'heartbeat cannot run without CAP_{name.upper()} (to ', started.text)
            self.assertEqual(self.cluster.processes(self.a), {})
        self.assert_said(self.a, 'ERROR: heartbeat cannot run without CAP_NET_ADMIN')

    def test_first_process_of_a_container_is_found_and_stopped_as_elsewhere(self):
        self.cluster.configure(**CALM)
        self.a.start('unshare', '--pid', '--fork', '--mount-proc', heartbeat(), '-f')
        wait(lambda: self.a.read('/run/heartbeat.pid').strip() == '1', 15, 'heartbeat is pid 1')
        self.assert_said(self.a, 'Local status now set to')
        inner = self.a.shell('pgrep -o -x heartbeat', check=True).text.split()[0]
        inside = ('nsenter', '-t', inner, '-p', '-m', heartbeat())
        status = self.a.run(*inside, '-s')
        self.assertEqual(status.code, 0, status)
        self.assertIn('heartbeat OK [pid 1 et al] is running', status.text)
        self.a.run(*inside, '-k', timeout=60)
        self.assert_said(self.a, 'Heartbeat shutdown complete.')

    def test_reload_takes_what_is_not_there_yet(self):
        self.cluster.bring_up(**CALM)
        self.a.write('/etc/ha.d/ha.cf', self.cluster.ha_cf(bcast='eth0 eth1', **CALM))
        reloaded = self.a.run(heartbeat(), '-r', timeout=60)
        self.assertEqual(reloaded.code, 0, reloaded)
        self.assert_said(self.a, 'Interface eth1 is not there or down; waiting for it')
        self.add_link(self.a, 'eth1')
        self.assert_said(self.a, 'Interface eth1 is up; heartbeats leave by it')
        self.assertTrue(self.a.has(self.service))


if __name__ == '__main__':
    unittest.main()
