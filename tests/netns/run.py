#!/usr/bin/python3
"""The tests with real daemons in namespaces; see tests/lab/runner.py for its options."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lab')]

import runner

if __name__ == '__main__':
    sys.exit(runner.main(HERE))
