"""Namespaces that a process keeps alive, programs in them, and waiting for what they do."""
import ctypes
import os
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get('B', 'build'))
ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME': '/root',
    'TERM': 'dumb',
    'LANG': 'C.UTF-8',
    'TZ': os.environ.get('TZ', 'UTC'),
}
SLOWNESS = float(os.environ.get('HB_LAB_SLOWNESS', '1'))  # multiplies every upper bound of waiting


class LabError(Exception):
    pass


def heartbeat():
    return os.path.join(BUILD, 'heartbeat')


def hbctl():
    return os.path.join(BUILD, 'hbctl')


def program(name):
    """Path of one of the lab's own small programs."""
    path = os.path.join(BUILD, 'lab', name)
    if not os.access(path, os.X_OK):
        raise LabError(f'{path} is not built')
    return path


def wait(condition, seconds, what):
    """Waits until condition() is true and returns its value; AssertionError naming `what` when it does not
    come true."""
    end = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds * SLOWNESS:g} s: {what}')
        time.sleep(0.02)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


class Result:
    def __init__(self, code, text):
        self.code, self.text = code, text

    def __repr__(self):
        return f'exit {self.code}: {self.text}'


def run(words, timeout=30, check=False, stdin=None, environment=None):
    """Runs a command; output goes to a file, so that a daemon that keeps it open is not waited for."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
        given.write((stdin or '').encode())
        given.seek(0)
        process = subprocess.Popen(
            words,
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment or ENVIRONMENT,
            cwd='/',
        )
        try:
            code = process.wait(timeout * SLOWNESS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise LabError(f'still running after {timeout} s: {" ".join(words)}') from None
        output.seek(0)
        result = Result(code, output.read().decode(errors='replace'))
    if check and code != 0:
        raise LabError(f'{" ".join(words)}: {result}')
    return result


class Namespace:
    """A process that keeps namespaces alive, and runs commands in them."""

    def __init__(self, flags, setup):
        # The shell is process 1 of the new process namespace; it also takes in processes whose parents have
        # ended.
        words = ['unshare', *flags, '--propagation', 'private'] if '--mount' in flags else ['unshare', *flags]
        if '--pid' in flags:
            words += ['--fork', '--kill-child=KILL']
        stay = 'while :; do sleep 86400; done' if '--pid' in flags else 'exec sleep infinity'
        script = f'set -e\n{setup}\necho ready\nset +e\nexec >/dev/null 2>&1\n{stay}'
        self._own_processes = '--pid' in flags
        self._private_mounts = '--mount' in flags
        self._process = subprocess.Popen(
            words + ['sh', '-c', script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd='/',
            preexec_fn=_die_with_parent,
            start_new_session=True,
        )
        self.pid = None

    def wait_ready(self):
        said = ''
        for line in self._process.stdout:
            if line == b'ready\n':
                break
            said += line.decode(errors='replace')
        else:
            raise LabError(f'cannot make namespaces: {said.strip()}')
        self._process.stdout.close()
        self.pid = self._process.pid
        if self._own_processes:
            with open(f'/proc/{self.pid}/task/{self.pid}/children', encoding='ascii') as file:
                self.pid = int(file.read().split()[0])
        return self

    def enter(self, *words):
        """The command line that runs `words` inside."""
        kinds = (
            ['--net', '--uts']
            + (['--mount'] if self._private_mounts else [])
            + (['--pid'] if self._own_processes else [])
        )
        return ['nsenter', '-t', str(self.pid), *kinds, '--', *words]

    def enter_network(self, *words):
        """As enter, but in the network alone: a child of this process, ended by its own pid."""
        return ['nsenter', '-t', str(self.pid), '--net', '--', *words]

    def run(self, *words, **options):
        if self.pid is None:
            raise LabError('the host is off')
        return run(self.enter(*words), **options)

    def shell(self, line, **options):
        return self.run('sh', '-c', line, **options)

    def kill(self):
        if self.pid is not None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        elif self._process.poll() is None:
            self._process.kill()
        self.pid = None

    def gone(self):
        self._process.wait(30)


class Background:
    """A program that runs beside the test and prints what it found when it is told to stop."""

    def __init__(self, words, wait_for=None):
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd='/',
            preexec_fn=_die_with_parent,
            start_new_session=True,
        )
        if wait_for:
            wait(lambda: wait_for in self.text() or self._ended(), 10, f'"{wait_for}" from {words}')

    def wait_until_it_catches_signals(self):
        """SIGTERM, by the mask of caught signals in its status (proc_pid_status(5))."""

        def catches():
            with open(f'/proc/{self._process.pid}/status', encoding='ascii', errors='replace') as status:
                caught = next((line.split()[1] for line in status if line.startswith('SigCgt')), '0')
            return self._ended() or int(caught, 16) >> (signal.SIGTERM - 1) & 1

        wait(catches, 20, 'the program has begun')

    def _ended(self):
        if self._process.poll() is not None:
            raise LabError(f'ended: {self.text()}')
        return False

    def code(self):
        """Exit code; None while it runs."""
        return self._process.poll()

    def text(self):
        return os.pread(self._output.fileno(), 64 << 20, 0).decode(errors='replace')

    def stop(self):
        """Ends it and returns all its output."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(20 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self.text()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def wait(self, seconds=60):
        self._process.wait(seconds * SLOWNESS)
        return self.text()
