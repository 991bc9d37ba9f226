"""What tests and benchmarks meet: this heartbeat, and Debian's heartbeat 3.0.6, keepalived and ucarp, unpacked into
build/peers and never installed; the hosts of the lab see that tree over this machine's."""
import os
import re
import subprocess
import sys

import lab as lab_module
from cluster import Cluster
from lab import BUILD, ENVIRONMENT, heartbeat

PLACE = os.path.join(BUILD, 'peers')
TREE = os.path.join(PLACE, 'tree')
PACKAGES = ('heartbeat', 'keepalived', 'ucarp')


def is_unpacked():
    return os.path.exists(os.path.join(TREE, '.complete'))


def unpack():
    """Fetches and unpacks the packages with what they need and this machine lacks. Returns the tree, or
    None and says why."""
    if is_unpacked():
        return TREE
    try:
        wanted = subprocess.run(
            ['apt-get', 'install', '-s', '--no-install-recommends', *PACKAGES],
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        names = re.findall(r'(?m)^Inst (\S+)', wanted)
        debs = os.path.join(PLACE, 'debs')
        os.makedirs(debs, exist_ok=True)
        subprocess.run(
            ['apt-get', 'download', *names],
            cwd=debs,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        )
        os.makedirs(TREE, exist_ok=True)
        for top in ('etc', 'var', 'usr/bin', 'usr/sbin', 'usr/lib'):
            os.makedirs(os.path.join(TREE, top), exist_ok=True)
        for top in ('bin', 'sbin', 'lib'):  # as on a merged /usr
            if not os.path.lexists(os.path.join(TREE, top)):
                os.symlink(f'usr/{top}', os.path.join(TREE, top))
        for deb in sorted(os.listdir(debs)):
            archive = subprocess.Popen(
                ['dpkg-deb', '--fsys-tarfile', os.path.join(debs, deb)], stdout=subprocess.PIPE
            )
            subprocess.run(
                ['tar', '-C', TREE, '--keep-directory-symlink', '-xf', '-'], stdin=archive.stdout, check=True
            )
            archive.stdout.close()
            archive.wait()
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or '').strip().splitlines() or [f'exit {error.returncode}']
        print(f'the packages of the peers are not here: {" ".join(error.cmd[:2])}: {reason[-1]}', file=sys.stderr)
        return None
    except (OSError, subprocess.SubprocessError) as error:
        print(f'the packages of the peers are not here: {error}', file=sys.stderr)
        return None
    with open(os.path.join(TREE, '.complete'), 'w', encoding='ascii'):
        pass
    return TREE


class System:
    """One of the systems on the two hosts of a lab. K and D in ms; `addresses` in the network of the
    lab."""

    protocol = 694  # where its heartbeats are seen: UDP port, or None: IP protocol 112
    tree = None
    settle = 0.0  # s from serving to a fair fault
    one_by_one = (
        False  # started together, its second host announces last and the client is left without answers
    )
    logs = ()
    processes = ()  # names as in /proc/PID/comm
    failback = True  # the group goes home when its preferred host returns
    settings = {}  # further directives of ha.cf

    def __init__(self, lab, keepalive, deadtime, addresses=None):
        self.lab, self.keepalive, self.deadtime = lab, keepalive, deadtime
        self.addresses = addresses or [str(lab.network[100])]

    def log_lines(self, host):
        return sum(len(host.read(path).splitlines()) for path in self.logs)

    def pids(self, host):
        """pids on the host."""
        found = []
        for line in host.run('ps', '-eo', 'pid=,comm=').text.splitlines():
            pid, command = line.split(None, 1)
            if command.startswith(self.processes):
                found.append(int(pid))
        return found

    def kill(self, host):
        pids = self.pids(host)
        if pids:
            host.run('kill', '-KILL', *pids)


class Ours(System):
    name = 'heartbeat (this)'
    processes = ('heartbeat', 'hb-')
    logs = ('/var/log/ha-log',)

    def configure(self):
        cluster = Cluster(self.lab)
        lines = ''.join(f'a {address}/{self.lab.network.prefixlen}/eth0\n' for address in self.addresses)
        deadtime = f'{self.deadtime}ms'
        cluster.configure(
            haresources=lines,
            keepalive=f'{self.keepalive}ms',
            deadtime=deadtime,
            debugfile=None,
            warntime=f'{max(self.deadtime * 3 // 5, self.keepalive + 1)}ms',
            initdead=f'{max(3000, 2 * self.deadtime)}ms',
            auto_failback='on' if self.failback else 'off',
            **self.settings,
        )

    def start(self, host):
        host.run(heartbeat(), timeout=60, check=True)

    def stop(self, host):
        host.run(heartbeat(), '-k', timeout=120)


