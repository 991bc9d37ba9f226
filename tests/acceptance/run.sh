#!/bin/bash
# run.sh BUILD: the walk-through of the README, word by word, on two booted Debian hosts with the built package, apache2
# and iptables; then what apt does with the package. Needs root; three or four minutes, once the Debian trees are made.
# Each check is one test; the last line is `N passed, N failed`. KEEP=1 leaves the hosts up for a look after a failure,
# PARTS="before start" runs only these parts, TREE_OF_HOSTS=with-3.0.6 asks the same of Debian's own heartbeat 3.0.6.
# The part `rolling` makes hosts of its own: PARTS=rolling is the upgrade alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${1:-build}
[ "$(id -u)" = 0 ] || { echo "0 passed, 0 failed, 1 skipped (needs root)"; exit 0; }
. tests/acceptance/hosts.sh
. tests/acceptance/rolling.sh

PASSED=0
FAILED=0
TREE_OF_HOSTS=${TREE_OF_HOSTS:-plain}
SERVICE=193.219.108.238
LOG=/var/log/ha-log

# --- asking ---------------------------------------------------------------------------------------------
passed() { PASSED=$((PASSED + 1)); echo "ok    $*"; }
failed() { FAILED=$((FAILED + 1)); echo "FAIL  $*"; }

# check SENTENCE COMMAND...: the command succeeds.
check() {
    local said
    if said=$("${@:2}" 2>&1); then passed "$1"; else
        failed "$1"
        printf '%s\n' "${said:-(no output)}" | tail -n 15 | sed 's/^/      | /'
    fi
}
# check_within SECONDS SENTENCE COMMAND...: it succeeds sooner or later, and how soon.
check_within() {
    local end=$((SECONDS + $1)) start said
    start=$(date +%s%N)
    while ! said=$("${@:3}" 2>&1); do
        if [ "$SECONDS" -ge "$end" ]; then
            failed "$2 (not within $1 s)"
            printf '%s\n' "${said:-(no output)}" | tail -n 15 | sed 's/^/      | /'
            return 1
        fi
        sleep 0.1
    done
    passed "$2 ($((($(date +%s%N) - start) / 1000000)) ms)"
}
refuses() { ! "$@"; }
says() { # PATTERN COMMAND...: what it prints contains the pattern
    local out
    out=$("${@:2}" 2>&1)
    grep -qE -- "$1" <<<"$out" || { printf '%s\n' "$out"; return 1; }
}
log_says() { on "$1" "grep -qE '$2' $LOG" || { on "$1" "tail -n 15 $LOG"; return 1; }; }
page() { client curl -s -m 1 "http://$SERVICE/"; }
page_is() { [ "$(page)" = "$1" ] || { echo "the page is [$(page)]"; return 1; }; }
has_address() { on "$1" "ip -4 addr show dev eth0" | grep -q "inet $SERVICE/"; }
lacks_address() { ! has_address "$1"; }
is_running() { on "$1" "/usr/sbin/heartbeat -s" >/dev/null; }

# --- the files of the walk-through ----------------------------------------------------------------------
authkeys() { printf 'auth 2\n2 sha1 your-password-here\n'; }
ha_cf() {
    cat <<'END'
logfile /var/log/ha-log
logfacility local0
keepalive 2
deadtime 30
initdead 120
bcast eth0
udpport 694
auto_failback on
node craig-02.vm.xeriom.net
node craig-03.vm.xeriom.net
END
}
haresources() { echo "craig-02.vm.xeriom.net $SERVICE apache2"; }
put() { "$2" >"$RUN/file" && cp "$RUN/file" "/proc/$(leader "$1")/root$3"; } # what an editor does: the mode stays

firewall() { # what is there before: all but ssh, http and answers is dropped
    on "$1" "iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT &&
        iptables -A INPUT -p tcp --dport 22 -j ACCEPT && iptables -A INPUT -p tcp --dport 80 -j ACCEPT &&
        iptables -A INPUT -j DROP"
}

before() {
    echo "# 0. What is there before"
    for n in 1 2; do
        on $n "hostname > /var/www/html/index.html"
        check "host $n: the firewall drops what is not ssh or http" firewall $n
    done
    check "host 1 serves its own page" says craig-02 client curl -s -m 2 http://193.219.108.236/
    check "host 2 serves its own page" says craig-03 client curl -s -m 2 http://193.219.108.237/
}

