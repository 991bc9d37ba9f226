"""How long it takes to give addresses up, seen by the kernel of the host that has them; see scenarios.py."""
import re
import signal
import time

from cluster import read_json
from lab import Lab, program, wait
from scenarios import Stage, add

REMOVED = re.compile(r'^\[\d+-\d+-\d+T(\d+):(\d+):([\d.]+)\] Deleted .* inet ([\d.]+)/')


def removals(text):
    """[seconds of the day] of each address that the kernel took away."""
    found = map(REMOVED.match, text.splitlines())
    return [int(hour) * 3600 + int(minute) * 60 + float(second) for hour, minute, second, _ in
            (line.groups() for line in found if line)]


def floor(count, rounds):
    """One by one: remove, acknowledge."""
    found = {}
    with Lab(network='10.77.0.0/16') as lab:
        for _ in range(rounds):
            command = program('floor'), '--address', '10.77.4.1', '--count', count
            add(found, f'{count} addresses removed', read_json(lab.b.run(*command, check=True).text)['remove_ms'])
    return found


def hang(kind, keepalive, deadtime, rounds, count=1000):
    """SIGSTOP to the engine of the owner: from the first address that is gone to the last."""
    found = {}
    with Stage(kind, keepalive, deadtime, count) as stage:
        stage.begin()
        for _ in range(rounds):
            monitor = stage.a.background('ip', '-o', '-ts', 'monitor', 'address', 'dev', 'eth0')
            time.sleep(0.5)
            engine = stage.a.run('pgrep', '-x', 'hb-engine').text.split()
            stage.a.run('kill', f'-{int(signal.SIGSTOP)}', *engine, check=True)
            wait(lambda: len(removals(monitor.text())) >= count, 30, f'{count} addresses are removed')
            gone = removals(monitor.stop())[:count]
            add(found, f'{count} addresses removed', (gone[-1] - gone[0]) * 1000)
            stage.wait_serves(stage.a, 120)
    return found
