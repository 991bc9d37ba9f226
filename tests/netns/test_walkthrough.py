"""The whole job: a web site on two hosts, from the samples to the return of the first host."""
import os
import re

from base import LabTest, run, unittest, wait
from lab import BUILD, ROOT

NODE1, NODE2 = 'craig-02.vm.xeriom.net', 'craig-03.vm.xeriom.net'
SERVICE = '193.219.108.238'

# Serves a page that holds the host's name.
WEB_SERVER = '''
import http.server, os, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = ("<h1>" + socket.gethostname() + "</h1>\\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("", 80), Page)
open("/run/apache2.pid", "w").write(str(os.getpid()))
server.serve_forever()
'''
INIT_SCRIPT = '''#!/bin/sh
alive() { [ -e /run/apache2.pid ] && kill -0 $(cat /run/apache2.pid) 2>/dev/null; }
case $1 in
start)
    alive && exit 0
    echo "Starting web server: apache2."
    setsid python3 -S -E /etc/web.py </dev/null >/dev/null 2>&1 &
    while ! alive; do sleep 0.02; done;;
stop) alive || exit 0; kill $(cat /run/apache2.pid); rm -f /run/apache2.pid;;
status) if alive; then echo "apache2 is running"; else echo "apache2 is not running ... failed!"; exit 3; fi;;
*) exit 2;;
esac
'''
FETCH = 'import urllib.request,sys; print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())'


