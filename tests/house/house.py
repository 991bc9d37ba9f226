#!/usr/bin/env python3
"""The house rules that a compiler does not know. Each check is one test; `--list` names them."""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from members import classes, code_of

ROOMS = ("base", "wire", "auth", "net", "config", "core", "ipc", "control", "engine", "policy", "tools", "kernel", "scripts", "supervisor",
         "writer", "heartbeat", "hbctl", "hbdump")

# Who may include whom, always downward (docs/architecture.md, Rooms). A room may always include itself.
MAY_INCLUDE = {
    "base": (),
    "wire": ("base",),
    "net": ("base",),
    "config": ("base", "auth", "net"),          # auth: digests of the tables only
    "auth": ("base", "config", "wire"),         # config: what a key is
    "core": ("base", "wire", "auth", "config"),
    "ipc": ("base", "core"),
    "control": ("base", "config", "core"),
    "engine": ("base", "wire", "auth", "config", "core", "ipc", "control", "writer"),
    "policy": ("base", "wire", "config", "core", "ipc"),
    "tools": ("base", "config", "writer"),
    "kernel": ("base", "wire", "net", "config", "core", "policy", "tools"),
    "scripts": ("base", "config", "core", "policy", "tools"),
    "supervisor": ("base", "net", "config", "core", "ipc", "writer", "auth", "engine", "policy", "tools", "kernel", "scripts"),
    "writer": ("base",),
    "heartbeat": ("base", "config", "control", "core", "engine", "supervisor", "writer", "ipc", "auth"),
    "hbctl": ("base", "config", "control", "core", "auth"),
    "hbdump": ("base", "wire", "auth", "config", "core"),
}
# The doors between rooms that are narrower than a room: from, to, the only headers allowed.
ONLY = {
    ("config", "auth"): {"hb/auth/digest.hpp"},
    ("supervisor", "engine"): {"hb/engine/start.hpp"},   # the structure it forks an engine with
    ("supervisor", "core"): None,
}

# Inside a room: what each of its sub-rooms may include of it, a sub-room or a file. What lies directly in the room may include all.
SUB_ROOMS = {
    "core/act": ("core/say",),
    "core/decide": ("core/parts.hpp",),
    "core/peer": ("core/parts.hpp",),
    "core/self": (),
    "core/say": ("core/in_place.hpp", "core/log.hpp", "core/parts.hpp"),
    "supervisor/daemon": ("supervisor/events.hpp", "supervisor/supervisor.hpp", "supervisor/engines", "supervisor/links",
                          "supervisor/serve", "supervisor/state", "supervisor/users"),
    "supervisor/engines": ("supervisor/events.hpp",),
    "supervisor/links": ("supervisor/events.hpp",),
    "supervisor/serve": ("supervisor/events.hpp", "supervisor/state"),
    "supervisor/state": (),
    "supervisor/users": ("supervisor/events.hpp",),
}

# The two entry points that the supervisor forks into.
FORKS = ("engine/engine.hpp", "writer/writer.hpp")

# Objects that a test, a simulator or another machine can run as they are: no clock, no file, no socket, no library.
PURE = ("base", "wire", "net", "config", "core", "ipc", "control", "policy")
# The edge of these rooms, where the machine begins. Everything else in them is pure.
EDGE = {
    "base/memory.o": "locks and trims the memory of a process",
    "config/load.o": "knows where the three files are",
    "config/file.o": "reads a file, and nothing that is none",
    "config/seal.o": "the digests need libcrypto",
    "config/machine.o": "asks the machine about scripts and programs",
    "config/network.o": "asks the kernel about the network of this host",
    "config/unit.o": "reads the units of systemd",
    "ipc/channel.o": "the socket itself",
    "net/netlink.o": "the two sockets themselves",
    "net/questions.o": "asks the kernel",
    "net/rtmessage.o": "the messages of libmnl",
}
MEMORY_AND_STRINGS = re.compile(
    r"mem(cpy|move|set|cmp|chr|rchr|mem)|str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|error(_r|desc_np|name_np)?)"
    r"|__(memcpy|memmove|memset|strcpy|strcat|snprintf)_chk|bcmp"
    r"|abort|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__gmon_start__|__cxa_(guard_(acquire|release|abort)|atexit|pure_virtual)"
    r"|__dso_handle|__gxx_personality_v0|_Unwind_Resume|__tls_get_addr"
    r"|_Zn[wa]mS?t?.*|_Zd[la]P.*"                       # operator new and delete
    r"|_ZNK?St.*|_ZSt.*|_ZTV.*|_ZTI.*|_ZTS.*"           # the C++ library: strings, vectors, from_chars, throw helpers
    r"|__(div|mod|udiv|umod|mul)[a-z]*[0-9]+|__popcount[sdt]i2")