install_package() {
    echo "# 1. Install and copy the samples"
    for n in 1 2; do
        push $n "$DEB" "/root/$FILE"
        check "host $n: apt-get installs the package" on $n "sudo apt-get install -y ./$FILE"
        check "host $n: nothing is started without a configuration" refuses is_running $n
        check "host $n: no unit has failed for it" refuses on $n "systemctl is-failed heartbeat"
        check "host $n: it is enabled for the next boot" on $n "systemctl is-enabled heartbeat"
        check "host $n: the init script does nothing quietly without a configuration" on $n "/etc/init.d/heartbeat start"
        check "host $n: /usr/libexec/heartbeat/heartbeat is the daemon" says '^4\.' on $n "/usr/libexec/heartbeat/heartbeat -V"
        check "host $n: the sample of authkeys is copied" on $n "sudo cp /usr/share/doc/heartbeat/authkeys /etc/ha.d/"
        check "host $n: the sample of ha.cf is unpacked" on $n \
            "sudo sh -c \"zcat /usr/share/doc/heartbeat/ha.cf.gz > /etc/ha.d/ha.cf\" && test -s /etc/ha.d/ha.cf"
        check "host $n: the sample of haresources is unpacked" on $n \
            "sudo sh -c \"zcat /usr/share/doc/heartbeat/haresources.gz > /etc/ha.d/haresources\" && test -s /etc/ha.d/haresources"
    done
}

configure() {
    echo "# 2. to 4. The three files"
    for n in 1 2; do
        on $n "chmod 644 /etc/ha.d/authkeys"
        put $n authkeys /etc/ha.d/authkeys
        put $n ha_cf /etc/ha.d/ha.cf
        put $n haresources /etc/ha.d/haresources
        check "host $n: hbctl check finds the wrong mode of authkeys" says authkeys on $n "hbctl check && echo no fault found"
        check "host $n: the daemon refuses to start with that mode" refuses on $n "systemctl start heartbeat"
        check "host $n: and says why" says 'Bad permissions on keyfile' on $n "/usr/sbin/heartbeat -f; journalctl -u heartbeat"
        check "host $n: chmod go-wrx" on $n "sudo chmod go-wrx /etc/ha.d/authkeys"
        check "host $n: hbctl check finds nothing more" on $n "hbctl check"
        on $n "systemctl reset-failed heartbeat"
    done
}

open_firewall() {
    echo "# 5. The firewall"
    for n in 1 2; do
        check "host $n: port 694 is opened" on $n "sudo iptables -I INPUT 2 -p udp --dport 694 -j ACCEPT"
    done
}

start() {
    echo "# 6. Start"
    check "host 1: the init script starts it" on 1 "sudo /etc/init.d/heartbeat start"
    check "host 2: the init script starts it" on 2 "sudo /etc/init.d/heartbeat start"
    check_within 20 "host 1 has the address" has_address 1
    check_within 20 "the log of host 1: initial resource acquisition complete" \
        log_says 1 'info: Initial resource acquisition complete \(T_RESOURCES\(us\)\)'
    check_within 20 "the log of host 1: IPaddr, INFO:  Running OK" log_says 1 'IPaddr.*INFO:  Running OK'
    check_within 20 "the log of host 1: local resource acquisition completed" log_says 1 'info: Local Resource acquisition completed\.'
    check "the log in the default form of 3.0.6" log_says 1 \
        '^[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} craig-02\.vm\.xeriom\.net heartbeat: \[[0-9]+\]: info: '
    check "tail -f shows it" says heartbeat on 1 "timeout 1 tail -f $LOG"
    check "ifconfig eth0:0: the service address" says "inet $SERVICE " on 1 "ifconfig eth0:0"
    check "ifconfig eth0:0: mask and broadcast of the network" says "netmask 255\.255\.255\.0 +broadcast 193\.219\.108\.255" on 1 "ifconfig eth0:0"
    check "ifconfig eth0:0: up" says "<UP," on 1 "ifconfig eth0:0"
    check "ip addr: the label eth0:0" says "inet $SERVICE/24 .*eth0:0" on 1 "ip -4 addr show dev eth0"
    check "host 2 has it not" lacks_address 2
    check_within 5 "the page is host 1's" page_is craig-02.vm.xeriom.net
    check "hbctl status on host 1 shows both nodes" says "craig-03" on 1 "hbctl status"
    check "cl_status hbstatus" says 'Heartbeat is running on this machine' on 2 "cl_status hbstatus"
    check "systemctl reload is accepted" on 1 "systemctl reload heartbeat"
    check_within 10 "and the address stays" has_address 1
}