class LinuxHa(Ours):
    name = 'Heartbeat 3.0.6'
    tree = TREE
    settle = 9.0
    program = '/usr/libexec/heartbeat/heartbeat'

    def configure(self):
        super().configure()
        for host in self.lab.pair:
            self.prepare(host)

    @staticmethod
    def prepare(host):
        """What its package would have made: users, directories, the files below /etc/ha.d."""
        host.shell(
            'getent group haclient >/dev/null || echo haclient:x:996: >>/etc/group\n'
            'getent passwd hacluster >/dev/null || '
            'echo hacluster:x:996:996::/var/lib/heartbeat:/bin/sh >>/etc/passwd\n'
            'mkdir -p /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/hacluster; '
            'cp -an /usr/share/heartbeat-etc/. /etc/ha.d/ 2>/dev/null; true'
        )
        copy_tree(host, os.path.join(TREE, 'etc/ha.d'), '/etc/ha.d')

    def start(self, host):
        host.shell(
            'mkdir -p /run/resource-agents /run/heartbeat/crm /run/heartbeat/ccm /run/heartbeat/rsctmp && '
            'chown -R hacluster:haclient /run/heartbeat',
            check=True,
        )
        host.run(self.program, timeout=60, check=True)

    def stop(self, host):
        host.run(self.program, '-k', timeout=200)


class Mixed(LinuxHa):
    """One host of each kind; that of 3.0.6 is the one whose key stands in `tree`."""

    def is_theirs(self, host):
        return host.key in self.tree

    def configure(self):
        Ours.configure(self)
        for host in self.lab.pair:
            if self.is_theirs(host):
                self.prepare(host)

    def start(self, host):
        (LinuxHa if self.is_theirs(host) else Ours).start(self, host)

    def stop(self, host):
        (LinuxHa if self.is_theirs(host) else Ours).stop(self, host)


class OursAfterTheirs(Mixed):
    name = 'ours after 3.0.6'
    tree = {'a': TREE}


class TheirsAfterOurs(Mixed):
    name = '3.0.6 after ours'
    tree = {'b': TREE}


class Keepalived(System):
    name = 'keepalived 2.2.7'
    protocol = None
    tree = TREE
    settle = 1.0
    processes = ('keepalived',)
    logs = ('/run/keepalived.out',)

    def configure(self):
        for host, priority in zip(self.lab.pair, (254, 253)):
            main, rest = self.addresses[0], self.addresses[1:]
            virtual = f'{main}/{self.lab.network.prefixlen} dev eth0\n'
            excluded = ''.join(f'{address}/{self.lab.network.prefixlen} dev eth0\n' for address in rest)
            host.write(
                '/etc/keepalived/keepalived.conf',
                f'''
global_defs {{
vrrp_version 3
}}
vrrp_instance one {{
state BACKUP
interface eth0
virtual_router_id 51
priority {priority}
advert_int {max(self.keepalive, 10) / 1000}
{'' if self.failback else 'nopreempt'}
virtual_ipaddress {{
{virtual}}}
'''
                + (f'virtual_ipaddress_excluded {{\n{excluded}}}\n' if excluded else '')
                + '}\n',
            )

    def start(self, host):
        host.shell(
            'setsid keepalived --vrrp --dont-fork --log-console '
            '--use-file=/etc/keepalived/keepalived.conf </dev/null '
            '>>/run/keepalived.out 2>&1 &',
            check=True,
        )

    def stop(self, host):
        host.shell('kill $(cat /run/keepalived.pid)')
        lab_module.wait(lambda: not self.pids(host), 30, 'keepalived has ended')


class Ucarp(System):
    name = 'ucarp 1.5.2'
    one_by_one = True
    protocol = None
    tree = TREE
    settle = 1.0
    processes = ('ucarp',)
    logs = ('/run/ucarp.out',)

    def configure(self):
        for host in self.lab.pair:
            for action in ('add', 'del'):
                host.write(
                    f'/etc/vip-{action}',
                    f'#!/bin/sh\nexec ip addr {action} {self.addresses[0]}/{self.lab.network.prefixlen} '
                    'dev eth0\n',
                    0o755,
                )

    def start(self, host):
        skew, preempt = (0, '--preempt') if host is self.lab.a else (50, '')
        host.shell(
            f'setsid ucarp --interface=eth0 --srcip={host.address} --vhid=1 --pass=secret '
            f'--addr={self.addresses[0]} --upscript=/etc/vip-add --downscript=/etc/vip-del '
            f'--shutdown --advbase=1 --advskew={skew} {preempt} '
            '</dev/null >>/run/ucarp.out 2>&1 &',
            check=True,
        )

    def stop(self, host):
        pids = self.pids(host)
        host.run('kill', '-TERM', *pids)
        lab_module.wait(lambda: not self.pids(host), 30, 'ucarp has ended')


def copy_tree(host, source, target):
    """Copies what is not there yet; the host's own files stay."""
    for directory, _, files in os.walk(source):
        for name in files:
            path = os.path.join(directory, name)
            there = host.file(os.path.join(target, os.path.relpath(path, source)))
            if not os.path.exists(there):
                os.makedirs(os.path.dirname(there), exist_ok=True)
                subprocess.run(['cp', '-a', path, there], check=True)
