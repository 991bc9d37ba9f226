"""What a 3.0.6 complains about, and what of it a test bears.

A complaint is a line of its log with EMERG, ALERT, CRIT or ERROR, without names, numbers and times. Each set
below is what two 3.0.6 say in the same story (test_control.py); an entry with `*` at its end is a beginning.
"""
import re

GRAVE = re.compile(r'\b(EMERG|ALERT|CRIT|ERROR): +(.*)$')

# Its reader of the FIFO drops a message that a slow script writes in pieces.
SWALLOWED = 'msg2string: Message with zero fields'
# Said whatever is done: the limit of locked memory is small in a namespace, and the machine may be busy.
BY_ITSELF = ('Cannot lock ourselves into memory: System limits on locked-in memory are too small.', SWALLOWED)
# A `resource` comes late: its audit compares the past with the present.
LATE = ('Both machines own *', 'No one owns *')
# A partition: each side has taken everything.
PARTED = ('Both machines own *',)
# It is told by its operator while the other node is going away.
OTHER_IS_LEAVING = ("Ignored standby message 'me' from X in state N",)
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


def normal(text):
    text = re.sub(r'\[[^\]]*\]|\b0x[0-9a-f]+|\b\d+', 'N', text)
    return re.sub(r'\b[ab]\b', 'X', ' '.join(text.split()))


def grave(log):
    """The set of complaints."""
    return {normal(match.group(2)) for match in map(GRAVE.search, log.splitlines()) if match}


def matches(line, entry):
    return line.startswith(entry[:-1]) if entry.endswith('*') else line == entry


def without(lines, entries):
    """Those lines that no entry names."""
    return {line for line in lines if not any(matches(line, entry) for entry in entries)}


def unsaid(lines, entries):
    """Those entries that name no line."""
    return {entry for entry in entries if not any(matches(line, entry) for line in lines)}
