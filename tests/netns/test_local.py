"""What local users can do to the daemon, and what reaches the log: locks, the control socket, the words of authkeys."""
import contextlib
import os
import platform
import signal
import socket
import time

from base import LabTest, heartbeat, unittest, wait
from lab import hbctl
from test_takeover import CALM

NOBODY = ('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')


LOCKER = """
import fcntl, time
file = open('/run/heartbeat.pid')
fcntl.lockf(file, fcntl.LOCK_SH)
time.sleep(600)
"""


class Locks(LabTest):
    one_owner = False  # what a killed daemon leaves is another test's matter

    def as_nobody(self, *words, **options):
        return self.a.run(*NOBODY, *words, **options)

    def test_nobody_else_can_open_the_files_that_are_locked(self):
        self.cluster.bring_up(**CALM)
        for path in ('/run/heartbeat/engine', '/run/heartbeat.pid', '/run/heartbeat/holdings'):
            result = self.as_nobody('flock', '-n', '-s', path, 'true')
            self.assertNotEqual(result.code, 0, path)
            self.assertEqual(os.stat(self.a.file(path)).st_mode & 0o077, 0, path)
        said = self.as_nobody(heartbeat(), '-s')
        self.assertIn(f'[pid {self.cluster.supervisor(self.a)} et al]', said.text)

    def test_a_lock_for_reading_on_what_a_crash_left_does_not_keep_the_next_from_starting(self):
        self.cluster.bring_up(**CALM)
        self.cluster.kill_all(self.a)
        os.chmod(self.a.file('/run/heartbeat.pid'), 0o644)  # as Linux-HA leaves it
        self.a.write('/locker.py', LOCKER)
        self.a.start(*NOBODY, 'python3', '/locker.py')
        wait(lambda: 'HOLDS' in self.a.shell("grep -q POSIX.*READ /proc/locks && echo HOLDS").text, 10, 'the lock')
        self.cluster.start(self.a)
        self.cluster.wait_formed()

    def test_the_pid_file_stays_locked_over_a_reload_and_a_check(self):
        self.cluster.bring_up(**CALM)
        lock = 'import fcntl; fcntl.lockf(open("/run/heartbeat.pid", "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
        self.a.write('/etc/ha.d/ha.cf', '# changed\n' + self.a.read('/etc/ha.d/ha.cf'))
        mark = self.cluster.mark(self.a)
        self.a.run(heartbeat(), '-r', check=True)
        self.cluster.wait_said(self.a, 'Rereading the configuration.', since=mark)
        self.cluster.check(self.a, 'check')
        self.assertIn('BlockingIOError', self.a.run('python3', '-c', lock).text)


FORGER = """
import struct, sys, time
pid = sys.argv[1]
for line in open(f'/proc/{pid}/maps'):
    words = line.split()
    if words[1] == 'rw-s' and '/dev/zero' in line:
        in_24_days = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) + 24 * 86400 * 1000
        with open(f'/proc/{pid}/mem', 'r+b', buffering=0) as memory:
            memory.seek(int(words[0].split('-')[0], 16))
            memory.write(struct.pack('=I', in_24_days % 2**32))  # the first word of the shared page
        break
else:
    sys.exit('no shared page')
"""


# Makes a process call exit_group(0), as one would that took over its code: ptrace(2), x86-64.
LEAVER = """
import ctypes, os, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
ATTACH, GETREGS, SETREGS, DETACH = 16, 12, 13, 17
RAX, RDI, ORIG_RAX, RIP = 10, 14, 15, 16
def ptrace(request, data=None):
    if libc.ptrace(request, pid, None, data) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
ptrace(ATTACH)
os.waitpid(pid, 0)
registers = (ctypes.c_uint64 * 27)()
ptrace(GETREGS, registers)
registers[RIP] -= 2  # it waits in a system call: the instruction has two octets
registers[RAX], registers[RDI], registers[ORIG_RAX] = 231, 0, 2**64 - 1
ptrace(SETREGS, registers)
ptrace(DETACH)
"""


class CapturedEngine(LabTest):
    def test_an_engine_that_leaves_without_being_told_ends_nothing(self):
        if platform.machine() != 'x86_64':
            self.skipTest('the registers are those of x86-64')
        self.cluster.bring_up(**CALM)
        daemon, engine = self.cluster.supervisor(self.a), self.cluster.engine(self.a)
        self.a.write('/leaver.py', LEAVER)
        self.a.run('python3', '/leaver.py', engine, check=True)
        self.assert_said(self.a, 'The engine ended unexpectedly (exit code 0)')
        wait(lambda: self.cluster.engine(self.a) not in (None, engine), 10, 'another engine runs')
        self.hold_still(lambda: self.cluster.supervisor(self.a) == daemon and self.cluster.owners() == [self.a], 2, 'a serves')

    def test_a_right_to_hold_for_24_days_is_none(self):
        self.cluster.bring_up(**CALM)
        self.a.write('/forger.py', FORGER)
        self.cluster.signal(self.a, self.cluster.engine(self.a), signal.SIGSTOP)
        self.a.run('python3', '/forger.py', self.cluster.supervisor(self.a), check=True)
        self.assert_said(self.a, 'The engine claims a right to hold that no engine has')
        self.assert_not_said(self.a, 'The engine does not turn any more')


class Connections(LabTest):
    def test_root_is_served_whatever_others_do_with_their_connections(self):
        self.cluster.bring_up(**CALM)
        path = self.a.file('/run/heartbeat/control')
        with contextlib.ExitStack() as stack:
            for uid in (65534, 65533, 65532):
                os.seteuid(uid)
                try:
                    for _ in range(60):
                        one = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                        one.setblocking(False)
                        with contextlib.suppress(OSError):
                            one.connect(path)
                            one.sendall(b's')
                finally:
                    os.seteuid(0)
            begun = time.monotonic()
            result = self.a.run(hbctl(), 'status', timeout=30)
            self.assertEqual(result.code, 0, result)
            self.assertLess(time.monotonic() - begun, 3)


class Keys(LabTest):
    wire_is_valid = False  # by keys that are changed on purpose

    def test_no_word_of_authkeys_is_ever_shown(self):
        word = 'WhatNobodyMayKnow'
        lines = (f'1 {word}', f'sha1 {word}', f'1 {word} sha1', f'{word}', f'auth {word}', f'1 sha1 {word}\n1 md5 {word}')
        for line in lines:
            self.cluster.configure(authkeys=f'auth 1\n{line}\n')
            text = ''
            for words in ((heartbeat(),), (heartbeat(), '-d'), (hbctl(), 'check')):
                result = self.a.run(*words, timeout=30)
                self.assertNotEqual(result.code, 0, line)
                text += result.text
            self.assertIn('authkeys:', text)
            self.assertNotIn(word, text + self.cluster.log(self.a) + self.cluster.log(self.a, '/var/log/ha-debug'))

    def test_a_crc_beside_a_key_moves_nothing(self):
        self.cluster.bring_up(authkeys='auth 2\n1 crc\n2 sha1 a-key-for-the-lab\n', **CALM)
        self.b.write('/etc/ha.d/authkeys', 'auth 1\n1 crc\n2 sha1 a-key-for-the-lab\n', 0o600)
        mark = self.cluster.mark(self.a)
        self.cluster.signal(self.b, self.cluster.supervisor(self.b), signal.SIGHUP)
        self.cluster.wait_said(self.a, 'crc beside a key', since=mark)


if __name__ == '__main__':
    unittest.main()
