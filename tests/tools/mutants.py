#!/usr/bin/env python3
"""Changes the code at random, one token or line at a time, and asks whether a test notices.

The candidates are all small changes of the lines of core, config, wire, auth and policy: a comparison turned, a constant off by one, a
condition negated, a statement deleted, && for ||, another value returned. SEED chooses COUNT of those that compile. Each is
compiled and linked into the unit programs of its room; if they all pass, into the simulator. What a test that fails, a crash or
a time limit ends is killed, the others survive and are listed. docs/mutants.md names those that no test can kill, because
they change nothing, and says why.
"""
import argparse
import concurrent.futures
import os
import queue
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "tests", "house"), os.path.join(TOP, "tests", "sim")]
import breakages
import house

# The unit programs that know a room, its own first.
PROGRAMS = {"core": ("core", "control"), "config": ("config", "hbctl"), "wire": ("wire", "golden", "hbdump"), "auth": ("auth", "golden"),
            "policy": ("policy", "supervisor")}
EQUIVALENT = "docs/mutants.md"
KNOWN = re.compile(r"^- `([^`]+)`: `` (.*?) `` becomes `` (.*?) ``: (.+)$", re.MULTILINE)

QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*', re.DOTALL | re.MULTILINE)
# What a test cannot tell from its absence: a check of what cannot be, and memory that is taken early.
UNTOUCHED = re.compile(r"\b(static_assert|invariant)\s*\(|\.reserve\(|\[\[maybe_unused\]\]|^\s*\(void\)")

# Numbers, levels and texts of log events: tests/house compares them with the manual, and does so better.
COMPARED = ("src/core/log.hpp",)

# (name, what is found, what takes its place: one mutant each)
TOKENS = (
    ("comparison", re.compile(r"(?<= )(<=|>=|<|>|==|!=)(?= )"),
     lambda found: {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}[found]),
    ("logic", re.compile(r"(?<= )(&&|\|\|)(?= )"), lambda found: ("||" if found == "&&" else "&&",)),
    ("negation", re.compile(r"(?<=[ (])!(?=[\w(:*])"), lambda _: ("",)),
    ("arithmetic", re.compile(r"(?<= )(\+|-|\*|/|%|\+=|-=)(?= )"),
     lambda found: {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "+=": ("-=",), "-=": ("+=",)}[found]),
    ("bits", re.compile(r"(?<= )(&|\||\^|<<|>>)(?= )"), lambda found: {"&": ("|",), "|": ("&",), "^": ("|",), "<<": (">>",), ">>": ("<<",)}[found]),
    ("step", re.compile(r"\+\+|--"), lambda found: ("--" if found == "++" else "++",)),
    ("bound", re.compile(r"\bstd::(min|max)\b"), lambda found: ("std::max" if found.endswith("min") else "std::min",)),
    ("truth", re.compile(r"\b(true|false)\b"), lambda found: ("false" if found == "true" else "true",)),
    ("constant", re.compile(r"(?<![\w.'])(?!0x)\d+(?![.\d'])"), lambda found: (str(int(found) + 1), *((str(int(found) - 1),) if int(found) else ()))),
    ("constant", re.compile(r"\b0x[0-9a-fA-F]+"), lambda found: (hex(int(found, 16) + 1), hex(int(found, 16) - 1)) if int(found, 16) else ("0x1",)),
)
CONDITION = re.compile(r"\b(?:if|while) \(|(?<=[,=(]) (?=[^,=(]+ \? )")
STATEMENT = re.compile(r"(?:^\s*|(?<=\) )|(?<=else )|(?<=: ))((?:[\w.:>\[\]()*-]+ [-+*/|&^]?= [^;]*|[\w.:>\[\]()-]+\([^;]*\)|\+\+[^;]*|return|break|continue);)$",
                       re.MULTILINE)
RETURN = re.compile(r"\breturn ([^;{}]+);")


@dataclass(frozen=True)
class Mutant:
    path: str
    start: int
    end: int
    text: str          # what takes the place of [start, end)
    kind: str
    line: int
    before: str        # the line, without the space around it
    after: str

    def words(self):
        return f"{self.path}:{self.line}: {self.kind}: {self.before}\n             becomes {self.after}"


# --- what can be changed ----------------------------------------------------------------------------------

def masked(text):
    """The code, with blanks for what is quoted, a comment or the preprocessor's: places stay what they are."""
    return QUOTED_OR_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def closing(code, opening):
    depth = 0
    for at in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return -1