# The C++ library's own doors to the machine.
NOT_OF_THE_LIBRARY = re.compile(r".*(chrono|basic_[io]?f?stream|filebuf|this_thread|filesystem|random_device|locale|thread|mutex).*")
SANITIZER = re.compile(r"__(asan|ubsan|tsan|lsan|sanitizer)_.*")

# Headers that would let the engine wait, open, run or resolve something.
NOT_IN_ENGINE = re.compile(r"<(linux/(rtnetlink|netlink|if_addr)\.h|libmnl/.*|spawn\.h|sys/wait\.h|netdb\.h|resolv\.h|arpa/nameser\.h"
                           r"|fstream|filesystem|cstdio|stdio\.h|dirent\.h|pwd\.h|grp\.h|syslog\.h)>")
NOT_CALLED_IN_ENGINE = re.compile(r"\b(fork|vfork|execve?[lpe]*|posix_spawn|system|popen|getaddrinfo|gethostbyname|fopen|open|openat|creat|mkdir|unlink|rename|fsync)\s*\(")
# What the sandbox itself needs, before the loop.
SANDBOX = ("src/engine/sandbox.cpp",)

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def tree(*tops, ends=(".cpp", ".hpp")):
    for top in tops:
        for where, _, names in os.walk(top):
            for name in sorted(names):
                if name.endswith(ends):
                    yield os.path.join(where, name)


def room_of(path):
    parts = path.split(os.sep)
    return parts[2] if parts[:2] == ["include", "hb"] else parts[1]


# --- the checks: each returns what is wrong, one line each ---------------------------------------------

def includes_go_downward(_):
    """no room includes one that it must not know"""
    for path in tree("include/hb", "src"):
        room = room_of(path)
        for quote, header in INCLUDE.findall(read(path)):
            if quote == "<" and header.endswith(".h"):  # <net/ethernet.h> is the system's
                continue
            target = header.split("/")[1] if header.startswith("hb/") else header.split("/")[0]
            if target not in ROOMS or target == room or "/" not in header or (room == "supervisor" and header in FORKS):
                continue
            if (room, target) == ("heartbeat", "supervisor"):  # it wires the house and becomes the supervisor
                continue
            if target not in MAY_INCLUDE[room]:
                yield f"{path} includes {header}: {room} must not know {target}"
            elif not header.startswith("hb/"):
                yield f"{path} includes {header}: another room is reached through include/hb only"
            elif ONLY.get((room, target)) and header not in ONLY[room, target]:
                yield f"{path} includes {header}: {room} may use {', '.join(sorted(ONLY[room, target]))} of {target} only"


def sub_rooms_know_only_what_is_below(_):
    """no sub-room includes a file of its room that is not listed as lying below it"""
    for path in tree("src"):
        parts = path.split(os.sep)
        if len(parts) != 4:
            continue
        house, room = os.path.join("src", parts[1]), f"{parts[1]}/{parts[2]}"
        if room not in SUB_ROOMS:
            yield f"{path}: nothing is said about the sub-room {room}"
            continue
        for quote, header in INCLUDE.findall(read(path)):
            found = next((one for one in (os.path.normpath(os.path.join(os.path.dirname(path), header)), f"src/{header}")
                          if quote == '"' and os.path.exists(one)), "")
            if not found.startswith(house + os.sep):
                continue
            target = os.path.relpath(os.path.dirname(found), "src")
            if target != room and target not in SUB_ROOMS[room] and os.path.relpath(found, "src") not in SUB_ROOMS[room]:
                yield f"{path} includes {header}: {room} must not know {os.path.relpath(found, 'src')}"


