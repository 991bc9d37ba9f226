"""What a 3.0.6 complains about, and what of it a test bears.

A complaint is a line of its log with EMERG, ALERT, CRIT or ERROR, without numbers and times; SELF is the node
that says it, PEER the other one. Each set below is what two 3.0.6 say in the same story (test_control.py); an
entry with `*` at its end is a beginning.
"""
import re

GRAVE = re.compile(r'\b(EMERG|ALERT|CRIT|ERROR): +(.*)$')

# Its reader of the FIFO drops a message that a slow script writes in pieces, and two that two scripts write at once.
SWALLOWED = ('msg2string: Message with zero fields', 'NV failure (msgfromsteam): [>>>*')
# Said whatever is done: the limit of locked memory is small in a namespace.
UNLOCKED = 'Cannot lock ourselves into memory: System limits on locked-in memory are too small.'
# It takes over after a stop, and its scripts need longer than the deadtime: its own `done` comes too late.
SLOW_TAKEOVER = "Ignored standby message 'done' from SELF in state N"
# These need no fault of anybody, only a busy machine.
BY_ITSELF = (UNLOCKED, *SWALLOWED, SLOW_TAKEOVER)
# A `resource` comes late: its audit compares the past with the present.
LATE = ('Both machines own *', 'No one owns *')
# A partition: each side has taken everything.
PARTED = ('Both machines own *',)
# Ours has let go of what it cannot serve without a carrier, and says so when the cable is in again. A 3.0.6 in its place
# would hold on to an address that nobody reaches.
NO_CARRIER = ('No one owns *',)
# It is told by its operator while the other node is going away.
OTHER_IS_LEAVING = ("Ignored standby message 'me' from SELF in state N",)
# A resource script does not start.
FAILED_START = (
    'Giving up resources due to failure of journal::*',
    'Return code N from /etc/ha.d//resource.d/journal*',
)
# After its first rereading it checks messages of a second key with the text of the first one.
STALE_KEY = (
    'authtoken does not match, *',
    'netstring authentication failed, *',
    'MSG: Dumping message with N fields',
    'MSGN : *',
)
# Datagrams that are no messages.
GARBAGE = (
    'ha_msg_addraw*',
    'NV failure (string2msg_ll):',
    'Input string: *',
    'sp=*',
    's=*',
    'depth=N',
    'netstring2msg_rec:peel_netstring fails for name/value pair',
    'peel_netstring*',
    'MSG: Dumping message with N fields',
    'MSGN : *',
)
# A datagram that kills its master process.
DYING = ('Emergency Shutdown*', 'Killing pid N with SIGTERM')


def normal(text, own):
    text = re.sub(r'\[[^\]]*\]|\b0x[0-9a-f]+|\b\d+', 'N', text)
    names = {own: 'SELF', 'b' if own == 'a' else 'a': 'PEER'}
    return re.sub(r'\b[ab]\b', lambda name: names[name.group()], ' '.join(text.split()))


def grave(log, own):
    """The set of complaints of that node."""
    return {normal(match.group(2), own) for match in map(GRAVE.search, log.splitlines()) if match}


def matches(line, entry):
    return line.startswith(entry[:-1]) if entry.endswith('*') else line == entry


def without(lines, entries):
    """Those lines that no entry names."""
    return {line for line in lines if not any(matches(line, entry) for entry in entries)}


def unsaid(lines, entries):
    """Those entries that name no line."""
    return {entry for entry in entries if not any(matches(line, entry) for line in lines)}