def balanced(text):
    return all(text.count(one) == text.count(other) for one, other in ("()", "[]", "{}"))


def changes(code):
    """(start, end, text, kind) of every change that the code offers."""
    for kind, pattern, others in TOKENS:
        for match in pattern.finditer(code):
            for other in others(match.group(0)):
                yield match.start(), match.end(), other, kind
    for match in re.finditer(r"\b(?:if|while) (?=\()", code):
        end = closing(code, match.end())
        start = match.end() + 1 + code[match.end() + 1:end].rfind(";") + 1
        inner = code[start:end].strip()
        if end > 0 and not re.search(r" = ", inner):
            yield start, end, f" !({inner})" if start > match.end() + 1 else f"!({inner})", "condition"
    for match in STATEMENT.finditer(code):
        before = code[:match.start(1)].rstrip()
        if balanced(match.group(1)) and (not before or before[-1] in ";{}):" or before.endswith("else")):
            yield match.start(1), match.end(1), "{}", "statement"
    for match in RETURN.finditer(code):
        value = match.group(1)
        if balanced(value) and value not in ("true", "false", "nullptr", "std::nullopt", "0"):
            for other in (f"!({value})", "{}"):
                yield match.start(1), match.end(1), other, "return"


def mutants_of(path, text):
    code = masked(text)
    for start, end, other, kind in changes(code):
        first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        if UNTOUCHED.search(text[first:last]):
            continue
        # The text itself, with what it quotes: code has blanks in its place.
        other = other.replace(code[start:end].strip(), text[start:end].strip()) if kind in ("condition", "return") else other
        rest = text[end:end + len(code[end:last].rstrip())]
        yield Mutant(path, start, end, other, kind, text.count("\n", 0, start) + 1, " ".join((text[first:end] + rest).split()),
                     " ".join((text[first:start] + other + rest).split()))


def sources():
    for room in PROGRAMS:
        yield from (path for path in house.tree(f"src/{room}", f"include/hb/{room}") if path not in COMPARED)


def programs_of(path):
    return [f"unit-{name}" for name in PROGRAMS[house.room_of(path)]] + ["sim"]


def candidates():
    return [mutant for path in sorted(set(sources())) for mutant in mutants_of(path, house.read(path))]


def known():
    """(file, before, after) -> why nothing can tell the two apart."""
    return {match[:3]: match[3] for match in KNOWN.findall(house.read(EQUIVALENT))}


def lost_texts():
    """What docs/mutants.md quotes and no change of the code offers any more."""
    offered = {(mutant.path, mutant.before, mutant.after) for mutant in candidates()}
    for path, before, after in known():
        if (path, before, after) not in offered:
            yield f"{EQUIVALENT} quotes what is not in {path}: {before}"


# --- what is done with one ---------------------------------------------------------------------------------

def dependents(build):
    """source -> the objects that were made from it, of src/ and of tests/."""
    found = {}
    for path in house.tree(f"{build}/obj", ends=(".d",)):
        first = house.read(path).split("\n\n")[0].replace("\\\n", " ")
        target, _, names = first.partition(":")
        for name in names.split():
            found.setdefault(os.path.normpath(name), set()).add(target.strip())
    return found


