"""Runs tests with real daemons: one line per test, the last is "N passed, N failed, N skipped".

    run.py [-j N] [-v] [--quick] [WORD...]

Tests whose name holds one of the words; -v: also the output of those that pass; --quick: those marked so.
Each test is a process of its own with a time limit, so that one that hangs harms no other. One that fails while the
machine stood still is run again, and that is said; but not one that saw what no pause excuses (`never_excused`).
"""
import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

import stall

LIMIT = 180 * float(os.environ.get('HB_LAB_SLOWNESS', '1'))  # s for one test


AGAIN = 75  # exit of a child that failed for a reason that says nothing about what it tests
BROKEN = 76  # of one that saw a promise broken that holds whatever the machine does
ATTEMPTS = 3  # of such a test
_reasons = []
_broken = []


def try_again(reason):
    """If the running test fails, that was for this reason, and it is to be repeated."""
    _reasons.append(reason)


@contextlib.contextmanager
def never_excused():
    """What fails in here fails the test for good, though the machine stood still or a 3.0.6 did what it should not."""
    try:
        yield
    except BaseException as error:
        _broken.append(error)
        raise


def quick(test):
    """Marks a test as one of the short selection."""
    test.is_quick = True
    return test


def names(here, only_quick=False):
    found = []

    def walk(suite):
        for item in suite:
            if isinstance(item, unittest.TestSuite):
                walk(item)
            elif not only_quick or getattr(getattr(item, item._testMethodName), 'is_quick', False):
                found.append(item.id())

    walk(unittest.TestLoader().discover(here, pattern='test_*.py'))
    return found


def run_one(name):
    """The child: exit 0 passed, 1 failed, 75 again, 76 a broken promise, 77 skipped; the reason of 75 and 77 is the last line."""
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromName(name)
    )
    sys.stderr.flush()
    if result.skipped:
        print(result.skipped[0][1], file=sys.stderr)
        return 77
    if result.wasSuccessful():
        return 0
    if _broken:
        return BROKEN
    if _reasons:
        print(_reasons[-1], file=sys.stderr)
    return AGAIN if _reasons else 1


class Child:
    def __init__(self, name, attempt=1):
        self.name, self.attempt, self.started = name, attempt, time.monotonic()
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, '-B', sys.argv[0], '--one', name],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def ended(self):
        if self.process.poll() is None and time.monotonic() - self.started > LIMIT:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.output.write(f'\nended after {LIMIT:g} s\n'.encode())
        return self.process.poll() is not None

    def report(self, verbose, watch):
        code = self.process.returncode
        still = watch.since(self.started) if code == 1 else 0
        if still:
            code = AGAIN
            self.output.write(f'\nthe machine stood still for {still:.2f} s\n'.encode())
        self.output.seek(0)
        text = self.output.read().decode(errors='replace')
        again = AGAIN if self.attempt < ATTEMPTS else None
        word = {0: 'passed', 77: 'skipped', again: 'again'}.get(code, 'failed')
        module, _, method = self.name.rpartition('.')
        sentence = method.removeprefix('test_').replace('_', ' ')
        reason = f': {text.strip().splitlines()[-1]}' if word in ('skipped', 'again') else ''
        print(
            f'{word:8}{module.split(".")[0].removeprefix("test_"):12}{sentence} '
            f'({time.monotonic() - self.started:.1f} s){reason}',
            flush=True,
        )
        self.said = '\n'.join('    | ' + line for line in text.splitlines())
        if word == 'failed' or verbose:
            print(self.said, flush=True)
        return word


def run_all(wanted, jobs, verbose):
    counts, failures = {'passed': 0, 'failed': 0, 'skipped': 0}, []
    waiting, running = [(name, 1) for name in wanted], []
    watch = stall.Watch()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Child(*waiting.pop(0)))
            for child in [child for child in running if child.ended()]:
                running.remove(child)
                word = child.report(verbose, watch)
                if word == 'again':
                    waiting.insert(0, (child.name, child.attempt + 1))
                else:
                    counts[word] += 1
                if word == 'failed':
                    failures.append(child)
            time.sleep(0.05)
    finally:
        watch.close()
        for child in running:
            child.process.terminate()
        for child in running:
            child.process.wait()
    for child in failures:  # once more, where they are looked for
        print(f'\n{child.name} failed:\n{child.said}')
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    return 1 if counts['failed'] else 0


def main(here, prepare=None, jobs=3):
    """`here`: where the test_*.py are; prepare() is called once before the first test."""
    parser = argparse.ArgumentParser()
    parser.add_argument('-j', type=int, default=jobs)
    parser.add_argument('-v', action='store_true')
    parser.add_argument('--one')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('words', nargs='*')
    options = parser.parse_args()
    if options.one:
        return run_one(options.one)
    every = names(here, options.quick)
    wanted = [name for name in every if not options.words or any(word in name for word in options.words)]
    if not wanted:
        parser.error(f'no test has {" or ".join(options.words)} in its name: --list shows them')
    if options.list:
        print('\n'.join(wanted))
        return 0
    if prepare:
        prepare()
    return run_all(wanted, options.j, options.v)
