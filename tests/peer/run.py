#!/usr/bin/python3
"""A mixed cluster, this heartbeat and Debian's 3.0.6; see tests/lab/runner.py. --quick: 90 s at most."""
import os
import sys

sys.dont_write_bytecode = True
os.environ.setdefault('HB_LAB_SLOWNESS', '3')  # the scripts of a 3.0.6 are slow; on a busy machine very slow
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), room) for room in ('netns', 'lab'))]

import peers
import runner


def prepare():
    """Once for all tests: without the packages each of them is skipped."""
    if os.geteuid() == 0:
        peers.unpack()


if __name__ == '__main__':
    runner.LIMIT += float(os.environ.get('HB_PEER_SECONDS', '0'))
    sys.exit(runner.main(HERE, prepare, jobs=4))  # they mostly wait
