"""The faults, one function each: it harms, waits, mends; the pair settles afterwards. `ends` is where the group must
be then: 'stays', 'moves' or 'either'. `promise`: what `hbctl check` must say for two owners to be judged."""
import signal
import time
from dataclasses import dataclass, field
from typing import Callable

from lab import wait
from stage import can_loop

EVERY = []
# Of `hbctl check`.
KILLED = 'the engine of heartbeat is killed: the next one goes on, and nothing moves'
HANGS = 'the engine hangs: what it holds is gone'
ALONE = 'the supervisor is killed: its engine keeps the others away'
WHOLE = 'heartbeat is killed whole or frozen: the kernel ends its addresses'
POWER = 'a node loses its power'
CARRIER = 'the interface of an address loses its carrier'
DIRECTION = 'heartbeats pass in one direction only'
NOTHING = None


@dataclass
class Fault:
    name: str
    title: str
    inject: Callable
    ends: str = 'stays'
    promise: str = ''  # '' goes without saying; NOTHING: two owners are not excluded
    quick: bool = False  # one of those that `make check` runs
    peers: bool = False  # has a meaning for other systems
    needs: Callable = lambda stage: ''  # why it cannot run here
    interval_us: int = 1000  # of the client's questions
    users: bool = False  # UDP questions, too: is the client's ARP cache right?
    stage: dict = field(default_factory=dict)  # of Stage: keepalive, deadtime in ms instead of the common ones, ...


def fault(title, **options):
    def register(function):
        EVERY.append(Fault(function.__name__.replace('_', '-'), title, function, **options))
        return function

    return register


def long(stage):
    """Longer than any patience of the peer."""
    return max(3 * stage.deadtime, 1.0)


# Processes ------------------------------------------------------------------------------------------


@fault('engine of the owner: SIGKILL', promise=KILLED, quick=True)
def kill_engine(s):
    s.signal(s.owner, 'engine', signal.SIGKILL)
    time.sleep(long(s))


@fault('engine of the standby: SIGKILL', promise=KILLED, quick=True)
def kill_engine_of_standby(s):
    s.signal(s.standby, 'engine', signal.SIGKILL)
    time.sleep(long(s))


@fault('supervisor of the owner: SIGKILL, not started again', promise=ALONE, ends='moves')
def kill_supervisor(s):
    s.signal(s.owner, 'supervisor', signal.SIGKILL)
    s.wait_serves(s.standby)
    s.wait_ended(s.owner)
    s.start(s.owner)


@fault('supervisor of the owner: SIGKILL, started again by init after 100 ms', promise=ALONE, ends='either')
def restart_supervisor(s):
    s.signal(s.owner, 'supervisor', signal.SIGKILL)
    time.sleep(0.1)
    s.start(s.owner)
    time.sleep(long(s))


@fault('daemon of the owner killed whole, not started again', promise=WHOLE, ends='moves', quick=True, peers=True)
def kill_all(s):
    s.signal(s.owner, 'all', signal.SIGKILL)
    s.wait_serves(s.standby)
    time.sleep(s.aftermath)
    s.start(s.owner)


@fault(
    'daemon of the owner killed whole, deadtime 5 s',
    promise=WHOLE,
    ends='moves',
    stage={'keepalive': 500, 'deadtime': 5000},
)
def kill_all_long(s):
    kill_all(s)


@fault('daemon of the owner killed whole, started again by init after 100 ms', promise=WHOLE, ends='either')
def restart_all(s):
    s.signal(s.owner, 'all', signal.SIGKILL)
    time.sleep(0.1)
    s.start(s.owner)
    time.sleep(long(s))


@fault('daemon of the standby killed whole', promise=WHOLE, quick=True)
def kill_all_of_standby(s):
    s.signal(s.standby, 'all', signal.SIGKILL)
    time.sleep(long(s))
    s.start(s.standby)


