"""What a resource script of the lab wrote about itself, from both hosts into one file."""
import os
import shutil
import tempfile

# `journal::NAME` keeps a flag and notes when it begins and ends, in nanoseconds of the wall clock. `status`
# is judged by what it prints: its exit code is always 0, as 3.0.6 accepts it. {place}/slow-start, slow-stop
# and slow-status hold seconds; {place}/fail-HOST makes a start on that host fail, fail-stop-HOST a stop.
SCRIPT = '''#!/bin/sh
# A service of the lab.
name=$1
flag=/run/journal-$name.flag
host=$(uname -n)
note() {{ echo "$(date +%s%N) $host $1 $name" >>{place}/journal; }}
for action; do :; done
case $action in
start)
    [ -e $flag ] && exit 0
    [ -e {place}/fail-$host ] && exit 1
    : >$flag.begun
    note starting
    [ -e {place}/slow-start ] && sleep "$(cat {place}/slow-start)"
    : >$flag
    note started;;
stop)
    [ -e $flag ] || [ -e $flag.begun ] || exit 0
    note stopping
    [ -e {place}/fail-stop-$host ] && exit 1
    [ -e {place}/slow-stop ] && sleep "$(cat {place}/slow-stop)"
    rm -f $flag $flag.begun
    note stopped;;
status)
    [ -e {place}/slow-status ] && sleep "$(cat {place}/slow-status)"
    if [ -e $flag ]; then echo running; else echo stopped; fi;;
esac
exit 0
'''


class Journal:
    """The file is where both hosts see it: their /tmp is this machine's."""

    def __init__(self):
        self.place = tempfile.mkdtemp(prefix='hb-peer-', dir='/tmp')
        self.path = os.path.join(self.place, 'journal')
        with open(self.path, 'w', encoding='ascii'):
            pass

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def install(self, host):
        host.write('/etc/ha.d/resource.d/journal', SCRIPT.format(place=self.place), 0o755)

    def set(self, name, value=''):
        with open(os.path.join(self.place, name), 'w', encoding='ascii') as file:
            file.write(str(value))

    def unset(self, name):
        if os.path.exists(os.path.join(self.place, name)):
            os.unlink(os.path.join(self.place, name))

    def note(self, at_ns, host, event, name='*'):
        with open(self.path, 'a', encoding='ascii') as file:
            file.write(f'{at_ns} {host} {event} {name}\n')

    def events(self):
        """[(seconds, host, event, name)] in the order of time."""
        with open(self.path, encoding='ascii') as file:
            lines = [line.split() for line in file.read().splitlines() if line.count(' ') == 3]
        return sorted((int(at) / 1e9, host, event, name) for at, host, event, name in lines)

    def runs(self, name):
        """[(host, first, last)], begin of a start to end of a stop or power cut; None: still there."""
        found, begun = [], {}
        for at, host, event, which in self.events():
            if event == 'cut' and host in begun:
                found.append((host, begun.pop(host), at))
            elif which == name and event == 'starting':
                begun.setdefault(host, at)
            elif which == name and event == 'stopped' and host in begun:
                found.append((host, begun.pop(host), at))
        return sorted(found + [(host, at, None) for host, at in begun.items()], key=lambda run: run[1])

    def overlaps(self, name):
        runs = self.runs(name)
        return [
            (one, two)
            for at, one in enumerate(runs)
            for two in runs[at + 1 :]
            if one[0] != two[0] and (one[2] is None or two[1] < one[2])
        ]

    def gaps(self, name):
        """[(from host, to host, seconds)], begin of a stop or power cut to end of the next start."""
        found, left = [], None
        for at, host, event, which in self.events():
            if which == name and event == 'started':
                if left:
                    found.append((left[0], host, at - left[1]))
                left = None
            elif which == name and event == 'stopping':
                left = (host, at)
            elif event == 'cut' and self.had(name, host, at):
                left = (host, at)
        return found

    def had(self, name, host, when):
        return any(
            where == host and first < when and (last is None or when <= last)
            for where, first, last in self.runs(name)
        )

    def began(self, name, host, since=0.0):
        """When it was last begun on the host after `since`; None if never."""
        wanted = (host, 'starting', name)
        return next((at for at, *what in self.events() if tuple(what) == wanted and at > since), None)