def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def killed_by(command, limit_s, place):
    """What ended it; empty if it passed."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                             preexec_fn=limited, env={**os.environ, "TMPDIR": place})
    try:
        output, _ = child.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return f"not done after {limit_s:.0f} s"
    if child.returncode == 0:
        return ""
    failed = re.search(rb"^\[  FAILED  \] (\S+?),? ", output, re.MULTILINE)
    if failed:
        return failed.group(1).decode()
    return breakages.caught_by(output.decode(errors="replace")) or f"status {child.returncode}"


def command(program, seeds):
    if program.endswith("/sim"):
        return [program, "--once", "--first", "--seeds", str(seeds)]
    return [program, "--gtest_brief=1", "--gtest_fail_fast"]


class Workshop:
    """A copy of the sources in which one mutant at a time stands, with its objects and programs."""

    def __init__(self, arguments, number, dependents_of):
        self.build = os.path.abspath(arguments.build)
        self.home = os.path.join(self.build, "mutants", str(number))
        self.arguments, self.dependents_of = arguments, dependents_of
        shutil.rmtree(self.home, ignore_errors=True)
        for tree in ("src", "include"):
            shutil.copytree(tree, os.path.join(self.home, tree))
        self.place = os.path.join(self.home, "tmp")
        os.mkdir(self.place)

    def write(self, mutant):
        text = house.read(mutant.path)
        with open(os.path.join(self.home, mutant.path), "w", encoding="utf-8") as file:
            file.write(text[:mutant.start] + mutant.text + text[mutant.end:])

    def restore(self, mutant):
        shutil.copy(mutant.path, os.path.join(self.home, mutant.path))

    def compile(self, name):
        """The object `name` of the build, from the changed sources; None: it does not compile."""
        source = os.path.relpath(name, f"{self.arguments.build}/obj").removesuffix(".o") + ".cpp"
        test = source.startswith("tests/")
        gtest = source.startswith(("tests/unit/", "tests/wrap/"))
        made = os.path.join(self.home, "obj", source.removesuffix(".cpp") + ".o")
        os.makedirs(os.path.dirname(made), exist_ok=True)
        flags = shlex.split(self.arguments.flags if not test else self.arguments.test_flags)
        include = ["-include", f"{self.build}/gtest.hpp", "-O0", "-U_FORTIFY_SOURCE"] if gtest else []
        top = os.getcwd()
        run = subprocess.run([*shlex.split(self.arguments.compiler), *flags, *([f"-I{top}/tests"] if test else []), *include, "-g0", "-w", "-c",
                              "-o", made, os.path.join(top, source) if test else source],
                             cwd=self.home, capture_output=True, check=False)
        return made if run.returncode == 0 else None

    def link(self, program, objects):
        """BUILD/tests/NAME with the changed objects in the place of the good ones."""
        folder = {"sim": "tests/sim"}.get(program) or f"tests/unit/{program.removeprefix('unit-')}"
        own = [os.path.relpath(name, self.build) for name in house.tree(f"{self.build}/obj/{folder}", ends=(".o",))]
        own = [name for name in own if os.path.exists(name.removeprefix("obj/").removesuffix(".o") + ".cpp")]
        changed = {os.path.relpath(made, self.home): made for made in objects}
        parts = [changed.get(name, os.path.join(self.build, name)) for name in sorted(own)]
        parts += [made for name, made in changed.items() if name.startswith("obj/src/")]
        out = os.path.join(self.home, program)
        subprocess.run([*shlex.split(self.arguments.linker), "-Wl,-s", "-o", out, *parts, f"{self.build}/libhb.a",
                        *shlex.split(self.arguments.libraries if program == "sim" else self.arguments.test_libraries)], check=True)
        return out

    def try_one(self, mutant, limits):
        """(whether it compiles, what killed it)"""
        self.write(mutant)
        try:
            return self.judge(mutant, limits)
        finally:
            self.restore(mutant)
            shutil.rmtree(os.path.join(self.home, "obj"), ignore_errors=True)

    def judge(self, mutant, limits):
        concerned = self.dependents_of.get(mutant.path, set())
        library = sorted(name for name in concerned if "/obj/src/" in name and not name.endswith("/main.o"))
        if mutant.path.endswith(".cpp") or not library:
            library = library or [f"{self.arguments.build}/obj/{mutant.path.removesuffix('.cpp')}.o"]
        objects = []
        for name in library:
            made = self.compile(name)
            if not made:
                return False, ""
            objects.append(made)
        for program in programs_of(mutant.path):
            folder = "/obj/tests/sim/" if program == "sim" else f"/obj/tests/unit/{program.removeprefix('unit-')}/"
            tests = [self.compile(name) for name in sorted(concerned) if folder in name]
            if None in tests:
                return True, f"{program} does not compile with it"
            words = killed_by(command(self.link(program, objects + tests), self.arguments.seeds), limits[program], self.place)
            if words:
                return True, f"{program}: {words}"
        return True, ""


# --- the whole ---------------------------------------------------------------------------------------------

def limits_of(arguments, mutants):
    """program -> seconds after which it hangs: four times what the good code takes, which has to pass."""
    limits = {}
    with tempfile.TemporaryDirectory() as place:
        for name in sorted({name for mutant in mutants for name in programs_of(mutant.path)}):
            started = time.monotonic()
            words = killed_by(command(os.path.abspath(f"{arguments.build}/tests/{name}"), arguments.seeds), 1800, place)
            if words:
                raise SystemExit(f"{name} fails without any change: {words}")
            limits[name] = 10 + 4 * (time.monotonic() - started)
    return limits


def chosen(arguments):
    everything = [mutant for mutant in candidates() if not arguments.words or any(word in mutant.path for word in arguments.words)]
    random.Random(arguments.seed).shuffle(everything)
    return everything


def run_all(arguments, order):
    """(mutant, what killed it) of the first COUNT that compile, in the order in which they were chosen."""
    equivalent = known()
    limits = limits_of(arguments, order)
    dependents_of = dependents(arguments.build)
    benches = queue.Queue()
    for number in range(arguments.jobs):
        benches.put(Workshop(arguments, number, dependents_of))

    def work(mutant):
        reason = equivalent.get((mutant.path, mutant.before, mutant.after))
        if reason:
            return True, f"EQUIVALENT: {reason}"
        bench = benches.get()
        try:
            return bench.try_one(mutant, limits)
        finally:
            benches.put(bench)

    done, refused = [], 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        waiting, rest = [], iter(order)
        while len(done) < arguments.count:
            while len(waiting) < min(arguments.jobs, arguments.count - len(done)) and (mutant := next(rest, None)):
                waiting.append((mutant, pool.submit(work, mutant)))
            if not waiting:
                break
            mutant, result = waiting.pop(0)
            compiles, words = result.result()
            if not compiles:
                refused += 1
                continue
            done.append((mutant, words))
            print(f"  {'killed  ' if words and not words.startswith('EQUIVALENT') else 'nothing ' if words else 'SURVIVED'} {mutant.words()}\n"
                  f"           {words or 'by no test'}", flush=True)
    return done, refused


def summary(done, refused):
    print(f"\n{len(done)} mutants, {refused} more did not compile")
    for room in sorted({house.room_of(mutant.path) for mutant, _ in done}):
        own = [words for mutant, words in done if house.room_of(mutant.path) == room]
        equivalent = sum(words.startswith("EQUIVALENT") for words in own)
        killed = sum(bool(words) for words in own) - equivalent
        print(f"  {room:<10} {killed} killed, {len(own) - killed - equivalent} survived, {equivalent} equivalent")
    survivors = [mutant for mutant, words in done if not words]
    if survivors:
        print("\nSurvivors:")
        for mutant in survivors:
            print(f"  {mutant.words()}")
    return survivors


def check_itself():
    """Whether it sees what it should, in a text that has all of it."""
    text = ('#define N 3\nbool f(int a, int b) {\n    // a < 1\n    if (a < b && !done(a)) count = 3;\n    say("x < 1");\n'
            '    invariant(a > 0);\n    for (int i = 0; i != 7; ++i) take(i);\n    return a == 5;\n}\n')
    found = {(mutant.line, mutant.kind, mutant.after) for mutant in mutants_of("x.cpp", text)}
    wanted = {(4, "comparison", "if (a >= b && !done(a)) count = 3;"), (4, "logic", "if (a < b || !done(a)) count = 3;"),
              (4, "negation", "if (a < b && done(a)) count = 3;"), (4, "condition", "if (!(a < b && !done(a))) count = 3;"),
              (4, "constant", "if (a < b && !done(a)) count = 4;"), (4, "statement", "if (a < b && !done(a)) {}"),
              (5, "statement", "{}"), (7, "step", "for (int i = 0; i != 7; --i) take(i);"),
              (7, "statement", "for (int i = 0; i != 7; ++i) {}"), (8, "return", "return !(a == 5);")}
    for one in sorted(wanted - found):
        yield f"does not see {one}"
    for one in sorted(found):
        if one[0] in (1, 3, 6) or 'x <' not in one[2] and one[0] == 5 and one[1] != "statement":
            yield f"changes what is no code: {one}"
    listed = candidates()
    if {*PROGRAMS} != {house.room_of(mutant.path) for mutant in listed} or len(listed) < 5000:
        yield f"only {len(listed)} candidates: it no longer sees the rooms"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--check", action="store_true", help="checks this program, and that docs/mutants.md quotes what stands there")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--linker", default="g++")
    parser.add_argument("--flags", default="")
    parser.add_argument("--test-flags", default="")
    parser.add_argument("--libraries", default="")
    parser.add_argument("--test-libraries", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=100, help="of the simulator")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("words", nargs="*", help="only files whose path contains one of these")
    arguments = parser.parse_args()
    os.chdir(TOP)
    wrong = list(check_itself()) + list(lost_texts())
    print("".join(line + "\n" for line in wrong), end="")
    if arguments.check or wrong:
        return 1 if wrong else 0
    started = time.monotonic()
    survivors = summary(*run_all(arguments, chosen(arguments)))
    print(f"({time.monotonic() - started:.0f} s)")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