unit_is() { says "^$2\$" on "$1" "systemctl show heartbeat -p ${2%%=*}"; }
limits_of_main() { on 1 "cat /proc/\$(systemctl show heartbeat -p MainPID --value)/limits"; }
limits() {
    echo "# What the service manager may do to it"
    check "a process killed for want of memory does not stop the unit" unit_is 1 OOMPolicy=continue
    check "systemd-oomd does not choose the unit" unit_is 1 ManagedOOMPreference=omit
    check "the services of scripts may have any number of tasks" unit_is 1 TasksMax=infinity
    check "the manager kills no service that a script started" unit_is 1 KillMode=process
    check "scripts get 1024 descriptors" unit_is 1 LimitNOFILESoft=1024
    check "heartbeat may raise that number" unit_is 1 LimitNOFILE=524288
    check "a key reaches no core file" says 'Max core file size +0 ' limits_of_main
}

stop_and_return() {
    echo "# 7. Break it: stop and start"
    check "host 1: the init script stops it" on 1 "sudo /etc/init.d/heartbeat stop"
    check "host 1: it is gone when stop returns" refuses is_running 1
    check "host 1: so is the address" lacks_address 1
    check_within 5 "host 2 has the address" has_address 2
    check_within 5 "the page is host 2's" page_is craig-03.vm.xeriom.net
    check "host 1: the init script starts it again" on 1 "sudo /etc/init.d/heartbeat start"
    check_within 30 "the address goes back to host 1" has_address 1
    check_within 15 "and the page" page_is craig-02.vm.xeriom.net
    check "host 2 has it no more" lacks_address 2
}

power_cut() {
    echo "# 7. Break it: the power"
    local start=$SECONDS generation
    generation=$(on 1 "cat /var/lib/heartbeat/hb_generation")
    cut_power 1
    sleep 20
    check "host 2 does not claim before the deadtime" lacks_address 2
    check_within 25 "host 2 has the address after it" has_address 2
    echo "      $((SECONDS - start)) s after the power went"
    check_within 10 "the page is host 2's" page_is craig-03.vm.xeriom.net
    check_within 5 "the log of host 2: node is dead" log_says 2 'WARN: node craig-02\.vm\.xeriom\.net: is dead'
    check "the log of host 2: resources being acquired" log_says 2 'info: Resources being acquired from craig-02\.vm\.xeriom\.net\.'
    check "the power of host 1 returns" boot 1
    check "host 1: with the firewall, and port 694 closed" firewall 1
    check_within 10 "heartbeat of host 1 started at boot" is_running 1
    check_within 30 "the address goes home although the firewall of host 1 drops heartbeats" has_address 1
    check_within 15 "and the page" page_is craig-02.vm.xeriom.net
    check_within 10 "host 2 has it no more" lacks_address 2
    # It listens for ten keepalives at a time, and the firewall came up in the middle of that.
    check_within 60 "the log of host 1 says that its firewall is in the way" log_says 1 'WARN.*firewall'
    check "the generation on disk went up" on 1 "test \$(cat /var/lib/heartbeat/hb_generation) -gt $((generation))"
}

without_firewall_step() {
    echo "# 5. again: both hosts without the opened port"
    on 2 "iptables -D INPUT -p udp --dport 694 -j ACCEPT"
    on 1 "systemctl stop heartbeat"
    on 2 "systemctl stop heartbeat"
    on 1 "systemctl start heartbeat"
    on 2 "systemctl start heartbeat"
    check_within 20 "the cluster forms all the same" has_address 1
    check "with one owner" lacks_address 2
    check_within 10 "the page is host 1's" page_is craig-02.vm.xeriom.net
}

orderly_reboot() {
    echo "# An orderly reboot hands over"
    local start=$SECONDS
    reboot_host 1 &
    local rebooting=$!
    check_within 15 "the page is host 2's before a deadtime has passed" page_is craig-03.vm.xeriom.net
    wait "$rebooting"
    firewall 1
    check_within 40 "the page is host 1's again" page_is craig-02.vm.xeriom.net
    echo "      $((SECONDS - start)) s in all"
}

