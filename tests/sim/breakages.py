#!/usr/bin/env python3
"""Breaks the code on purpose, one small change at a time, and asks whether the simulator notices.

Each breakage is a text that stands exactly once in one file, with whatever space and line ends between its words, and what
is put in its place. The room of that file, with its sub-rooms, is copied to BUILD/breakages, changed, compiled and linked with
everything else as it is; then seeds and scenarios run until the first failure. A breakage that survives them all, or whose text is no longer found, is a failure here.
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Breakage:
    name: str
    edits: list                       # of (file, text, replacement)
    notes: list = field(default_factory=list)


BREAKAGES = [
    Breakage("the right to hold lasts a whole deadtime, not three quarters",
             [("src/core/impl.hpp", "return lease_of(config_.deadtime);", "return config_.deadtime;"),
              ("src/core/decide/right.cpp", "lease_(lease_of(deadtime))", "lease_(deadtime)")]),
    Breakage("the echo does not shorten the right to hold",
             [("src/core/decide/right.cpp", "    limit(armed ? by_echo : std::max(by_echo, unproven_));\n", "    (void)by_echo, (void)armed;\n"),
              ("src/core/core.cpp", "if (echo_due() > now_) return;", "return;")]),
    Breakage("evidence counts from its arrival, not from the sending of what it confirms",
             [("src/core/peer/hearing.cpp", "sent ? *sent : received - age_ - keepalive",
               "received")]),
    Breakage("a new engine does not inherit the end of the right to hold",
             [("src/core/self/beginning.cpp", "right_before_(origin.restarted ? origin.hold_until : never)",
               "right_before_(never)")]),
    Breakage("a new engine is proven to all peers when one confirms it",
             [("src/core/core.cpp", "    bool proven = true;", "    bool proven = false;"),
              ("src/core/core.cpp", "proven &= p.hearing.has_named_us()", "proven |= p.hearing.has_named_us()")]),
    Breakage("an address does not count as held while a script before it stops",
             [("src/core/core.cpp", "if (!may_answer()) return right.until();", "if (!holds_any()) return right.until();")]),
    Breakage("a node that slept before it heard anybody judges at once",
             [("src/core/member.cpp", "std::max(waited, pause_.excused() + config_.deadtime);",
               "std::max(waited, pause_.excused());")]),
    Breakage("a peer that was never heard was heard just now",
             [("src/core/extension.cpp", "now_ - (p.heard ? p.last_status : beginning_.started())",
               "now_ - (p.heard ? p.last_status : now_)")]),
    Breakage("who learns of a later claim goes on all the same",
             [("src/core/extension.cpp", 'if (lost) lose_right(id, "claimed by another node");', "(void)lost;")]),
    Breakage("a session needs no echo of our generation: a recording is as good as a peer",
             [("src/core/life.cpp", "    if (echo.sequence == 0) return false;\n", "    if (echo.sequence != 0) return true;\n")]),
    Breakage("an engine judges before it has read what came while it was stopped",
             [("src/core/self/pause.cpp", "    if (slept.excuses) excused_ = now;\n", "")]),
    Breakage("a node that slept past its right goes on as if it had not",
             [("src/core/self/pause.cpp", "slept.gap > lease_of(deadtime_);", "slept.gap > lease_of(deadtime_) * 1000;")]),
    Breakage("the supervisor does not judge",
             [("src/policy/holdings.cpp", "bool Holdings::judged(Instant now, Instant hold_until) const {\n",
               "bool Holdings::judged(Instant now, Instant hold_until) const {\n    if (now > hold_until) return false;\n")]),
    Breakage("scripts are stopped before addresses when the right is lost",
             [("src/core/group.cpp", "if (addresses && !only_addresses) continue;", "if (addresses || only_addresses) continue;")]),
    Breakage("a group is granted before its release has ended, and taken though it is still held",
             [("src/core/placement.cpp", "        case GroupState::releasing:\n",
               "        case GroupState::releasing:\n            if (const NodeId target = place(id); g.own.holder == config_.self && "
               "target != config_.self) grant(id, target);\n            return;\n"),
              ("src/core/placement.cpp", "return in_session(node) && holds(p.registers[group.index()].state);",
               "return in_session(node) && p.registers[group.index()].state == GroupState::owned;")]),
    Breakage("a status that was overtaken or sent again counts as a sign of life",
             [("src/core/member.cpp", "if (order != Stream::Order::fresh || number <= p.status_sequence) return;",
               "if (order == Stream::Order::drop) return;"),
              ("src/core/peer/stream.cpp", "    if (!any_ && number <= newest_) return taken;\n", "")]),
    Breakage("an older generation is listened to",
             [("src/core/life.cpp", "if (!newer || (generation < p.generation && !goes_on)) {", "if (generation + 1000 < p.generation) {")]),
    Breakage("a node claims although a living one does not hear it",
             [("src/core/placement.cpp", "settled() && !armed() && quorum_met()", "settled() && quorum_met()")]),
    Breakage("nobody is asked before a claim: no guard",
             [("src/core/guard.cpp", "if (!wants_guard(id)) return true;\n    Guard& guard", "return true;\n    Guard& guard")]),
    Breakage("what answers while a peer was never heard is a stranger",
             [("src/core/peer/macs.hpp", "return signed_.empty() || more_answers_;", "return more_answers_;")]),
    Breakage("an orphan of another dead node than the holder is a stranger",
             [("src/core/guard.cpp", "if (p.macs.has(mac) || (in_doubt", "if ((p.macs.has(mac) && (!one || holder == id_of<NodeId>(i))) || (in_doubt")]),
    Breakage("a turn behind the deadtime asks nobody, and never claims",
             [("src/core/guard.cpp", "if (guard.probes == 0 || (guard.probes < probe_count && now_ < guard.ready)) {",
               "if (guard.probes < probe_count && now_ < guard.ready) {")]),
    Breakage("who remains after a conflict does not announce when the other has let go",
             [("src/core/conflict.cpp", "    if (holds_it) note_both(id, node, true);\n    announce_again(id);", "    if (holds_it) note_both(id, node, true);"),
              ("src/core/extension.cpp", "        announce_to_a_new_session();\n", "")]),
    Breakage("a new session is no reason to announce",
             [("src/core/extension.cpp", "        announce_to_a_new_session();\n", "")]),
    Breakage("what a new engine has proven is void when the peer's engine is replaced",
             [("src/core/core.cpp", "proven &= p.hearing.has_named_us() ||", "proven &= in_session(id_of<NodeId>(i)) ||")]),
    Breakage("one blocked group keeps back all that a node left",
             [("src/core/placement.cpp", "return p.left_blocked && p.registers[group.index()].state == GroupState::blocked;",
               "return p.left_blocked && group.exists();")]),
    Breakage("standby outlives the peer that was to serve",
             [("src/core/placement.cpp", "(g.in_standby && nobody_else_can(id))", "false")]),
    Breakage("who is in standby is given nothing, whatever becomes of the owner",
             [("src/core/placement.cpp", "    if (!best.exists()) best = stand_in(group);\n", "")]),
    Breakage("who still listens for others is waited for",
             [("src/core/placement.cpp", "(!g.own.holder.exists() || peer(node).state == MemberState::active);", "true;")]),
    Breakage("who still listens for others gives nothing away",
             [("src/core/placement.cpp", "    if (waits_for_somebody() && groups_[group.index()].own.state != GroupState::owned) "
               "return best;\n", "")]),
    Breakage("a shorter lifetime is announced than the addresses have",
             [("src/core/conflict.cpp", "to_ms_up(config_.address_lifetime));", "to_ms_up(config_.address_lifetime / 4));")]),
    Breakage("lifetimes are prolonged too late",
             [("src/policy/lifetimes.cpp", "due_ = std::min(due_, now + lifetime / 2);",
               "due_ = std::min(due_, now + lifetime * 2);")]),
    Breakage("a supervisor that wakes puts back what expired and does not ask whether it may",
             [("src/policy/holdings.cpp", "    if (now >= hold_until) return {};\n", "    (void)now, (void)hold_until;\n"),
              ("src/policy/lease.cpp", "if (e.holding && e.now > e.hold_until) {",
               "if (e.holding && e.now > e.hold_until && e.now - e.due < late_look) {")]),
    Breakage("what was to go to a node whose supervisor stood still is not thought of again",
             [("src/core/extension.cpp", "    due_.decide_again();  // what it could not", "    // what it could not")]),
    Breakage("an engine without supervisor never gives anything away",
             [("src/core/silent.cpp", "if (supervisor_.lost() && !departure_.surrendered() && supervisor_ends() <= now_) surrender();", "")]),
    Breakage("of three nodes one gives by the standby of two",
             [("src/core/negotiation.cpp", "if (!linux_ha_alive() || !handshake_tells_enough() || !peer_stable_",
               "if (!linux_ha_alive() || !peer_stable_"),
              ("src/core/negotiation.cpp", "!is_believed(peer(node)) || !handshake_tells_enough()) return;",
               "!is_believed(peer(node))) return;"),
              ("src/core/operator.cpp", "if (!handshake_tells_enough()) return {", "if (false) return {")]),
    Breakage("a first engine knows nothing of what is still being stopped",
             [("src/core/core.cpp", "        if (i >= origin.groups.size()) continue;",
               "        if (i >= origin.groups.size() || !beginning_.restarted()) continue;")]),
    Breakage("what may be a recording is believed like anything else",
             [("src/core/impl.hpp", "return p.genuine || (p.known.met && p.generation == p.known.generation); }", "return p.heard; }"),
              ("src/core/impl.hpp", "return p.genuine || p.known.met; }", "return p.heard; }")]),
    Breakage("an engine knows nothing of the lives that the one before has met",
             [("src/core/core.cpp", "        if (i < origin.peers.size()) peers_[i].known = origin.peers[i];\n", "")]),
    Breakage("nobody stands aside for another host of its name",
             [("src/core/twin.cpp", "void Core::Impl::stand_aside(const Mac& mac, Ipv4 address) {\n",
               "void Core::Impl::stand_aside(const Mac& mac, Ipv4 address) {\n    if (now_ > beginning_.started()) return;\n")]),
    Breakage("a second host of a name does not wait for the first to let go",
             [("src/core/twin.cpp", "    if (aside_) return true;\n", "    if (!aside_ || group.exists()) return aside_;\n")]),
    Breakage("a number that is too low stays too low",
             [("src/core/life.cpp", "    number_.want(echo.generation + 1, outbox_.generation(), now_);\n", "")]),
    Breakage("the numbers of messages are used to the end",
             [("src/core/self/number.cpp", "    if (newest >= bounds::sequence) want(present + 1, present, now);\n", "")]),
    Breakage("the highest epoch is the last one",
             [("src/core/parts.hpp", "return static_cast<std::int32_t>(epoch - than) > 0;", "return epoch > than;")]),
    # Devices, ping nodes, monitors, an older peer: what only some worlds have.
    Breakage("what must run once is claimed before a device has cut its owner off",
             [("src/core/guard.cpp", "cut_off = !wait_for_fence(id);", "cut_off = (static_cast<void>(wait_for_fence(id)), true);")]),
    Breakage("a device that fails counts as one that has cut off",
             [("src/core/decide/cut.cpp", "if (outcome != Outcome::ok) return fail(now);",
               "if (outcome != Outcome::ok && now == never) return fail(now);")]),
    Breakage("an answer from before the return of a node is good for its next death",
             [("src/core/decide/cut.cpp", "    state_ = runs() ? State::outdated : State::idle;\n", "    if (!runs()) state_ = State::idle;\n")]),
    Breakage("a node that was cut off once counts so for ever",
             [("src/core/decide/cut.cpp", "    state_ = runs() ? State::outdated : State::idle;\n",
               "    if (!is_cut_off()) state_ = runs() ? State::outdated : State::idle;\n")]),
    Breakage("only the holder is cut off, not all silent nodes",
             [("src/core/fence.cpp", "!p.cut.is_cut_off() && devices_for(node) > 0)",
               "!p.cut.is_cut_off() && devices_for(node) > 0 && groups_[group.index()].own.holder == node)")]),
    Breakage("a device that failed is not tried again",
             [("src/core/decide/cut.cpp", "return std::exchange(wanted_, false) ? News::again : News::nothing;", "return News::nothing;")]),
    Breakage("who left in order is cut off all the same",
             [("src/core/fence.cpp", "p.state == MemberState::dead && !p.left_cleanly && !p.cut", "p.state == MemberState::dead && !p.cut")]),
    Breakage("a node claims without quorum",
             [("src/core/placement.cpp", "settled() && !armed() && quorum_met()", "settled() && !armed()")]),
    Breakage("a node holds on without quorum",
             [("src/core/witness.cpp", "if (any_alive) return std::max(last_company(), beginning_.started()) + lease();", "if (any_alive) return never;")]),
    Breakage("nobody notices that it is deaf",
             [("src/core/self/ear.cpp", "if (!in_vain || !answered_lately ||", "if (deadtime_ > Duration{} || !in_vain || !answered_lately ||")]),
    Breakage("who hears that its peer is deaf gives up all the same",
             [("src/core/extension.cpp", "if (is_deaf && p.hearing.session()) p.hearing.excuse(received - config_.keepalive);",
               "static_cast<void>(is_deaf);")]),
    Breakage("a node that reaches fewer ping nodes keeps its groups",
             [("src/core/placement.cpp", "    if (const NodeId better = better_connected(group); better.exists()) return better;\n", "")]),
    Breakage("a group goes home to a node that reaches fewer ping nodes",
             [("src/core/placement.cpp", "failback && best == preferred && !peer(best).reach.fewer_lately(now_)", "failback && best == preferred")]),
    Breakage("a failing service moves as often as it fails",
             [("src/core/act/health.cpp", "stays_until_ = now + move_pause;", "stays_until_ = now + move_pause / 1000;")]),
    Breakage("a service is given away at its first failure",
             [("src/core/act/health.cpp", "    if (!again) {", "    if (!again && !may_move) {")]),
    Breakage("a failed monitor is not noticed",
             [("src/core/monitor.cpp", "if (done.outcome == Outcome::ok) return true;", "if (done.outcome != Outcome::timed_out) return true;")]),
    Breakage("a monitor that hangs is not noticed",
             [("src/core/monitor.cpp", "if (done.outcome == Outcome::ok) return true;", "if (done.outcome != Outcome::failed) return true;")]),
    Breakage("what moved because of its monitor goes home by itself",
             [("src/core/monitor.cpp", "            g.after_standby = true;  // and does not come home by itself\n", "            (void)g;\n")]),
    Breakage("a life that has to prove itself is not named: of two that started apart each waits for the other",
             [("src/core/extension.cpp",
               "!heard && p.asked_life.generation != 0 && now_ - p.asked_life.heard < config_.deadtime;", "false;")]),
    Breakage("who stood still and hears nothing does not wait until it is known whether it is deaf",
             [("src/core/member.cpp", "std::max(std::max(p.last_status, pause_.excused()) + p.deadtime, undecided_until());",
               "std::max(p.last_status, pause_.excused()) + p.deadtime;")]),
]


def room_of(path):
    return os.path.join(*path.split("/")[:2])


def sources_of(room):
    return sorted(os.path.join(where, name) for where, _, names in os.walk(room) for name in names if name.endswith(".cpp"))


def as_formatted(text):
    """Finds the text however its lines are broken."""
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()))


def lost_texts():
    """What is quoted from a file in which it does not stand exactly once."""
    for breakage in BREAKAGES:
        for path, text, _ in breakage.edits:
            count = len(as_formatted(text).findall(read(path))) if os.path.exists(path) else 0
            if count != 1:
                yield f"{path} has {count} times: {text.strip()!r} ({breakage.name}): bring BREAKAGES up to date"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Workshop:
    def __init__(self, arguments):
        self.build = arguments.build
        self.compiler, self.flags = shlex.split(arguments.compiler), shlex.split(arguments.flags)
        self.libraries = shlex.split(arguments.libraries)
        self.home = os.path.join(self.build, "breakages")
        self.objects = sorted(os.path.join(root, name) for root, _, names in os.walk(f"{self.build}/obj/tests/sim")
                              for name in names if name.endswith(".o"))

    def make(self, breakage):
        """The simulator with this breakage; its path."""
        shutil.rmtree(self.home, ignore_errors=True)
        rooms = {room_of(path) for path, _, _ in breakage.edits}
        for room in rooms:
            shutil.copytree(room, os.path.join(self.home, room))
        for path, text, replacement in breakage.edits:
            self.edit(os.path.join(self.home, path), path, text, replacement)
        headers = any(path.endswith(".hpp") for path, _, _ in breakage.edits)
        changed = {path for path, _, _ in breakage.edits}
        sources = [path for room in sorted(rooms) for path in sources_of(room) if headers or path in changed]
        objects = [self.object(source) for source in sources]
        program = os.path.join(self.home, "sim")
        subprocess.run([*self.compiler, "-o", program, *self.objects, *objects, f"{self.build}/libhb.a",
                        *self.libraries], check=True)
        return program

    @staticmethod
    def edit(copy, path, text, replacement):
        changed, count = as_formatted(text).subn(lambda _: replacement, read(copy))
        if count != 1:
            raise ValueError(f"{path} has {count} times: {text.strip()!r}: bring BREAKAGES up to date")
        with open(copy, "w", encoding="utf-8") as file:
            file.write(changed)

    def object(self, source):
        made = os.path.join(self.home, source + ".o")
        subprocess.run([*self.compiler, f"-I{self.home}/src", *self.flags, "-c", "-o", made,
                        os.path.join(self.home, source)], check=True)
        return made


def try_one(workshop, breakage, seeds):
    """What caught it; empty: nothing."""
    program = workshop.make(breakage)
    run = subprocess.run([program, "--once", "--first", "--seeds", str(seeds)], capture_output=True, text=True,
                         errors="replace", check=False)
    return caught_by(run.stdout)


def caught_by(output):
    """The first seed or scenario of the simulator that failed, and the promise; empty: none."""
    caught = re.findall(r"^(?:make sim SEED=(\d+)|build/tests/sim --scenario (\w+)) +# (?:BROKEN: )?(.*)$", output, re.MULTILINE)
    if not caught:
        return ""
    seed, scenario, promise = caught[0]
    return f"{'seed ' + seed if seed else scenario}: {promise.split(':')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--texts", action="store_true", help="only asks whether what is quoted still stands there once")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--flags", default="")
    parser.add_argument("--libraries", default="")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("words", nargs="*", help="only breakages whose name contains one of these")
    arguments = parser.parse_args()
    if arguments.texts:
        lost = list(lost_texts())
        print("".join(line + "\n" for line in lost), end="")
        return 1 if lost else 0
    workshop = Workshop(arguments)
    survived = tried = 0
    started = time.monotonic()
    for breakage in BREAKAGES:
        if arguments.words and not any(word in breakage.name for word in arguments.words):
            continue
        tried += 1
        try:
            caught = try_one(workshop, breakage, arguments.seeds)
        except (ValueError, subprocess.CalledProcessError) as error:
            caught, breakage.name = "", f"{breakage.name}: {error}"
        survived += not caught
        print(f"  {'caught ' if caught else 'SURVIVED'} {breakage.name}\n           {caught or 'by nothing'}", flush=True)
    print(f"{tried - survived} passed, {survived} failed ({time.monotonic() - started:.0f} s)")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
