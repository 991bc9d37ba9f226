"""Whether the machine stood still. Tests with real daemons run by the real clock: where a deadtime is a second, a pause of
a second is a death, and says nothing about the daemon."""
import mmap
import os
import signal
import struct
import time

LIMIT = 0.2  # s; the shortest deadtime of the tests is longer
STEP = 0.01
LAST = struct.Struct('dd')  # when the last long gap ended, by time.monotonic(), and how long it was


class Watch:
    """A child on each processor sleeps 10 ms at a time and notes each gap above the limit."""

    def __init__(self):
        self.cpus = sorted(os.sched_getaffinity(0))
        self.page = mmap.mmap(-1, LAST.size * len(self.cpus))
        self.children = [self._start(place, cpu) for place, cpu in enumerate(self.cpus)]

    def _start(self, place, cpu):
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        try:
            os.sched_setaffinity(0, {cpu})
            try:
                os.nice(-20)
            except PermissionError:
                pass
            last = time.monotonic()
            while os.getppid() == parent:
                time.sleep(STEP)
                now = time.monotonic()
                if now - last > LIMIT:
                    LAST.pack_into(self.page, place * LAST.size, now, now - last)
                last = now
        finally:
            os._exit(0)

    def since(self, start):
        """Seconds that a processor last stood still, if that ended after `start` (of time.monotonic()), else 0."""
        gaps = (LAST.unpack_from(self.page, place * LAST.size) for place in range(len(self.cpus)))
        return max((length for ended, length in gaps if ended > start), default=0)

    def close(self):
        for child in self.children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        self.children = []
