# shellcheck shell=bash
# The part `rolling`: two hosts with Debian's heartbeat 3.0.6 are upgraded one after the other while a client asks for the
# page every 10 ms; then both go back to 3.0.6. Sourced by run.sh, whose checks and files it uses.

A=4 B=5 # keys of host a, which the group prefers, and host b
PROBE=
QUICK_RESTART= # what 3.0.6 says after one

short_times() { ha_cf | sed 's/^keepalive.*/keepalive 500ms/; s/^deadtime.*/deadtime 4/; s/^initdead.*/initdead 8/'; }

# Fetched here, once: the hosts have no way out. What it depends on stays installed on them.
fetch_306() {
    mkdir -p "$BASE/debs"
    ls "$BASE"/debs/heartbeat_1%3a3.0.6-*.deb >/dev/null 2>&1 || (cd "$BASE/debs" && apt-get download -q "heartbeat=1:3.0.6-*")
}

# --- the client -----------------------------------------------------------------------------------------
begin_probe() {
    ip netns exec "$P-client" python3 -B tests/acceptance/probe.py "$SERVICE" >"$RUN/gaps" 2>&1 &
    PROBE=$!
    sleep 0.5
}
# end_probe MOST: shows what the client saw; fails if there were more gaps than that, or one as long as a crash would make.
end_probe() {
    kill "$PROBE"
    wait "$PROBE"
    PROBE=
    sed 's/^/      client: /' "$RUN/gaps"
    grep -qE '^[1-9][0-9]+ answers' "$RUN/gaps" || return 1
    [ "$(grep -c '^gap ' "$RUN/gaps")" -le "$1" ] && ! grep -qE '^gap ([4-9][0-9]{3}|[0-9]{5,}) ms|nobody' "$RUN/gaps"
}
gaps_are_few() { local said; said=$(cat "$RUN/gaps.verdict"); [ "$said" = 0 ]; }
judge_probe() { # MOST SENTENCE: the gaps are printed in any case
    end_probe "$1"
    echo $? >"$RUN/gaps.verdict"
    check "$2" gaps_are_few
}

# --- asking ---------------------------------------------------------------------------------------------
version_is() { says "$2" on "$1" "/usr/sbin/heartbeat -V 2>/dev/null || /usr/libexec/heartbeat/heartbeat -V"; }
runs_306() { on "$1" "/usr/libexec/heartbeat/heartbeat -s" >/dev/null; }
hears() { # HOST OTHER'S-NAME: by the command that both have
    says '^active$' on "$1" "cl_status nodestatus $2"
}
set_is() { # HOST SET: what 3.0.6 or ours says that it holds
    says "^$2\$" on "$1" "cl_status rscstatus"
}
keeps() { # HOST: notes what an upgrade must not touch
    on "$1" "cd /etc/ha.d && sha256sum ha.cf haresources authkeys >/root/before && stat -c '%n %U %G %a' ha.cf haresources authkeys >/root/modes
        sha256sum /var/lib/heartbeat/hb_uuid >/root/uuid; cat /var/lib/heartbeat/hb_generation >/root/generation
        getent passwd hacluster >/root/user; getent group haclient >>/root/user"
}
check_kept() { # HOST LETTER
    check "host $2: the three files and their modes are as they were" on "$1" \
        "cd /etc/ha.d && sha256sum --quiet -c /root/before && stat -c '%n %U %G %a' ha.cf haresources authkeys | diff - /root/modes"
    check "host $2: hb_uuid is as it was" on "$1" "sha256sum --quiet -c /root/uuid"
    check "host $2: hb_generation went up from $(on "$1" "cat /root/generation") to $(on "$1" "cat /var/lib/heartbeat/hb_generation")" \
        on "$1" "test \$(cat /var/lib/heartbeat/hb_generation) -gt \$(cat /root/generation)"
    check "host $2: user and group are as they were" on "$1" "{ getent passwd hacluster; getent group haclient; } | diff - /root/user"
    check "host $2: the unit is enabled and active" says '^active$' on "$1" "systemctl is-enabled heartbeat && systemctl is-active heartbeat"
    check "host $2: the init script knows that it runs" on "$1" "/etc/init.d/heartbeat status"
    check "host $2: dpkg left no half-done work and no second copy of a file" \
        on "$1" "test -z \"\$(dpkg --audit)\" && test -z \"\$(find /etc -name '*.dpkg-*')\""
}
marks() { local h; for h in $A $B; do on "$h" "wc -l <$LOG" >"$RUN/mark.$h"; done; }
since_mark() { on "$1" "tail -n +$(($(cat "$RUN/mark.$1") + 1)) $LOG"; }
# A graceful upgrade gives nobody reason to say any. What 3.0.6 says on every start here: locked memory is limited in a namespace.
log_is_clean() { # HOST
    local said
    said=$(since_mark "$1" | grep -E '\b(EMERG|ALERT|CRIT|ERROR):' |
        grep -vE "Cannot lock ourselves into memory${QUICK_RESTART:+|$QUICK_RESTART}")
    [ -z "$said" ] || { printf '%s\n' "$said"; return 1; }
}
log_goes_on() { since_mark "$1" | grep -qE "info: heartbeat: version $2" || { on "$1" "ls -l $LOG; tail -n 3 $LOG"; return 1; }; }
check_logs() { # WHEN A'S-VERSION B'S-VERSION, - if it has not changed
    [ "$2" = - ] || check "host a: the same log file goes on $1" log_goes_on $A "$2"
    [ "$3" = - ] || check "host b: the same log file goes on $1" log_goes_on $B "$3"
    check "host a: no ERROR or CRIT in the log $1" log_is_clean $A
    check "host b: no ERROR or CRIT in the log $1" log_is_clean $B
}

