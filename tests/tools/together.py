#!/usr/bin/env python3
"""Compiles many files as few: `together.py OUT COMPILER FLAGS FILE...` makes the object OUT and OUT's list of headers for make.

Each file would read the same headers again, which takes most of the time. Here a file includes the .cpp of a room, and is compiled
once. Where two of them give one name to different things, the compiler names the second one, which goes into the next such file.
What is left alone and still does not compile is a fault. Nothing that is installed is made in this way.
"""
import os
import re
import shlex
import subprocess
import sys

MOST = 24  # files in one: what a compiler has in memory is bounded


def blamed(said, files):
    """The files in which the compiler found something wrong."""
    found = {os.path.normpath(path) for path in re.findall(r"^([^\s:]+):\d+:\d+: (?:fatal )?error: ", said, re.MULTILINE)}
    return [path for path in files if path in found]


def compile_group(out, command, files):
    """Compiles as many of these as can be, and gives back the others."""
    source = out.removesuffix(".o") + ".cpp"
    rest = []
    while True:
        with open(source, "w", encoding="utf-8") as file:
            file.write("".join(f'#include "{path}"\n' for path in files))
        run = subprocess.run([*command, "-iquote", ".", "-MMD", "-MP", "-c", "-o", out, source], stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode == 0:
            return rest
        wrong = blamed(run.stderr, files) or files[len(files) // 2:]
        if len(files) == 1 or (len(wrong) == len(files) == 1):
            sys.exit(run.stderr)
        wrong = wrong if len(wrong) < len(files) else wrong[1:]
        files = [path for path in files if path not in wrong]
        rest += wrong


def main():
    out, compiler, flags, *files = sys.argv[1:]
    command = [*shlex.split(compiler), *shlex.split(flags)]
    made, waiting = [], list(files)
    while waiting:
        part = f"{out.removesuffix('.o')}.{len(made)}.o"
        group, later = waiting[:MOST], waiting[MOST:]
        waiting = compile_group(part, command, group) + later
        made.append(part)
    subprocess.run(["ld", "-r", "-o", out, *made], check=True)
    headers = set()
    for part in made:
        with open(part.removesuffix(".o") + ".d", encoding="utf-8") as file:
            headers |= {name for name in file.read().split("\n\n")[0].replace("\\\n", " ").split()[1:] if "/together/" not in name}
        os.remove(part)
    names = sorted(os.path.normpath(name) for name in headers if not name.endswith(":"))
    with open(out.removesuffix(".o") + ".d", "w", encoding="utf-8") as file:
        file.write(f"{out}: {' '.join(names)}\n" + "".join(f"{name}:\n" for name in names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
