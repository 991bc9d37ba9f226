#!/usr/bin/python3
"""Faults, again and again, on a pair of real daemons, seen by a third host that asks by ARP every millisecond.

    run.py [--runs N] [--quick] [--list] [-j JOBS] [-v] [WORD...]

FAULT_RUNS=N in the environment: as --runs. A run is judged by who serves at its end and, wherever `hbctl check` says
that two owners are excluded, by the milliseconds in which two hosts answered: 0. How long nobody answered is printed,
not judged. Needs root. The last line is "N passed, N failed, N skipped"; one of them is one fault.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lab')]

import peers
import stall
from faults import EVERY
from lab import BUILD, LabError, heartbeat
from stage import Stage

COUNTED = ('passed', 'failed', 'skipped')
SUMMARY = re.compile(r'(\d+) passed, (\d+) failed, (\d+) skipped')
HEAD = f'{"fault":<66}{"n":>4} {"two owners, ms":>15}   ownerless, ms: median    p90    max'


def middle(values):
    return sorted(values)[len(values) // 2]


class Result:
    """All runs of one fault."""

    def __init__(self, fault):
        self.fault, self.runs, self.wrong = fault, [], []
        self.promised = False  # that there are never two owners

    def add(self, seen):
        self.runs.append(seen)
        if self.promised and seen.two_owners:
            self.wrong.append(f'two owners for {seen.two_owners} ms')
        if self.ends_elsewhere(seen):
            self.wrong.append('the group moved' if seen.moved else 'the group stayed')

    def ends_elsewhere(self, seen):
        return self.fault.ends != 'either' and seen.moved != (self.fault.ends == 'moves')

    def line(self):
        two = [seen.two_owners for seen in self.runs]
        none = sorted(seen.ownerless for seen in self.runs)
        if not none:
            return f'{self.fault.title:<66}   0'
        note = '' if self.promised or not max(two) else '   (not guaranteed by `hbctl check`)'
        after = [seen.two_owners_after('heal') for seen in self.runs if 'heal' in seen.marks and seen.two_owners]
        text = (
            f'{self.fault.title:<66}{len(none):>4} {max(two):>15} {"":>15}{middle(none):>8.0f}'
            f'{none[len(none) * 9 // 10]:>7.0f}{none[-1]:>7.0f}'
        )
        text += note
        if after:
            text += f'   until {middle(after):.0f}, at most {max(after):.0f} ms after the heal'
        right = [seen.caches_right for seen in self.runs if seen.caches_right is not None]
        if right:
            text += f'   caches right {middle(right):.0f}, at most {max(right):.0f} ms later'
        gone = [ms for ms in (seen.gone_after('hold') for seen in self.runs) if ms is not None]
        if gone:
            text += f'   gone {middle(gone):.1f}, at most {max(gone):.1f} ms after the right to hold ended'
        return text

    def word(self):
        return 'failed' if self.wrong else 'passed'


def run_once(fault, stage, result, watch):
    """Where the group ends says nothing while the machine stood still: then twice more. Two owners are never forgiven."""
    for _ in range(3):
        started = time.monotonic()
        seen = stage.run(fault)
        still = watch.since(started)
        if not still or not result.ends_elsewhere(seen) or (result.promised and seen.two_owners):
            break
        print(f'again    {fault.title}: the machine stood still for {still:.2f} s', flush=True)
    return seen


def run_fault(fault, stage, result, runs, verbose, watch):
    result.promised = fault.promise is not None and stage.promises(fault.promise)
    for number in range(runs):
        if reason := fault.needs(stage):
            return f'skipped: {reason}'
        seen = run_once(fault, stage, result, watch)
        result.add(seen)
        if verbose:
            print(f'    | {number}: two owners {seen.two_owners} ms, ownerless {seen.gaps} ms, unanswered {seen.unanswered}, '
                  f'{"moved" if seen.moved else "stayed"}', flush=True)
    return ''


def say(result, reason, verbose):
    print(f'{reason.split(":")[0] if reason else result.word():9}{result.line()}{reason[7:] if reason else ""}', flush=True)
    if result.runs and not result.promised and result.fault.promise:
        print(f'    | two owners are not judged: `hbctl check` does not say "{result.fault.promise}"')
    for text in sorted(set(result.wrong)):
        print(f'    | {result.wrong.count(text)} of {len(result.runs)}: {text}')


def run_all(chosen, runs, times, verbose):
    """Faults in the order of their times, so that one stage serves as many as possible."""
    counts, stage, stage_times = dict.fromkeys(COUNTED, 0), None, None
    found, watch = {}, stall.Watch()
    print(HEAD, flush=True)
    try:
        for fault in sorted(chosen, key=lambda one: sorted(one.stage.items())):
            wanted, result, reason = times | fault.stage, Result(fault), ''
            try:
                if stage is None or stage_times != wanted:
                    stage, stage_times = new_stage(stage, wanted), wanted
                reason = run_fault(fault, stage, result, runs, verbose, watch)
            except (AssertionError, LabError, OSError, ValueError) as error:
                result.wrong.append(f'{type(error).__name__}: {error}')
                show_logs(stage)
                stage = close(stage)
            counts['skipped' if reason else result.word()] += 1
            found[fault.name] = [
                {
                    'two_owners_ms': seen.two_owners,
                    'gaps_ms': seen.gaps,
                    'unanswered': seen.unanswered,
                    'moved': seen.moved,
                    'after_heal_ms': seen.two_owners_after('heal'),
                    'gone_after_hold_ms': seen.gone_after('hold'),
                    'caches_right_ms': seen.caches_right,
                }
                for seen in result.runs
            ]
            say(result, reason, verbose)
    finally:
        watch.close()
        close(stage)
    return counts, found


def write_samples(found):
    with open(os.path.join(BUILD, 'faults.json'), 'w', encoding='utf-8') as file:
        json.dump(found, file, indent=1)


def new_stage(old, times):
    close(old)
    stage = Stage(peers.Ours, **times)
    try:
        stage.begin()
    except BaseException:
        stage.__exit__()
        raise
    return stage


def close(stage):
    if stage is not None:
        stage.__exit__()


def show_logs(stage):
    for host in stage.pair if stage else ():
        print(f'    | log of {host.name} (last 12 lines)')
        print('\n'.join('    |   ' + line for line in host.read('/var/log/ha-log').splitlines()[-12:]), flush=True)


def run_parts(chosen, jobs, options):
    """Each job is a process with pairs of its own."""
    words = [sys.executable, '-B', sys.argv[0], '-j1', '--exactly', f'--runs={options.runs}']
    words += [f'--keepalive={options.keepalive}', f'--deadtime={options.deadtime}']
    words += ['--quick'] * options.quick + ['-v'] * options.v
    parts = [
        subprocess.Popen([*words, *(one.name for one in chosen[at::jobs])], stdout=subprocess.PIPE, text=True)
        for at in range(jobs)
    ]
    counts = dict.fromkeys(COUNTED, 0)
    for part in parts:
        for line in part.stdout:
            found = SUMMARY.match(line)
            print(line, end='', flush=True)
            for name, number in zip(COUNTED, found.groups() if found else ()):
                counts[name] += int(number)
        counts['failed'] += part.wait() not in (0, 1)
    return counts


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--runs', type=int, default=int(os.environ.get('FAULT_RUNS', '100')))
    parser.add_argument('--quick', action='store_true', help='only the cheap ones, twice each')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--exactly', action='store_true', help='the words are whole names')
    parser.add_argument('--keepalive', type=int, default=50, metavar='MS')
    parser.add_argument('--deadtime', type=int, default=500, metavar='MS')
    parser.add_argument('-j', type=int, default=0, metavar='JOBS', help='pairs at a time; 2 with --quick, else 1')
    parser.add_argument('-v', action='store_true')
    parser.add_argument('words', nargs='*')
    options = parser.parse_args()
    options.chosen = [one for one in EVERY if is_chosen(one, options)]
    if not options.chosen:
        parser.error(f'no fault has {" or ".join(options.words)} in its name: --list shows them')
    return options


def is_chosen(fault, options):
    if options.exactly:
        return fault.name in options.words
    return (fault.quick or not options.quick) and (
        not options.words or any(word in fault.name for word in options.words)
    )


def main():
    options = arguments()
    chosen = options.chosen
    if options.list:
        print('\n'.join(one.name for one in chosen))
        return 0
    if os.geteuid() != 0 or not os.access(heartbeat(), os.X_OK):
        print('needs root and build/heartbeat', file=sys.stderr)
        return 1
    jobs = options.j or (2 if options.quick else 1)
    if jobs > 1 and len(chosen) > 1:
        counts = run_parts(chosen, jobs, options)
    else:
        times = {'keepalive': options.keepalive, 'deadtime': options.deadtime}
        counts, found = run_all(chosen, 2 if options.quick else options.runs, times, options.v)
        if not options.exactly:
            write_samples(found)
    print(', '.join(f'{counts[name]} {name}' for name in COUNTED))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