check_pair() { # WHO: both hear each other, and a alone serves
    check_within 40 "$1: a hears b" hears $A craig-03.vm.xeriom.net
    check_within 40 "$1: b hears a" hears $B craig-02.vm.xeriom.net
    check_within 60 "$1: a has the address" has_address $A
    check_within 20 "$1: b has it not" lacks_address $B
    check_within 20 "$1: the page is host a's" page_is craig-02.vm.xeriom.net
    check_within 40 "$1: a says that it holds its own groups" set_is $A '(local|all)'
    check_within 40 "$1: nothing moves on a" refuses says transition on $A "cl_status rscstatus"
    check_within 40 "$1: nothing moves on b" refuses says transition on $B "cl_status rscstatus"
}

# --- the story ------------------------------------------------------------------------------------------
rolling_hosts() {
    local h
    base with-3.0.6 heartbeat || return 1
    for h in "${!NAME[@]}"; do if is_on "$h"; then cut_power "$h"; wait_off "$h"; fi; done
    host $A craig-02.vm.xeriom.net 193.219.108.236 with-3.0.6
    host $B craig-03.vm.xeriom.net 193.219.108.237 with-3.0.6
    for h in $A $B; do
        boot "$h" || return 1
        on "$h" "hostname >/var/www/html/index.html"
        put "$h" authkeys /etc/ha.d/authkeys
        put "$h" short_times /etc/ha.d/ha.cf
        put "$h" haresources /etc/ha.d/haresources
        # apache2 is heartbeat's to start: on b it would else run before and after.
        on "$h" "chmod 600 /etc/ha.d/authkeys; systemctl disable --now apache2; systemctl enable heartbeat" >/dev/null 2>&1
        push "$h" "$DEB" "/root/$FILE"
        push "$h" "$DEB_306" /root/heartbeat-3.0.6.deb
    done
    for h in $A $B; do on "$h" "systemctl start heartbeat" >/dev/null 2>&1; done
}

rolling() {
    echo "# Rolling upgrade: two hosts with 3.0.6"
    check "Debian's package of 3.0.6 is here" fetch_306
    DEB_306=$(find "$BASE/debs" -name 'heartbeat_1%3a3.0.6-*.deb' | head -n 1)
    [ -n "$DEB_306" ] || return 0
    rolling_hosts || { failed "two hosts with 3.0.6 come up"; return 0; }
    check "host a runs 3.0.6" version_is $A '^3\.0\.6'
    check "host b runs 3.0.6" version_is $B '^3\.0\.6'
    check_pair "3.0.6 and 3.0.6"
    keeps $A
    keeps $B
    marks
    begin_probe

    echo "# Rolling upgrade: host b"
    check "host b: hbctl out of the package finds no error before anything is replaced" on $B \
        "dpkg-deb -x ./$FILE new && new/usr/sbin/hbctl check"
    check "host b: apt-get installs ours over it" on $B "apt-get install -y ./$FILE"
    check "host b: it is our version" version_is $B '^4\.'
    check_pair "3.0.6 and ours"
    check_kept $B b
    check "host b: no process of 3.0.6 is left" refuses on $B "pgrep -f 'heartbeat: (master control|read|write|FIFO)'"

    echo "# Rolling upgrade: host a"
    check "host a: apt-get installs ours over it" on $A "apt-get install -y ./$FILE"
    check "host a: it is our version" version_is $A '^4\.'
    check_pair "ours and ours"
    check_kept $A a
    check "host a: no process of 3.0.6 is left" refuses on $A "pgrep -f 'heartbeat: (master control|read|write|FIFO)'"
    judge_probe 2 "the client saw at most two graceful hand-overs in the whole upgrade"
    check_logs "after the upgrade" 4 4

    echo "# And back again: host a, removed and installed"
    keeps $A
    keeps $B
    marks
    begin_probe
    check "host a: apt-get removes ours" on $A "apt-get remove -y heartbeat"
    check "host a: apt-get installs 3.0.6" on $A "apt-get install -y ./heartbeat-3.0.6.deb"
    check "host a: it is 3.0.6" version_is $A '^3\.0\.6'
    check_within 20 "host a: it runs" runs_306 $A
    # debhelper takes the right to be run from the script of a removed package. 3.0.6 leaves it so; with the right still
    # there its preinst would try to stop a unit that is not loaded, and fail.
    check "host a: chmod +x /etc/init.d/heartbeat, as NEWS says" on $A "chmod +x /etc/init.d/heartbeat"
    check_pair "3.0.6 again and ours"
    check_kept $A a
    # The package of 3.0.6 starts its daemon, and then restarts it: if the first one was settled, that is two more.
    judge_probe 4 "the client saw at most four graceful hand-overs on the way back"
    check_logs "after the way back" '3\.0\.6' -

    echo "# And back again: host b, downgraded in one step"
    marks
    check "host b: apt-get puts 3.0.6 over ours" on $B "apt-get install -y --allow-downgrades ./heartbeat-3.0.6.deb"
    check "host b: it is 3.0.6" version_is $B '^3\.0\.6'
    check_within 20 "host b: it runs" runs_306 $B
    check_pair "3.0.6 and 3.0.6 again"
    check_kept $B b
    # By that restart within a second, from the other 3.0.6: an acknowledgement for its life before.
    QUICK_RESTART='HBDoMsg_T_ACK: corrupted ackseq' check_logs "after both are back" - '3\.0\.6'
}
