#!/usr/bin/python3
"""make bench-faults: the same faults on this heartbeat, Heartbeat 3.0.6 and keepalived, in one run.

    bench.py [--runs N] [--systems ours,linux-ha,keepalived] [WORD...]

Each run has hosts of its own. Prints per fault and system the milliseconds in which two hosts answered for the
address and in which nobody did, median and most; all samples go to build/bench-faults.json. Needs root; the
peers are unpacked into build/peers, not installed.
"""
import argparse
import json
import os
import statistics
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lab'), os.path.join(os.path.dirname(HERE), 'bench')]

import peers
from faults import EVERY
from lab import BUILD, LabError
from scenarios import machine
from stage import Stage

SYSTEMS = {'ours': peers.Ours, 'linux-ha': peers.LinuxHa, 'keepalived': peers.Keepalived}
KEEPALIVE, DEADTIME = 100, 500  # ms
AFTERMATH, PATIENCE = 10, 20  # s: until a killed daemon is started again; until one owner again is given up


def one_run(kind, fault):
    """{'two_owners_ms', 'ownerless_ms', 'after_heal_ms', 'open'}"""
    with Stage(kind, **({'keepalive': KEEPALIVE, 'deadtime': DEADTIME} | fault.stage)) as stage:
        stage.aftermath = AFTERMATH
        stage.begin()
        seen = stage.run(fault, PATIENCE, (AssertionError, LabError))
        return {
            'two_owners_ms': seen.two_owners,
            'ownerless_ms': seen.ownerless,
            'after_heal_ms': round(seen.two_owners_after('heal')),
            'open': seen.open,
            'moved': seen.moved,
        }


def text(samples, key):
    values = [sample[key] for sample in samples]
    return f'{statistics.median(values):.0f} ({max(values):.0f})'


def line(kind, samples):
    if not samples:
        return f'  {kind.name:<18} no run was possible'
    still = sum(1 for sample in samples if sample['open'])
    return (
        f'  {kind.name:<18} n {len(samples):<3} two owners {text(samples, "two_owners_ms"):>15}   '
        f'nobody {text(samples, "ownerless_ms"):>15}'
        + (f'   not over after {PATIENCE} s: {still}' if still else '')
    )


def measure(kind, fault, runs):
    samples = []
    for _ in range(runs):
        try:
            samples.append(one_run(kind, fault))
        except (AssertionError, LabError, OSError, ValueError) as error:
            print(f'  {kind.name}: {type(error).__name__}: {str(error)[:200]}', file=sys.stderr)
    print(line(kind, samples), flush=True)
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--runs', type=int, default=int(os.environ.get('FAULT_RUNS', '3')))
    parser.add_argument('--systems', default=','.join(SYSTEMS))
    parser.add_argument('words', nargs='*')
    options = parser.parse_args()
    if os.geteuid() != 0:
        print('needs root: sudo make bench-faults', file=sys.stderr)
        return 1
    wanted = options.systems.split(',')
    tree = peers.unpack() if wanted != ['ours'] else None
    print(f'{machine()}; keepalive {KEEPALIVE} ms, deadtime {DEADTIME} ms; ms: median (most)', flush=True)
    found = {}
    for fault in (one for one in EVERY if one.peers):
        if options.words and not any(word in fault.name for word in options.words):
            continue
        print(fault.title, flush=True)
        for name, kind in SYSTEMS.items():
            if name in wanted and (tree or not kind.tree):
                found.setdefault(fault.name, {})[name] = measure(kind, fault, options.runs)
        with open(os.path.join(BUILD, 'bench-faults.json'), 'w', encoding='utf-8') as file:
            json.dump({'machine': machine(), 'results': found}, file, indent=1)
    return 0


if __name__ == '__main__':
    sys.exit(main())