mistakes() {
    echo "# 8. When it does not work"
    on 2 "cp -a /etc/ha.d /root/ha.d"
    mistake() { # WHAT FILE SED-EXPRESSION PATTERN
        on 2 "rm -rf /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys; cp -a /root/ha.d/ha.cf /root/ha.d/haresources /root/ha.d/authkeys /etc/ha.d/; sed -i '$3' /etc/ha.d/$2"
        check "hbctl check finds $1" says "$4" on 2 "hbctl check && echo no fault found"
    }
    mistake "a node name that is not uname -n" ha.cf 's/craig-03/craig-04/' 'craig-03'
    mistake "an interface that does not exist" ha.cf 's/bcast eth0/bcast eth9/' 'eth9'
    mistake "an unknown directive, with a suggestion" ha.cf 's/deadtime/deadtme/' 'deadtime'
    mistake "an unknown method" authkeys 's/sha1/sha7/' 'Invalid authtype'
    mistake "a service that exists nowhere" haresources 's/apache2/apache9/' 'apache9'
    mistake "a group of an unknown node" haresources 's/craig-02/craig-09/' 'craig-09'
    on 2 "rm -rf /etc/ha.d && cp -a /root/ha.d /etc/ha.d"
    check "and nothing when all is well" on 2 "hbctl check"

    on 2 "sed -i s/your-password-here/another-password/ /etc/ha.d/authkeys; systemctl reload heartbeat"
    check_within 15 "a key that differs: the log says it" log_says 1 'WARN: .*the key differs'
    on 2 "sed -i s/another-password/your-password-here/ /etc/ha.d/authkeys; systemctl reload heartbeat"
    on 2 "echo craig-03.vm.xeriom.net 193.219.108.239 >>/etc/ha.d/haresources; systemctl reload heartbeat"
    check_within 15 "haresources that differ: the log says it" log_says 1 'ERROR: .*haresources.*differs'
    put 2 haresources /etc/ha.d/haresources
    on 2 "systemctl reload heartbeat"
    check_within 15 "all well again: host 1 has the address" has_address 1
    check "and host 2 has not" lacks_address 2
}

package_life() {
    echo "# What apt does"
    check "host 1: the init script can be run" on 1 "test -x /etc/init.d/heartbeat && test -s /etc/logrotate.d/heartbeat"
    on 1 "echo '# mine' >>/etc/logrotate.d/heartbeat; rm /etc/init.d/heartbeat"
    check "host 1: an upgrade" on 1 "apt-get install -y --reinstall ./$FILE"
    check_within 30 "the address is home again after it" has_address 1
    check "host 1: it runs" is_running 1
    check "host 1: a changed logrotate file stays, the new one is beside it" on 1 \
        "tail -n 1 /etc/logrotate.d/heartbeat | grep -qx '# mine' && test -e /etc/logrotate.d/heartbeat.dpkg-dist"
    check "host 1: an init script that was removed does not return" refuses on 1 "test -e /etc/init.d/heartbeat"
    check "host 1: remove hands over" on 1 "apt-get remove -y heartbeat"
    check_within 5 "host 2 has the address" has_address 2
    check "host 1: nothing runs" refuses on 1 "pgrep -x heartbeat"
    check "host 1: the configuration stays" on 1 "test -s /etc/ha.d/ha.cf && test -s /etc/ha.d/authkeys"
    check "host 1: the generation stays" on 1 "test -s /var/lib/heartbeat/hb_generation"
    check "host 1: installed again, it starts" on 1 "apt-get install -y ./$FILE"
    check_within 30 "and the address comes home" has_address 1
    check "host 1: purge" on 1 "apt-get purge -y heartbeat"
    check "host 1: the administrator's files stay" on 1 "test -s /etc/ha.d/ha.cf"
    check "host 1: the state is gone" refuses on 1 "test -e /var/lib/heartbeat"
    check "host 1: so are the init script and the logrotate file" refuses on 1 "ls -d /etc/init.d/heartbeat* /etc/logrotate.d/heartbeat*"
    check "systemd finds no fault with the unit" on 2 "systemd-analyze verify --man=no heartbeat.service"
    check "logrotate takes its file" on 2 "logrotate -f /etc/logrotate.d/heartbeat"
    on 2 "systemctl reload heartbeat"
    check_within 10 "and the log goes on" on 2 "test -s $LOG"
}