def every_part_is_shown_and_tested(_):
    """every part of the core stands in docs/architecture.md with its question, and has a test of its own"""
    shown = set(re.findall(r"^\| `(\w+/\w+)` \| .*\? \|$", read("docs/architecture.md"), re.MULTILINE))
    parts = {f"{room}/{name[:-4]}" for room in ("peer", "self", "decide", "act", "say") if os.path.isdir(f"src/core/{room}")
             for name in os.listdir(f"src/core/{room}") if name.endswith(".hpp")}
    for part in sorted(parts ^ shown):
        yield f"{part} is {'not shown' if part in parts else 'shown, but does not exist'}"
    for part in sorted(parts):
        if not os.path.exists(f"tests/unit/core/{os.path.basename(part)}.cpp"):
            yield f"{part} has no test of its own"


def engine_and_supervisor_never_meet(_):
    """engine and supervisor share messages, a page and the point where one forks into the other, nothing else"""
    for path in tree("src/engine", "include/hb/engine"):
        if re.search(r'#include\s+"(hb/)?supervisor/', read(path)):
            yield f"{path} includes the supervisor"
    for path in tree("src/supervisor", "include/hb/supervisor"):
        for header in re.findall(r'#include\s+"((?:hb/)?engine/[^"]+)"', read(path)):
            if header != "hb/engine/start.hpp" and header not in FORKS:
                yield f"{path} includes {header}"


def engine_includes_nothing_that_waits(_):
    """no file of the engine includes netlink, process, resolver or file-writing headers, or calls such functions"""
    for path in tree("src/engine", "include/hb/engine"):
        text = read(path)
        for match in NOT_IN_ENGINE.finditer(text):
            yield f"{path} includes {match.group(0)}"
        if path in SANDBOX:
            continue
        for match in NOT_CALLED_IN_ENGINE.finditer(code_of(text)):
            if not re.search(r"[.>\w]$", code_of(text)[:match.start()][-1:]):
                yield f"{path} calls {match.group(1)}"


def pure_rooms_need_only_memory_and_strings(build):
    """the objects of the pure rooms need nothing beyond memory, string and C++ library functions"""
    objects = []
    for room in PURE:
        names = [os.path.relpath(path, f"{build}/obj/src") for path in tree(f"{build}/obj/src/{room}", ends=(".o",))]
        objects += [name for name in sorted(names) if os.path.exists(f"src/{name[:-2]}.cpp")]
    if len(objects) < len(PURE):
        yield f"no objects in {build}/obj/src: build first"
        return
    defined, needed = set(), []
    for name in objects:
        if name in EDGE:
            continue
        path = f"{build}/obj/src/{name}"
        for line in subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.splitlines():
            kind, symbol = line.split()[-2:]
            if kind in "Uw":
                needed.append((name, symbol))
            else:
                defined.add(symbol)
    for name, symbol in needed:
        if symbol in defined or SANITIZER.fullmatch(symbol):
            continue
        if not MEMORY_AND_STRINGS.fullmatch(symbol) or NOT_OF_THE_LIBRARY.fullmatch(symbol):
            yield f"src/{name[:-2]}.cpp needs {symbol}"


def edges_exist_or_are_forgotten(_):
    """every file that this page excepts from purity still exists in some form"""
    present = {os.path.relpath(path, "src")[:-4] + ".o" for room in PURE for path in tree(f"src/{room}", ends=(".cpp",))}
    for name in EDGE:
        if name not in present:
            yield f"{name} is excepted, but src/{name[:-2]}.cpp does not exist"


def directives():
    """Every ha.cf keyword that the parser knows: the first string of each row of its table."""
    known = set()
    for path in tree("src/config"):
        for table in re.findall(r"constexpr Directive directives\[\] = \{(.*?)\n\};", read(path), re.DOTALL):
            known |= set(re.findall(r'\{"([a-z_0-9]+)",', table))
    return known


def every_directive_is_in_the_manual(_):
    """every ha.cf directive that the parser knows stands in ha.cf(5)"""
    known = directives()
    if len(known) < 20:
        yield f"only {len(known)} directives found in src/config: this check no longer sees the table"
        return
    page = read("man/ha.cf.5")
    for word in sorted(known):
        if not re.search(rf"^\.(?:It .*|Ql ){re.escape(word)}\b", page, re.MULTILINE):
            yield f"man/ha.cf.5 has no entry for {word}"


KIND = re.compile(r'constexpr\s+(?:[a-z:]*::)?Kind\s+(\w+)\s*\{\s*(\d+)\s*,\s*(?:[a-z:]*::)?Level::(\w+)\s*,\s*((?:"(?:\\.|[^"\\])*"\s*)+)\}')
LEVEL_WORDS = {"emergency": "EMERG", "alert": "ALERT", "critical": "CRIT", "error": "ERROR", "warning": "WARN",
               "notice": "notice", "info": "info", "debug": "debug"}