@fault('engine of the owner: SIGSTOP for 2 s', promise=HANGS, ends='either', quick=True)
def stop_engine(s):
    pids = s.pids(s.owner, 'engine')
    s.owner.run('kill', '-STOP', *pids, check=True)
    s.marks['hold'] = s.hold_until(s.owner)
    time.sleep(2)
    s.owner.run('kill', '-CONT', *pids)


@fault('engine of the standby: SIGSTOP for 2 s', promise=HANGS)
def stop_engine_of_standby(s):
    s.stop_and_continue(s.standby, 'engine', 2)


@fault('supervisor of the owner: SIGSTOP for 5 s', promise=WHOLE, ends='either')
def stop_supervisor(s):
    s.stop_and_continue(s.owner, 'supervisor', 5)


@fault('daemon of the owner: SIGSTOP for 5 s', promise=WHOLE, ends='moves', peers=True)
def stop_all(s):
    s.stop_and_continue(s.owner, 'all', 5)


@fault('daemon of the standby: SIGSTOP for 2 s', quick=True, peers=True)
def stop_all_of_standby(s):
    s.stop_and_continue(s.standby, 'all', 2)


@fault('daemon of the owner: SIGSTOP for half a deadtime')
def stop_all_shortly(s):
    s.stop_and_continue(s.owner, 'all', s.deadtime / 2)


@fault(
    'engine of the owner in an endless loop',
    promise=HANGS,
    ends='either',
    quick=True,
    needs=lambda s: '' if can_loop() else 'the loop is put in as x86-64 code',
)
def loop_engine(s):
    s.loop_for_ever(s.owner)
    s.marks['hold'] = s.hold_until(s.owner)
    time.sleep(2)


@fault(
    'control group of the owner frozen for 5 s',
    promise=WHOLE,
    ends='moves',
    needs=lambda s: '' if s.cgroups.can_freeze(s.owner) else 'no cgroup2 here',
)
def freeze(s):
    thaw = s.cgroups.freeze(s.owner, s.pids(s.owner, 'all'))
    time.sleep(5)
    thaw()


@fault(
    'control group of the standby frozen for 2 s',
    needs=lambda s: '' if s.cgroups.can_freeze(s.standby) else 'no cgroup2 here',
)
def freeze_of_standby(s):
    thaw = s.cgroups.freeze(s.standby, s.pids(s.standby, 'all'))
    time.sleep(2)
    thaw()


def _no_memory_group(s):
    return '' if s.cgroups.can_run_out_of_memory(s.owner) else 'no memory control group here'


@fault('engine of the owner: out-of-memory kill', promise=KILLED, needs=_no_memory_group)
def oom_engine(s):
    s.cgroups.run_out_of_memory(s.owner, s.pids(s.owner, 'engine'))
    time.sleep(long(s))


@fault('daemon of the owner: out-of-memory kill of all', promise=WHOLE, ends='moves', needs=_no_memory_group)
def oom_all(s):
    s.cgroups.run_out_of_memory(s.owner, s.pids(s.owner, 'all'))
    s.wait_serves(s.standby)
    time.sleep(s.aftermath)
    s.start(s.owner)


# Hosts and cables -----------------------------------------------------------------------------------


@fault('power of the owner cut', promise=POWER, ends='moves', quick=True, peers=True)
def power(s):
    s.owner.cut_power()
    s.wait_serves(s.standby)
    s.owner.boot()
    s.start(s.owner)


@fault('cable of the owner out for 2 s and in again', promise=CARRIER, ends='either', quick=True, peers=True)
def cable(s):
    s.owner.cut_cable()
    s.wait_serves(s.standby)
    time.sleep(2)
    s.mark('heal')
    s.owner.mend_cable()


@fault('cable of the owner out for 2 s, the nodes hear each other over a second one', promise=CARRIER, ends='moves', stage={'second': True})
def cable_with_second(s):
    s.owner.cut_cable()
    s.wait_serves(s.standby)
    time.sleep(2)
    s.mark('heal')
    s.owner.mend_cable()


