#!/usr/bin/python3
"""make bench: the same scenarios on this heartbeat and on its peers from Debian's packages, in one run.

    bench.py [--only NAME[,NAME...]] [--systems ours,linux-ha,keepalived,ucarp]
    NAME: handover cut fastcut thousand hang rest garbage together mixed nofault; QUICK=1 in the environment: small n

Needs root. The peers are unpacked into build/peers, not installed. Prints a table per scenario (median, n,
min, max, ratio to ours); all samples go to build/bench.json.
"""
import argparse
import json
import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lab')]

import peers
import removal
import scenarios
from lab import BUILD, LabError, heartbeat

QUICK = os.environ.get('QUICK', '0') not in ('', '0')
SYSTEMS = {
    'ours': peers.Ours,
    'linux-ha': peers.LinuxHa,
    'keepalived': peers.Keepalived,
    'ucarp': peers.Ucarp,
    'ours-after-theirs': peers.OursAfterTheirs,
    'theirs-after-ours': peers.TheirsAfterOurs,
}


def number(full, quick):
    return quick if QUICK else full


def plan():
    """(name, title, {system: function}); what a system cannot do stands there as text."""
    return [
        (
            'handover',
            '1. Orderly stop and return, keepalive 100 ms; ms',
            {
                'ours': lambda kind: scenarios.hand_over(kind, 100, 500, number(20, 4)),
                'keepalived': lambda kind: scenarios.hand_over(kind, 100, 500, number(10, 2)),
                'ucarp': lambda kind: scenarios.hand_over(kind, 1000, 3000, number(3, 1)),
                'linux-ha': lambda kind: scenarios.hand_over(kind, 100, 500, number(4, 1)),
            },
        ),
        (
            'cut',
            '2. Power cut, keepalive 100 ms, deadtime 500 ms (keepalived: advert 100 ms; ucarp: 1 s); ms',
            {
                'ours': lambda kind: scenarios.power_cut(kind, 100, 500, number(20, 4)),
                'keepalived': lambda kind: scenarios.power_cut(kind, 100, 500, number(8, 2)),
                'ucarp': lambda kind: scenarios.power_cut(kind, 1000, 3000, number(3, 1)),
                'linux-ha': lambda kind: scenarios.power_cut(kind, 100, 500, number(4, 1)),
            },
        ),
        (
            'fastcut',
            '2b. Power cut, keepalive 5 ms, deadtime 25 ms (keepalived: advert 10 ms, its least); ms',
            {
                'ours': lambda kind: scenarios.power_cut(kind, 5, 25, number(20, 4)),
                'keepalived': lambda kind: scenarios.power_cut(kind, 10, 30, number(8, 2)),
            },
        ),
        (
            'thousand',
            '3. 1000 addresses on a power cut; ms',
            {
                'floor': lambda kind: scenarios.floor(1000, number(7, 3)),
                'ours': lambda kind: scenarios.thousand(kind, 100, 500, number(7, 2)),
                'keepalived': lambda kind: scenarios.thousand(kind, 100, 500, number(3, 1)),
                'linux-ha': 'about an hour (quadratic); not run',
                'ucarp': 'has one address',
            },
        ),
        (
            'hang',
            '3b. 1000 addresses of an owner whose engine hangs; ms',
            {
                'floor': lambda kind: removal.floor(1000, number(7, 3)),
                'ours': lambda kind: removal.hang(kind, 100, 500, number(7, 2)),
            },
        ),
        (
            'rest',
            '4. At rest, keepalive 1 s',
            {
                name: lambda kind: scenarios.rest(kind, number(60, 15))
                for name in ('ours', 'keepalived', 'ucarp', 'linux-ha')
            },
        ),
        (
            'garbage',
            '5. Datagrams that mean nothing, 10 000 a second',
            {
                name: lambda kind: scenarios.garbage(kind, number(100000, 20000))
                for name in ('ours', 'keepalived', 'ucarp', 'linux-ha')
            },
        ),
        (
            'together',
            '6. Both started together, keepalive 100 ms; ms',
            {
                'ours': lambda kind: scenarios.together(kind, 100, 500, number(15, 4)),
                'keepalived': lambda kind: scenarios.together(kind, 100, 500, number(6, 2)),
                'ucarp': lambda kind: scenarios.together(kind, 1000, 3000, number(3, 1)),
                'linux-ha': lambda kind: scenarios.together(kind, 100, 500, number(3, 1)),
            },
        ),
        (
            'mixed',
            '8. Power cut in a pair with Heartbeat 3.0.6, keepalive 100 ms, deadtime 500 ms; ms',
            {
                'ours-after-theirs': lambda kind: scenarios.mixed_cut(kind, 100, 500, number(10, 2)),
                'theirs-after-ours': lambda kind: scenarios.mixed_cut(kind, 100, 500, number(10, 2)),
                'linux-ha': lambda kind: scenarios.mixed_cut(kind, 100, 500, number(10, 1)),
            },
        ),
        (
            'nofault',
            f'7. No fault for {number(600, 30)} s with all cores busy, keepalive 20 ms, deadtime 100 ms',
            {'ours': lambda kind: scenarios.no_fault(kind, 20, 100, number(600, 30))},
        ),
    ]