def log_kinds():
    """(file, name, id, level, text) of every event that some room logs."""
    for path in tree("include/hb", "src"):
        body = read(path)
        for name, number, level, text in KIND.findall(body):
            words = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', text))
            yield path, name, int(number), LEVEL_WORDS[level], words.replace('\\"', '"').replace("\\\\", "\\")


def log_ids_are_unique(_):
    """no two events share a log id"""
    seen, rooms = {}, set()
    for path, name, number, _, _ in log_kinds():
        rooms.add(room_of(path))
        if number in seen:
            yield f"{path}: {name} has id {number}, which is {seen[number]}'s"
        seen[number] = name
    for room in sorted({"core", "engine", "kernel", "scripts", "supervisor", "writer"} - rooms):
        yield f"no event found in src/{room}: this check no longer sees its table"


def every_log_event_is_logged(_):
    """every event of the tables is named where something logs it"""
    code = "\n".join(read(path) for path in tree("src", "include"))
    for path, name, number, _, _ in log_kinds():
        if not re.search(rf"\b(log|event|say)::{name}\b", code):
            yield f"{path}: {name} ({number}) is never logged"


def page_entries():
    """id -> (level, text) of heartbeat-log(7): `.It Sy ID Ta LEVEL Ta ...` is written as `.It Sy ID LEVEL` and the text below."""
    page = read("man/heartbeat-log.7")
    found = {}
    for number, level, text in re.findall(r"^\.It Sy (\d+) (\w+)\n\.Li (.*)$", page, re.MULTILINE):
        plain = text.replace("\\&", "").replace("\\e", "\\").replace("\\(dq", '"').replace("\\-", "-").replace("\\(aq", "'")
        plain = plain.replace("\\(ga", "`").replace("\\(ha", "^").replace("\\(ti", "~")
        found[int(number)] = (level, plain.strip('"') if plain.startswith('"') else plain)
    return found


def every_log_id_is_in_the_manual(_):
    """every event stands in heartbeat-log(7) with its id, its level and its text, and the page names no other"""
    page = page_entries()
    known = set()
    for path, name, number, level, text in log_kinds():
        known.add(number)
        if number not in page:
            yield f"man/heartbeat-log.7 lacks {number} {level} {text} ({path}: {name})"
        elif page[number] != (level, text):
            yield f"man/heartbeat-log.7: {number} is {page[number][0]} {page[number][1]!r}, but {path} says {level} {text!r}"
    for number in sorted(set(page) - known):
        yield f"man/heartbeat-log.7 has {number}, which nothing logs"


