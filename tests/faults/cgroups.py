"""Control groups for a host's daemon: frozen, or short of memory. They are made in hierarchies that the host mounts
for itself, and removed when the stage ends."""
import os

from lab import Background, LabError, wait

NAME = f'hb-lab-{os.getpid()}'

# Prints the directory of a new group, and the file that limits its memory.
FREEZER = f'''
mkdir -p /run/cgroup2 && mountpoint -q /run/cgroup2 || mount -t cgroup2 none /run/cgroup2 || exit 1
for left in /run/cgroup2/hb-lab-*; do [ -e "$left" ] && rmdir "$left" 2>/dev/null; done
mkdir -p /run/cgroup2/{NAME} && [ -e /run/cgroup2/{NAME}/cgroup.freeze ] && echo /run/cgroup2/{NAME}
'''
MEMORY = f'''
mkdir -p /run/cgroup2 /run/cgroup-memory
mountpoint -q /run/cgroup2 || mount -t cgroup2 none /run/cgroup2
if grep -qw memory /run/cgroup2/cgroup.subtree_control 2>/dev/null; then
    mkdir -p /run/cgroup2/{NAME}-memory && echo /run/cgroup2/{NAME}-memory memory.max
else
    mountpoint -q /run/cgroup-memory || mount -t cgroup -o memory none /run/cgroup-memory || exit 1
    mkdir -p /run/cgroup-memory/{NAME} && echo /run/cgroup-memory/{NAME} memory.limit_in_bytes
fi
'''
# Four processes that take memory in the group until they are killed for it themselves. The daemon's were made worse by
# their score, and the kernel takes the worst first: so none of the four may be much of the whole.
HOG = '''
import os
with open("{group}/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))
os.fork()
os.fork()
held = []
while True:
    held.append(bytearray(1 << 18))
'''


class Cgroups:
    def __init__(self):
        self._made = []

    def _make(self, host, script):
        made = host.shell(script)
        words = made.text.split()
        if made.code != 0 or not words:
            raise LabError(f'no control group: {made.text.strip()}')
        if (host, words[0]) not in self._made:
            self._made.append((host, words[0]))
        return words

    def can_freeze(self, host):
        return self._can(host, FREEZER)

    def can_run_out_of_memory(self, host):
        return self._can(host, MEMORY)

    def _can(self, host, script):
        try:
            return bool(self._make(host, script))
        except LabError:
            return False

    @staticmethod
    def _move(host, group, pids):
        for pid in pids:
            host.shell(f'echo {pid} >{group}/cgroup.procs', check=True)

    def freeze(self, host, pids):
        """Returns what thaws them."""
        (group,) = self._make(host, FREEZER)
        self._move(host, group, pids)
        host.shell(f'echo 1 >{group}/cgroup.freeze', check=True)

        def thaw():
            host.shell(f'echo 0 >{group}/cgroup.freeze', check=True)
            host.shell(f'for p in $(cat {group}/cgroup.procs); do echo $p >/run/cgroup2/cgroup.procs; done')

        return thaw

    def run_out_of_memory(self, host, pids):
        """Until none of them lives; each is killed by the kernel."""
        group, limit = self._make(host, MEMORY)
        for pid in pids:
            host.shell(f'echo 1000 >/proc/{pid}/oom_score_adj', check=True)
        self._move(host, group, pids)
        host.shell(f'echo 33554432 >{group}/{limit}', check=True)
        hog = Background(host.space.enter('python3', '-c', HOG.format(group=group)))
        try:
            wait(lambda: not any(_lives(host, pid) for pid in pids), 20, 'the kernel kills them')
        finally:
            hog.kill()

    def close(self):
        for host, group in self._made:
            if host.is_on:
                host.shell(f'for p in $(cat {group}/cgroup.procs); do kill -KILL $p; done; sleep 0.1; rmdir {group}')
        self._made = []


def _lives(host, pid):
    state = host.read(f'/proc/{pid}/stat').rpartition(')')[2].split()
    return bool(state) and state[0] not in 'ZX'