upgrade_from_linux_ha() {
    echo "# Upgrade from 3.0.6"
    base with-3.0.6 heartbeat || return 0
    for n in 1 2; do if is_on $n; then cut_power $n; fi; done
    host 3 craig-02.vm.xeriom.net 193.219.108.236 with-3.0.6
    boot 3 || return 0
    put 3 authkeys /etc/ha.d/authkeys
    ha_cf | sed 's/^initdead.*/initdead 5/; s/^deadtime.*/deadtime 5/; s/^keepalive.*/keepalive 1/' >"$RUN/file"
    push 3 "$RUN/file" /etc/ha.d/ha.cf
    echo "craig-02.vm.xeriom.net IPaddr2::$SERVICE/24/eth0 apache2" >"$RUN/file"
    push 3 "$RUN/file" /etc/ha.d/haresources
    on 3 "chmod 600 /etc/ha.d/authkeys; systemctl enable heartbeat; systemctl start heartbeat" >/dev/null 2>&1
    check_within 60 "3.0.6 runs and has the address" has_address 3
    # Its own hooks go with it, as conffiles that nobody changed; what the administrator made stays.
    on 3 "echo '#!/bin/sh' >/etc/ha.d/rc.d/mine; dpkg-query -W -f='\${Conffiles}' heartbeat | awk '/ha.d.(harc|rc.d)/ {print \$1}' >/root/hooks; sed 's,^/etc/ha.d,.,' /root/hooks >/root/hooks.here"
    on 3 "cd /etc/ha.d; find . -type f | sort | grep -v -x -f /root/hooks.here | xargs sha256sum > /root/before; sha256sum /var/lib/heartbeat/hb_uuid > /root/uuid; cat /var/lib/heartbeat/hb_generation > /root/generation"
    # dpkg would ask about a conffile that both sides changed, and end half-way where nobody answers.
    on 3 "for f in init.d logrotate.d; do echo '# mine' >>/etc/\$f/heartbeat; done"
    push 3 "$DEB" "/root/$FILE"
    check "apt-get upgrades it" on 3 "apt-get install -y ./$FILE"
    check "no work of dpkg is half done" on 3 "test -z \"\$(dpkg --audit)\""
    check "a changed init script and a changed logrotate file stay" on 3 \
        "for f in init.d logrotate.d; do tail -n 1 /etc/\$f/heartbeat | grep -qx '# mine' || exit 1; done"
    check "autoremove keeps the scripts and the stonith devices of 3.0.6" refuses says 'Remv (cluster-glue|resource-agents) ' \
        on 3 "apt-get -s autoremove"
    check "to our version" says '^4\.' on 3 "/usr/sbin/heartbeat -V"
    check_within 30 "which runs" is_running 3
    check_within 30 "and has the address" has_address 3
    check "no process of 3.0.6 is left" refuses on 3 "pgrep -f 'heartbeat: (master control|read|write|FIFO)'"
    check "the hooks of 3.0.6 are gone" on 3 "test -s /root/hooks && ! xargs ls </root/hooks"
    check "every other file in /etc/ha.d is as it was" on 3 "cd /etc/ha.d && sha256sum --quiet -c /root/before"
    check "the uuid is as it was" on 3 "sha256sum --quiet -c /root/uuid"
    check "the generation went up" on 3 "test \$(cat /var/lib/heartbeat/hb_generation) -gt \$(cat /root/generation)"
}

main() {
    DEB=$(echo "$BUILD"/heartbeat_*.deb)
    FILE=$(basename "$DEB")
    [ -e "$DEB" ] || { echo "no $BUILD/heartbeat_*.deb: make deb" >&2; exit 1; }
    need=
    command -v mmdebstrap >/dev/null || need=mmdebstrap
    command -v systemd-nspawn >/dev/null || need="$need systemd-container"
    # shellcheck disable=SC2086
    [ -z "$need" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $need >/dev/null || exit 1
    [ "${PARTS:-}" = rolling ] || base plain "" || exit 1
    [ "$TREE_OF_HOSTS" = plain ] || base with-3.0.6 heartbeat || exit 1
    trap 'exit 130' INT TERM
    trap '[ -z "$PROBE" ] || kill "$PROBE"; [ -n "${KEEP:-}" ] || lan_down' EXIT
    lan_up
    if [ "${PARTS:-}" != rolling ]; then
        host 1 craig-02.vm.xeriom.net 193.219.108.236 "$TREE_OF_HOSTS"
        host 2 craig-03.vm.xeriom.net 193.219.108.237 "$TREE_OF_HOSTS"
        boot 1 && boot 2 || exit 1
    fi
    local part
    for part in ${PARTS:-before install_package configure open_firewall start limits stop_and_return power_cut without_firewall_step \
        orderly_reboot mistakes package_life upgrade_from_linux_ha rolling}; do
        "$part"
        if [ "$part" = install_package ] && [ "$FAILED" != 0 ]; then
            echo "the package is not installed: nothing further to ask"
            break
        fi
    done
    mkdir -p "$BUILD/test-logs"
    for n in 1 2 3 4 5; do
        cp "$BASE/$P/$n/upper$LOG" "$BUILD/test-logs/acceptance-ha-log-$n" 2>/dev/null
    done
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
}
main