def measure(title, systems, wanted, tree):
    """{system: {metric: samples} or a sentence}"""
    print(f'\n{title}', flush=True)
    results = {}
    for name, function in systems.items():
        kind = SYSTEMS.get(name)
        if kind and name not in wanted:
            continue
        if not callable(function):
            results[name] = function
        elif kind and kind.tree and not tree:
            results[name] = 'not here: its package could not be fetched'
        elif name == 'ours' and not os.access(heartbeat(), os.X_OK):
            results[name] = f'{heartbeat()} is not built'
        else:
            results[name] = attempt(name, function, kind)
        show(name, results)
    return results


def attempt(name, function, kind):
    started = time.monotonic()
    try:
        return function(kind)
    except (AssertionError, LabError, OSError, ValueError) as error:
        return f'failed after {time.monotonic() - started:.0f} s: {type(error).__name__}: {str(error)[:300]}'


def show(name, results):
    result = results[name]
    title = SYSTEMS[name].name if name in SYSTEMS else 'floor, one by one'
    if isinstance(result, str):
        print(f'  {title:<18} {result}', flush=True)
        return
    ours = results.get('ours')
    for metric, samples in result.items():
        middle = scenarios.median(samples)
        base = ours.get(metric) if isinstance(ours, dict) and name != 'ours' else None
        ratio = f'{middle / scenarios.median(base):9.1f} x' if base and scenarios.median(base) > 0 else ''
        print(
            f'  {title:<18} {metric:<42} {middle:10.2f}   n {len(samples):<3} '
            f'{min(samples):10.2f} .. {max(samples):<10.2f}{ratio}',
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--only', default='')
    parser.add_argument('--systems', default=','.join(SYSTEMS))
    options = parser.parse_args()
    if os.geteuid() != 0:
        print('the benchmark makes network namespaces: run it as root (sudo make bench)', file=sys.stderr)
        return 1
    wanted = options.systems.split(',')
    tree = peers.unpack() if any(name != 'ours' for name in wanted) else None
    print(
        f'{scenarios.machine()}; the client asks each {scenarios.PROBE_US} us\n'
        'Each line: median, n, least .. most, ratio to ours'
    )
    found = {}
    for name, title, systems in plan():
        if not options.only or name in options.only.split(','):
            found[name] = measure(title, systems, wanted, tree)
            with open(os.path.join(BUILD, 'bench.json'), 'w', encoding='utf-8') as file:
                json.dump({'machine': scenarios.machine(), 'quick': QUICK, 'results': found}, file, indent=1)
    ours = [results.get('ours') for results in found.values()]
    return 1 if any(isinstance(result, str) for result in ours) else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