class WalkThrough(LabTest):
    lab_options = {
        'network': '193.219.108.0/24',
        'names': {'a': NODE1, 'b': NODE2},
        'numbers': {'a': 236, 'b': 237, 'c': 200},
    }
    watched = SERVICE

    def prepare(self, **settings):
        for host in self.lab.pair:
            host.write('/etc/web.py', WEB_SERVER)
            host.write('/etc/init.d/apache2', INIT_SCRIPT, 0o755)
        self.cluster.configure(
            haresources=f'{NODE1} {SERVICE} apache2\n',
            authkeys='auth 2\n2 sha1 your-password-here\n',
            logfacility='local0',
            debugfile=None,
            **settings,
        )

    def firewall(self, *hosts, with_our_rule):
        for host in hosts:
            host.shell(
                'iptables -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT && '
                'iptables -A INPUT -p tcp --dport 22 -j ACCEPT && '
                'iptables -A INPUT -p tcp --dport 80 -j ACCEPT && '
                'iptables -A INPUT -j DROP',
                check=True,
            )
            if with_our_rule:
                host.run(
                    'iptables', '-I', 'INPUT', 2, '-p', 'udp', '--dport', 694, '-j', 'ACCEPT', check=True
                )

    def page(self):
        result = self.client.run('python3', '-S', '-c', FETCH, f'http://{SERVICE}/', timeout=20)
        return result.text if result.code == 0 else ''

    def wait_page(self, name):
        wait(lambda: name in self.page(), 30, f'the page of {name}')

    def check_first_host_serves(self):
        self.cluster.wait_owner(self.a, SERVICE)
        self.wait_page(NODE1)
        self.assertEqual(self.a.addresses()[SERVICE], 'eth0:0')
        if self.a.run('sh', '-c', 'command -v ifconfig').code == 0:
            text = self.a.run('ifconfig', 'eth0:0', check=True).text
            for words in (f'inet {SERVICE}', 'netmask 255.255.255.0', 'broadcast 193.219.108.255', 'UP'):
                self.assertIn(words, text)

    def check_log_of_first_host(self):
        self.cluster.wait_said(self.a, 'Local Resource acquisition completed.')
        log = self.cluster.log(self.a)
        self.assertIn('info: Initial resource acquisition complete (T_RESOURCES(us))', log)
        self.assertRegex(log, r'IPaddr(\(\S+\))?\[\d+\]:.*INFO:  Running OK')
        self.assertIn('info: Local Resource acquisition completed.', log)

    def walk(self):
        self.cluster.start(self.a)
        self.cluster.start(self.b)
        self.cluster.wait_formed()
        self.check_first_host_serves()
        self.check_log_of_first_host()
        self.cluster.stop(self.a)
        self.cluster.wait_owner(self.b, SERVICE)
        self.wait_page(NODE2)
        self.cluster.start(self.a)
        self.check_first_host_serves()
        self.a.cut_power()
        self.cluster.wait_owner(self.b, SERVICE)
        self.wait_page(NODE2)
        self.assert_said(self.b, f'node {NODE1}: is dead')
        self.assert_said(self.b, f'Resources being acquired from {NODE1}.')
        self.a.boot()
        self.cluster.start(self.a)
        self.check_first_host_serves()
        wait(
            lambda: self.b.run('/etc/init.d/apache2', 'status').code == 3,
            10,
            'apache2 has stopped on the second host',
        )

    def test_web_site_survives_a_stop_and_a_power_cut_and_goes_home_behind_firewalls_that_drop_heartbeats(
        self,
    ):
        self.prepare()
        self.firewall(*self.lab.pair, with_our_rule=False)
        self.walk()

    def test_web_site_survives_with_the_firewall_rule_of_the_guide(self):
        self.prepare()
        self.firewall(*self.lab.pair, with_our_rule=True)
        self.walk()
        self.assert_not_said(self.a, 'iptables')

    def test_log_has_the_older_form_when_syslogmsgfmt_is_off(self):
        self.prepare(syslogmsgfmt='off')
        self.cluster.start()
        self.check_first_host_serves()
        self.check_log_of_first_host()
        self.assertRegex(
            self.cluster.log(self.a),
            r'(?m)^heartbeat\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d info: '
            r'Local Resource acquisition completed\.$',
        )

    def test_log_has_the_form_with_month_and_host_by_default(self):
        self.prepare()
        self.cluster.start()
        self.check_first_host_serves()
        self.check_log_of_first_host()
        self.assertRegex(
            self.cluster.log(self.a),
            r'(?m)^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d '
            + re.escape(NODE1)
            + r' heartbeat: \[\d+\]: info: Local Resource acquisition completed\.$',
        )

    def test_installed_files_and_samples_work_as_the_guide_types_them(self):
        with open(os.path.join(ROOT, 'Makefile'), encoding='utf-8') as file:
            if not re.search(r'(?m)^install:', file.read()):
                self.skipTest('no install target')
        tree = os.path.join(self.lab.directory, 'tree')
        run(
            ['make', '-s', '-C', ROOT, f'B={os.path.relpath(BUILD, ROOT)}', f'DESTDIR={tree}', 'install'],
            timeout=170,
            check=True,
            environment={
                name: value for name, value in os.environ.items() if not name.startswith(('MAKE', 'MFLAGS'))
            },
        )
        self.assertLessEqual(set(os.listdir(tree)), {'etc', 'lib', 'usr', 'var'})
        run(['tar', '-C', tree, '-cf', tree + '.tar', *os.listdir(tree)], check=True)
        doc = os.path.join(tree, 'usr/share/doc/heartbeat')
        for host in self.lab.pair:
            # /lib is a link to usr/lib; all three lie on the host's own disk.
            run(['tar', '-C', host.file('/'), '--keep-directory-symlink', '-xf', tree + '.tar'], check=True)
            host.run('cp', '/usr/share/doc/heartbeat/authkeys', '/etc/ha.d/', check=True)
            for name in ('ha.cf', 'haresources'):
                if os.path.exists(f'{doc}/{name}.gz'):
                    host.shell(f'zcat /usr/share/doc/heartbeat/{name}.gz > /etc/ha.d/{name}', check=True)
                else:
                    host.shell(f'cp /usr/share/doc/heartbeat/{name} /etc/ha.d/{name}', check=True)
            host.run('chmod', 'go-wrx', '/etc/ha.d/authkeys', check=True)
        samples = self.a.read('/etc/ha.d/ha.cf')
        for directive in (
            'logfile',
            'logfacility',
            'keepalive',
            'deadtime',
            'warntime',
            'initdead',
            'bcast',
            'udpport',
            'auto_failback',
            'node',
        ):
            self.assertRegex(samples, rf'(?m)^#?\s*{directive}\b', f'{directive} in the sample')
        self.prepare()
        for host in self.lab.pair:
            host.run('/etc/init.d/heartbeat', 'start', timeout=60, check=True)
        self.check_first_host_serves()
        self.assertEqual(self.a.run('/etc/init.d/heartbeat', 'status').code, 0)
        self.a.run('/etc/init.d/heartbeat', 'stop', timeout=60, check=True)
        self.cluster.wait_owner(self.b, SERVICE)
        self.wait_page(NODE2)
        self.a.run('/etc/init.d/heartbeat', 'start', timeout=60, check=True)
        self.check_first_host_serves()


if __name__ == '__main__':
    unittest.main()
