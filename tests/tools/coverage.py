#!/usr/bin/env python3
"""Runs the tests on a build that counts, and prints for each room how many of its lines and branches they ran.

BUILD has been compiled with COVERAGE=1 (`make coverage`). Unit tests, wraps, golden captures, N seeds of the simulator and its scenarios
run, and as root the namespace tests. Not counted as branches: edges of exceptions, and the way past all cases of a `switch` that has
no `default`, which the compiler makes for a value that the enum does not have. What was never run is listed in BUILD/coverage.txt.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "house"))
import house

SWITCH = re.compile(r"\bswitch \(")


def switches_over_all(text):
    """The numbers of the lines on which a `switch` without `default` begins."""
    code = house.code_of(re.sub(r"//[^\n]*", "", text))
    for match in SWITCH.finditer(code):
        depth = 0
        for at in range(code.find("{", match.end()), len(code)):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            if depth == 0:
                break
        if not re.search(r"\bdefault:", code[match.end():at]):
            yield code.count("\n", 0, match.start()) + 1


class Counts:
    """Of one source file: how often each line ran, and which of its branches were taken."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}  # line -> {number of branches: taken how often, each}: a template may have several shapes

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        taken = [branch["count"] for branch in line["branches"] if not branch["throw"]]
        shapes = self.branches.setdefault(number, {})
        shapes[len(taken)] = [a + b for a, b in zip(shapes.get(len(taken), [0] * len(taken)), taken)]

    def taken(self, all_cases):
        """(line, taken how often) of every branch; of a line with several shapes those of the largest."""
        for number, shapes in sorted(self.branches.items()):
            counts = list(shapes[max(shapes)])
            if number in all_cases and 0 in counts:
                counts.remove(0)
            yield from ((number, count) for count in counts)


def gcov(counters):
    """What gcov says of one file of counters: (source, line) for each line of this project."""
    said = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", counters], capture_output=True, check=True).stdout
    for document in said.splitlines():
        for file in json.loads(document)["files"]:
            path = os.path.relpath(file["file"]) if os.path.isabs(file["file"]) else os.path.normpath(file["file"])
            if path.startswith(("src/", "include/hb/")):
                yield path, file["lines"]


def counters_of(build):
    """Every file of counters; those of the engine get their notes beside them."""
    found = list(house.tree(f"{build}/obj/src", f"{build}/obj/tests", ends=(".gcda",)))
    engine = engine_counters(build)
    for path in house.tree(engine, ends=(".gcda",)):
        notes = "/" + os.path.relpath(path, engine).removesuffix(".gcda") + ".gcno"
        beside = path.removesuffix(".gcda") + ".gcno"
        if not os.path.lexists(beside):
            os.symlink(notes, beside)
        found.append(path)
    return found


def engine_counters(build):
    return os.path.join(os.path.abspath(build), "engine")


def prepare(build):
    """No counters of before, and a place in which the engine's user can write."""
    for path in list(house.tree(build, ends=(".gcda",))):
        os.remove(path)
    for where, _, _ in os.walk(f"{build}/obj"):
        place = engine_counters(build) + os.path.abspath(where)
        os.makedirs(place, exist_ok=True)
    for where, _, _ in os.walk(engine_counters(build)):
        os.chmod(where, 0o777)


def collect(build):
    files = collections.defaultdict(Counts)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for lines_of in pool.map(lambda path: list(gcov(path)), counters_of(build)):
            for path, lines in lines_of:
                for line in lines:
                    files[path].add(line)
    return files


def share(part, whole):
    return f"{100 * part / whole:5.1f} % of {whole:<6}" if whole else f"{'none':>17}"


def report(files, out):
    rooms = collections.defaultdict(lambda: [0, 0, 0, 0])
    for path, counts in sorted(files.items()):
        total = rooms[house.room_of(path)]
        text = house.read(path)
        all_cases = set(switches_over_all(text))
        lines = text.splitlines()
        taken = list(counts.taken(all_cases))
        total[0] += sum(count > 0 for count in counts.lines.values())
        total[1] += len(counts.lines)
        total[2] += sum(count > 0 for _, count in taken)
        total[3] += len(taken)
        for number, count in sorted(counts.lines.items()):
            missed = sum(not times for line, times in taken if line == number)
            if not count or missed:
                print(f"{path}:{number}: {'never run' if not count else f'{missed} branches never taken'}: {lines[number - 1].strip()}", file=out)
    print(f"{'room':<20} {'lines run':<19} branches taken")
    for room, (run, all_lines, taken_branches, all_branches) in sorted(rooms.items()):
        print(f"{room:<20} {share(run, all_lines)}  {share(taken_branches, all_branches)}")


def run_tests(build, seeds, without):
    command = [sys.executable, "tests/run.py", "--build", build, "--seeds", str(seeds)]
    for suite in ("house", "mixed", "faults", *without):
        command += ["--without", suite]
    # Without optimisation and with a file to write at each fork: slower, which is no fault here.
    return subprocess.run(command, env={**os.environ, "B": build, "HB_LAB_SLOWNESS": "3"}, check=False).returncode


def check_itself():
    text = "switch (a) {\n    case x: return;\n}\nswitch (b) {\n    case x: f({});\n    default: return;\n}\n"
    if list(switches_over_all(text)) != [1]:
        yield "no longer tells a switch over an enum from another one"
    counts = Counts()
    for taken in ([0, 1], [2, 0], [0]):
        counts.add({"line_number": 1, "count": 1, "branches": [{"count": n, "throw": False} for n in taken] + [{"count": 9, "throw": True}]})
    if list(counts.taken(set())) != [(1, 2), (1, 1)]:
        yield f"no longer adds what several objects counted: {list(counts.taken(set()))}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/coverage")
    parser.add_argument("--seeds", type=int, default=100, help="of the simulator")
    parser.add_argument("--without", action="append", default=[], metavar="SUITE")
    parser.add_argument("--again", action="store_true", help="prints what the last run counted")
    parser.add_argument("--check", action="store_true", help="checks this program alone")
    arguments = parser.parse_args()
    os.chdir(TOP)
    wrong = list(check_itself())
    print("".join(line + "\n" for line in wrong), end="")
    if wrong or arguments.check:
        return 1 if wrong else 0
    status = 0
    if not arguments.again:
        prepare(arguments.build)
        status = run_tests(arguments.build, arguments.seeds, arguments.without)
    missed = os.path.join(arguments.build, "coverage.txt")
    with open(missed, "w", encoding="utf-8") as out:
        report(collect(arguments.build), out)
    print(f"what was never run: {missed}" + ("; tests have failed, see above" if status else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