def tracked():
    """The files of the checkout: git's, or in an unpacked source all but build/ and debian's own products."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [name.decode() for name in listed.stdout.split(b"\0") if name]
    return [os.path.relpath(path) for path in tree(".", ends=("",))
            if not path.startswith(("./build/", "./.git/", "./debian/.debhelper/", "./debian/heartbeat/"))]


def no_file_names_a_development_path(_):
    """no file of the checkout names a path of the machine it was written on"""
    own = os.path.dirname(os.getcwd())
    home = os.path.expanduser("~")
    # Written in two halves, so that this file does not accuse itself.
    paths = {"/wo" + "rk/", "../sha" + "red", "/ho" + "me/"}
    paths |= {p + "/" for p in (own, home) if p.count("/") > 1}
    for path in tracked():
        if not os.path.isfile(path) or os.path.islink(path):
            continue
        with open(path, "rb") as file:
            body = file.read()
        if b"\0" in body[:4096]:
            continue
        for number, line in enumerate(body.decode(errors="replace").splitlines(), 1):
            for word in paths:
                if word in line:
                    yield f"{path}:{number} names {word}"


def manual_pages_are_clean(_):
    """mandoc finds nothing to warn about in any manual page"""
    pages = sorted(tree("man", ends=tuple(".12345678")))
    if not pages:
        yield "no manual pages"
        return
    said = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"] + pages, capture_output=True, text=True, check=False)
    yield from (said.stdout + said.stderr).splitlines()


def every_program_has_a_manual_page(_):
    """every program that is installed has a manual page, and so has every file format"""
    for page in ("heartbeat.8", "hbctl.8", "hbdump.1", "ha.cf.5", "authkeys.5", "haresources.5",
                 "heartbeat-protocol.7", "heartbeat-log.7"):
        if not os.path.exists(f"man/{page}"):
            yield f"man/{page} does not exist"
    names = set(re.findall(r"^\.Nm (\w+)", read("man/hbctl.8").split(".Nd")[0], re.MULTILINE))
    for name in re.search(r"^BY_HBCTL\s*:=(.*)", read("Makefile"), re.MULTILINE).group(1).split():
        if name not in names:
            yield f"hbctl is installed as {name}, which man/hbctl.8 does not name"


def versions_agree(_):
    """Makefile, package and manual page name one version"""
    version = re.search(r"^VERSION\s*:=\s*(\S+)", read("Makefile"), re.MULTILINE).group(1)
    package = re.match(r"heartbeat \(1:([^)]*)-\d+\)", read("debian/changelog"))
    if not package or package.group(1) != version:
        yield f"debian/changelog does not begin with heartbeat (1:{version}-N)"
    if f"heartbeat {version}" not in read("man/heartbeat.8"):
        yield f"man/heartbeat.8 does not say heartbeat {version}"
    for path in tree("src", "include"):
        if f'"{version}"' in read(path):
            yield f"{path} writes the version out: it is HB_VERSION"


def files_and_functions_keep_their_size(_):
    """no source file is longer than 500 lines"""
    for path in tree("include", "src", "tests"):
        lines = read(path).count("\n")
        if lines > 500:
            yield f"{path} has {lines} lines"


MOST_MEMBERS, MOST_BOOLS = 12, 3
# (members, booleans) of what is larger. These become parts with a wall between them; until then the numbers only fall.
CROWDED = {
    "src/core/impl.hpp Impl": (57, 13),
    "src/core/tables.hpp Peer": (54, 22),
    "src/core/tables.hpp Group": (28, 15),
    "src/core/guard.hpp Guard": (13, 4),
    "src/supervisor/daemon/daemon.hpp Daemon": (49, 1),
    "include/hb/kernel/addresses.hpp Addresses": (35, 3),
    "src/supervisor/serve/server.hpp Server": (26, 3),
    "include/hb/scripts/script.hpp Run": (19, 3),
    "include/hb/scripts/fence.hpp Run": (11, 4),
    "src/engine/loop.hpp Engine": (43, 2),
    "include/hb/config/config.hpp Config": (34, 5),        # what the three files say: a record
    "src/config/ha_cf.hpp HaCf": (17, 2),                  # the same, while it is read
    "include/hb/engine/start.hpp EngineStart": (17, 2),    # what an engine is forked with: a record
    "include/hb/net/mirror.hpp Link": (10, 4),             # flags of the kernel's answer
    "include/hb/net/mirror.hpp Interface": (9, 5),
    "src/hbctl/cl_status.cpp Call": (6, 4),                # options of a command line
}


def classes_are_small(_):
    """no class has more than 12 data members or 3 booleans, but for those that are listed with their numbers"""
    found = {}
    for path in tree("include", "src"):
        for name, members in classes(read(path)):
            counts = len(members), sum(boolean for _, boolean in members)
            if counts[0] > MOST_MEMBERS or counts[1] > MOST_BOOLS:
                found[f"{path} {name}"] = counts
    for name in sorted(found.keys() | CROWDED.keys()):
        if found.get(name) != CROWDED.get(name):
            yield f"{name} has {found.get(name, 'few')} members and booleans, listed: {CROWDED.get(name, 'not')}"


def breakages_quote_what_stands_there(_):
    """every text that a breakage of the simulator quotes stands exactly once in its file"""
    said = subprocess.run([sys.executable, "tests/sim/breakages.py", "--texts"], capture_output=True, text=True, check=False)
    yield from (said.stdout + said.stderr).splitlines()


def tools_see_what_they_look_for(_):
    """the programs that change the code at random and count what runs see what they look for, as docs/mutants.md quotes it"""
    for program in ("mutants", "coverage"):
        said = subprocess.run([sys.executable, f"tests/tools/{program}.py", "--check"], capture_output=True, text=True, check=False)
        yield from (said.stdout + said.stderr).splitlines()


class Skipped(Exception):
    """A check cannot be made here; the text says why."""


FORMATTER = "14"    # of clang-format, Debian 12's: each version breaks some lines in its own way


def clang_format_would_change_nothing(_):
    """clang-format would change nothing in any file of C++"""
    program = shutil.which(f"clang-format-{FORMATTER}") or shutil.which("clang-format")
    if not program:
        raise Skipped(f"no clang-format-{FORMATTER} here")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if not re.search(rf"version {FORMATTER}\.", version):
        raise Skipped(f"clang-format here is not version {FORMATTER}: {version.strip()}")
    said = subprocess.run([program, "--dry-run", "-Werror", *tree("include", "src", "tests")], capture_output=True, text=True,
                          check=False).stderr
    for path in dict.fromkeys(re.findall(r"^(\S+?):\d+:\d+: error", said, re.MULTILINE)):
        yield f"{path}: run {os.path.basename(program)} -i {path}"


# What is wrong on purpose, deep in a room: each check that walks the tree must see it.
PLANTED = {
    "src/core/impl.hpp": "\n",
    "src/core/decide/bold.cpp": '#include "../impl.hpp"\n',
    "src/core/peer/curious.cpp": '#include "hb/supervisor/supervisor.hpp"\n#include <ctime>\n'
                                 'namespace hb { long now() { return std::time(nullptr); } }\n',
    "src/core/peer/long.hpp": "struct Crowd {\n" + "    bool one;\n" * 500 + "};\n",
    "src/engine/deep/writes.cpp": "#include <fstream>\n",
    "src/supervisor/deep/engine.cpp": '#include "engine/inbox.hpp"\n',
}
SEES = (includes_go_downward, sub_rooms_know_only_what_is_below, engine_and_supervisor_never_meet, engine_includes_nothing_that_waits,
        pure_rooms_need_only_memory_and_strings, files_and_functions_keep_their_size, classes_are_small, clang_format_would_change_nothing)


def checks_see_what_lies_deep(build):
    """the checks that walk the tree see a file in a sub-room that breaks a rule"""
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as place:
        for path, text in PLANTED.items():
            os.makedirs(os.path.join(place, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(place, path), "w", encoding="utf-8") as file:
                file.write(text)
        for number, name in enumerate(f"{room}/deep/clock.o" for room in PURE):
            source, made = f"{place}/src/{name[:-2]}.cpp", f"{place}/build/obj/src/{name}"
            for path in (source, made):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(source, "w", encoding="utf-8") as file:
                file.write(f"#include <ctime>\nlong now{number}() {{ return std::time(nullptr); }}\n")
            subprocess.run([*shlex.split(os.environ.get("CXX", "g++")), "-c", "-o", made, source], check=True)
        os.chdir(place)
        try:
            shutil.copy(os.path.join(home, ".clang-format"), place)
            for check in SEES:
                try:
                    if not any(re.match(r"src/\w+/\w+/", line) for line in check("build")):
                        yield f"{check.__name__} does not see what lies in a sub-room"
                except Skipped:
                    continue
        finally:
            os.chdir(home)


CHECKS = (includes_go_downward, sub_rooms_know_only_what_is_below, every_part_is_shown_and_tested, engine_and_supervisor_never_meet,
          engine_includes_nothing_that_waits, pure_rooms_need_only_memory_and_strings, edges_exist_or_are_forgotten, every_directive_is_in_the_manual,
          log_ids_are_unique, every_log_event_is_logged, every_log_id_is_in_the_manual, no_file_names_a_development_path, manual_pages_are_clean,
          every_program_has_a_manual_page, versions_agree, files_and_functions_keep_their_size,
          classes_are_small, breakages_quote_what_stands_there, tools_see_what_they_look_for, clang_format_would_change_nothing, checks_see_what_lies_deep)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default="build")
    options.add_argument("--list", action="store_true")
    options.add_argument("only", nargs="*")
    chosen = options.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    failed = skipped = 0
    checks = [c for c in CHECKS if not chosen.only or c.__name__ in chosen.only]
    for check in checks:
        if chosen.list:
            print(f"{check.__name__}: {check.__doc__}")
            continue
        try:
            wrong = list(check(chosen.build))
        except (OSError, subprocess.SubprocessError) as error:
            wrong = [str(error)]
        except Skipped as reason:
            print(f"skip  {check.__doc__}: {reason}")
            skipped += 1
            continue
        print(f"{'FAIL' if wrong else 'ok  '}  {check.__doc__}")
        for line in wrong:
            print(f"      {line}")
        failed += bool(wrong)
    if not chosen.list:
        print(f"{len(checks) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