@fault('cable of the owner out for half a deadtime', promise=CARRIER, ends='either')
def cable_shortly(s):
    s.owner.cut_cable()
    time.sleep(s.deadtime / 2)
    s.mark('heal')
    s.owner.mend_cable()


@fault('cable of the standby out for 2 s and in again', promise=CARRIER, ends='either', quick=True)
def cable_of_standby(s):
    s.standby.cut_cable()
    time.sleep(2)
    s.mark('heal')
    s.standby.mend_cable()


def _partition(s, seconds):
    s.lab.isolate()
    time.sleep(seconds)
    s.mark('heal')
    s.lab.isolate(False)


@fault(
    'partition for 2 s, both seen by the client; heal',
    ends='either',
    promise=NOTHING,
    quick=True,
    peers=True,
    users=True,
    stage={'keepalive': 100},
)
def partition(s):
    _partition(s, 2)


@fault('partition for a quarter of a deadtime')
def partition_shortly(s):
    _partition(s, s.deadtime / 4)


@fault('owner cut off from everybody at the switch for 2 s; heal', ends='either', promise=NOTHING, peers=True)
def owner_cut_off(s):
    s.lab.drop(s.owner, None)
    s.lab.drop(None, s.owner)
    s.wait_serves(s.standby)
    time.sleep(2)
    s.mark('heal')
    s.lab.drop_nothing()


# Firewalls ------------------------------------------------------------------------------------------

INPUT = 'table inet faults { chain c { type filter hook input priority 0; udp dport 694 drop; meta l4proto vrrp drop; }; }'
OUTPUT = INPUT.replace('hook input', 'hook output')
INGRESS = (
    'table netdev faults { chain c { type filter hook ingress device eth0 priority 0; udp dport 694 drop; }; }'
)


def _firewall(s, host, rules, seconds=None):
    s.nft(host, rules)
    time.sleep(seconds or long(s))
    s.no_nft(host)


@fault("firewall drops the standby's input", promise=DIRECTION, quick=True, peers=True)
def firewall_standby_input(s):
    _firewall(s, s.standby, INPUT)


@fault("firewall drops the owner's input", promise=DIRECTION, peers=True)
def firewall_owner_input(s):
    _firewall(s, s.owner, INPUT)


@fault("firewall drops the standby's output", promise=DIRECTION)
def firewall_standby_output(s):
    _firewall(s, s.standby, OUTPUT)


@fault("firewall drops the owner's output", promise=DIRECTION, quick=True, peers=True)
def firewall_owner_output(s):
    _firewall(s, s.owner, OUTPUT)


@fault("the standby's input dropped at the ingress of the interface (nft netdev)", promise=DIRECTION)
def ingress_standby(s):
    _firewall(s, s.standby, INGRESS)


@fault("the owner's input dropped at the ingress of the interface (nft netdev)", promise=DIRECTION)
def ingress_owner(s):
    _firewall(s, s.owner, INGRESS)


# Interfaces, addresses, load ------------------------------------------------------------------------


@fault('interface of the owner deleted and made again after 1 s', promise=CARRIER, ends='either')
def interface_deleted(s):
    s.owner.run('ip', 'link', 'del', 'eth0', check=True)
    time.sleep(1)
    s.mark('heal')
    s.owner.plug_in()


@fault('address of the owner deleted', quick=True, peers=True, interval_us=250)
def address_deleted(s):
    s.rest_since('deleted', 4)  # twenty times in a minute is a tug-of-war that the daemon gives up
    s.owner.run('ip', 'addr', 'del', f'{s.address}/{s.lab.network.prefixlen}', 'dev', 'eth0', check=True)
    wait(lambda: s.owner.has(s.address), 10, 'the address is back')


@fault('every processor busy for 5 s, deadtime 300 ms', stage={'keepalive': 50, 'deadtime': 300}, peers=True)
def load(s):
    s.burn(5)
