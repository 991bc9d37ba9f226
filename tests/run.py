#!/usr/bin/env python3
"""Runs every test program, writes what each said to BUILD/test-logs, and sums up.

The very last line is `N passed, N failed`, with `, N skipped` if something could not run here; the exit status is 1
after a failure. A program of GoogleTest is counted by its own summary; any other one says `N passed, N failed` (and
perhaps `, N skipped`) on its last such line, or is one test that its exit status decides. What failed of the suites
that wait for a kernel or a process, while the machine stood still, is run once more, and that is said.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab"))
import stall

SUMMARY = re.compile(rb"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", re.MULTILINE)
GTEST = {"passed": rb"^\[  PASSED  \] (\d+) tests?", "failed": rb"^\[  FAILED  \] (\d+) tests?, listed",
         "skipped": rb"^\[  SKIPPED \] (\d+) tests?, listed"}
SANITIZER = re.compile(rb"^.*(?:ERROR: \w+Sanitizer|: runtime error: ).*$", re.MULTILINE)  # of any process of the program
FAILED_CASE = re.compile(r"^\[ RUN      \] (\S+)\n(?:(?!\[ RUN      \]).*\n)*?\[  FAILED  \] \1.*$", re.MULTILINE)
REAL_TIME = ("unit-engine", "unit-kernel", "unit-scripts", "unit-supervisor")  # others have no clock that could stand still
SHOWN = 60  # lines of a failed program that are shown: the last ones, where the runners repeat what failed


@dataclass
class Suite:
    name: str
    command: list
    limit_s: int
    together: bool = True   # may run beside another one; timing tests have the machine for themselves
    skip: str = ""          # the reason, if it cannot run here
    held: int = 1           # how many tests are skipped then
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    output: bytes = b""
    notes: list = field(default_factory=list)


def run(suite, logs, watch):
    started = time.monotonic()
    status = run_program(suite, suite.command)
    count(suite, status)
    output = suite.output
    cases = FAILED_CASE.findall(output.decode(errors="replace"))
    still = watch.since(started)
    if suite.name.removeprefix("sanitized-") in REAL_TIME and cases and still and not suite.notes:
        passed, skipped = suite.passed, suite.skipped
        count(suite, run_program(suite, [*suite.command, "--gtest_filter=" + ":".join(cases)]))
        suite.passed, suite.skipped = suite.passed + passed, suite.skipped + skipped
        suite.notes.append(f"the machine stood still for {still:.2f} s, again: {', '.join(cases)}")
        output += suite.output
    suite.seconds = time.monotonic() - started
    with open(os.path.join(logs, suite.name + ".log"), "wb") as log:
        log.write(output)


def run_program(suite, command):
    # A session of its own: a program that overruns its limit goes with all its children.
    environment = {**os.environ, "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True, env=environment)
    try:
        suite.output, _ = child.communicate(timeout=suite.limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        suite.output, _ = child.communicate()
        suite.notes.append(f"not done after {suite.limit_s} s")
    return child.returncode


def count(suite, status):
    if b"[==========]" in suite.output:
        found = {k: re.search(p, suite.output, re.MULTILINE) for k, p in GTEST.items()}
        numbers = {k: int(m.group(1)) if m else 0 for k, m in found.items()}
        if not found["passed"] and not found["failed"]:  # it died: what had ended well is counted by line
            numbers["passed"] = len(re.findall(rb"^\[       OK \]", suite.output, re.MULTILINE))
            numbers["failed"] = len(re.findall(rb"^\[  FAILED  \]", suite.output, re.MULTILINE))
        suite.passed, suite.failed, suite.skipped = numbers["passed"], numbers["failed"], numbers["skipped"]
    else:
        last = SUMMARY.findall(suite.output)
        if last:
            suite.passed, suite.failed, suite.skipped = (int(n or 0) for n in last[-1])
        elif status == 0 and not suite.notes:
            suite.passed = 1
    reports = SANITIZER.findall(suite.output)
    if reports:
        suite.notes.append(f"{len(reports)} reports of a sanitizer")
    if (status != 0 or suite.notes) and suite.failed == 0:
        suite.failed = 1
        suite.notes.append(f"ended by signal {-status}" if status < 0 else f"exit status {status}")
    elif suite.passed + suite.failed + suite.skipped == 0:
        suite.failed = 1
        suite.notes.append("no test ran")


def say(suite):
    if suite.skip:
        print(f"  SKIP  {suite.name}: {suite.skip}", flush=True)
        return
    words = f"{suite.passed} passed, {suite.failed} failed" + (f", {suite.skipped} skipped" if suite.skipped else "")
    print(f"  {'FAIL' if suite.failed else 'ok  '}  {suite.name}: {words} ({suite.seconds:.1f} s)"
          + "".join("; " + note for note in suite.notes), flush=True)


def explain(suite):
    """What a failed program said, as the last thing before the count: on a long screen nothing else is seen."""
    output = suite.output.decode(errors="replace")
    cases = [match.group(0) for match in FAILED_CASE.finditer(output)]
    lines = ("\n".join(cases) if cases else output).splitlines()
    print(f"\n  {suite.name} failed" + (f", the last {SHOWN} lines" if len(lines) > SHOWN else "") + ":\n"
          + "".join(f"        | {line}\n" for line in lines[-SHOWN:]), end="", flush=True)


def number_of(command):
    """How many tests a suite that cannot run here holds: the lines of its --list, else one."""
    listed = subprocess.run(command + ["--list"], capture_output=True, check=False)
    lines = listed.stdout.splitlines()
    return len(lines) if listed.returncode == 0 and lines else 1


def suites(build, without, seeds, sanitized):
    found = []
    for kind in ("unit", "wrap"):
        for source in sorted(glob.glob(f"tests/{kind}/*" if kind == "unit" else f"tests/{kind}/*.cpp")):
            name = f"{kind}-{os.path.basename(source).removesuffix('.cpp')}"
            if kind == "unit" and not glob.glob(f"{source}/*.cpp"):
                continue
            found.append(Suite(name, [f"{build}/tests/{name}"], 300))
            if sanitized:
                found.append(Suite(f"sanitized-{name}", [f"{build}/sanitized/tests/{name}"], 600))
    found.append(Suite("house", [sys.executable, "tests/house/house.py", "--build", build], 300))
    # Named scenarios run with it; it uses every processor itself.
    found.append(Suite("sim", [f"{build}/tests/sim", "--seeds", str(seeds)], 900, together=False))
    if sanitized:
        found.append(Suite("sanitized-sim", [f"{build}/sanitized/tests/sim", "--once", "--seeds", str(seeds // 10)], 900, together=False))
    # The same schedules on every machine, however fast it is.
    found.append(Suite("explore", [f"{build}/tests/sim", "--explore", "check", "--silent"], 900, together=False))
    # The mixed cluster with 3.0.6 and the faults: their short selections; `make check-mixed` and `make check-faults`
    # run all of them.
    for name, command in (("netns", ["tests/netns/run.py"]), ("mixed", ["tests/peer/run.py", "--quick"]),
                          ("faults", ["tests/faults/run.py", "--quick"])):
        suite = Suite(name, [sys.executable, *command], 1200, together=False)
        if os.geteuid() != 0:
            suite.skip = "needs root"
            suite.held = number_of(suite.command)
        found.append(suite)
    return [s for s in found if s.name not in without]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default="build")
    options.add_argument("--without", action="append", default=[], metavar="SUITE")
    options.add_argument("--only", action="append", default=[], metavar="SUITE")
    options.add_argument("--seeds", type=int, default=500, help="of the simulator")
    options.add_argument("--sanitized", action="store_true", help="once more with sanitizers, and a tenth of the seeds (make sanitized)")
    chosen = options.parse_args()
    logs = os.path.join(chosen.build, "test-logs")
    os.makedirs(logs, exist_ok=True)
    every = [s for s in suites(chosen.build, chosen.without, chosen.seeds, chosen.sanitized)
             if not chosen.only or s.name in chosen.only]
    for suite in every:
        if suite.skip:
            suite.skipped = suite.held
            say(suite)
    runnable = [s for s in every if not s.skip]
    watch = stall.Watch()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        waiting = {pool.submit(run_or_fail, s, logs, watch): s for s in runnable if s.together}
        for done in concurrent.futures.as_completed(waiting):
            say(waiting[done])
    for suite in (s for s in runnable if not s.together):
        run_or_fail(suite, logs, watch)
        say(suite)
    watch.close()
    for suite in every:
        if suite.failed:
            explain(suite)
    passed, failed, skipped = (sum(getattr(s, k) for s in every) for k in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


def run_or_fail(suite, logs, watch):
    try:
        run(suite, logs, watch)
    except OSError as error:  # the program was not built
        suite.failed = 1
        suite.notes.append(str(error))


if __name__ == "__main__":
    sys.exit(main())
