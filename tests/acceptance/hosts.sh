# shellcheck shell=bash
# Debian hosts with systemd as process 1, on one switch, without virtual machines; sourced by run.sh.
# Each host is a systemd-nspawn container on an overlay of a base tree that is made once, in a network namespace of
# its own. Needs root, mmdebstrap, systemd-container, iproute2, util-linux.

BASE=${HB_ACCEPTANCE_BASE:-/var/tmp/heartbeat-acceptance} # on disk: the upper layers of the overlays live here
P=hba$$                                                   # prefix of everything this run makes
RUN=/run/$P
SUITE=bookworm
PACKAGES=systemd-sysv,dbus,udev,iproute2,iputils-ping,net-tools,iptables,procps,psmisc,apache2,curl,sudo,rsyslog,adduser,libmnl0,libssl3,logrotate

declare -A ADDRESS NAME TREE

switch() { ip netns exec "$P-lan" "$@"; }
client() { ip netns exec "$P-client" "$@"; }
leader() { cat "$RUN/$1.leader" 2>/dev/null; }
is_on() { local l; l=$(leader "$1") && [ -n "$l" ] && kill -0 "$l" 2>/dev/null; }

# The mirror that this machine's own apt uses.
mirror() {
    apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' | sort -u | grep -m1 'debian/\?$'
}

# base NAME EXTRA-PACKAGES: makes the tree once; half a minute.
base() {
    local tree=$BASE/$1
    [ ! -e "$tree.complete" ] || return 0
    echo "  making the Debian tree $1 (once)"
    mkdir -p "$BASE"
    rm -rf "$tree"
    if ! mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' --include="$PACKAGES${2:+,$2}" \
        "$SUITE" "$tree" "$(mirror)" >"$BASE/$1.log" 2>&1; then
        tail -n 5 "$BASE/$1.log" >&2
        return 1
    fi
    : >"$tree/etc/machine-id"
    # The network is set from outside, and there is no terminal.
    ln -sf /dev/null "$tree/etc/systemd/system/networking.service"
    ln -sf /dev/null "$tree/etc/systemd/system/console-getty.service"
    : >"$tree.complete"
}

lan_up() {
    mkdir -p "$RUN/cgroup"
    mount -t cgroup2 cgroup2 "$RUN/cgroup"
    mkdir -p "$RUN/cgroup/$P"
    ip netns add "$P-lan"
    switch ip link add br0 type bridge mcast_snooping 0 stp_state 0
    switch ip link set br0 up
    cable client 193.219.108.250
}

# cable HOST ADDRESS: a network namespace with eth0 on the switch.
cable() {
    ip netns add "$P-$1"
    ip link add "p-$1" netns "$P-lan" type veth peer name eth0 netns "$P-$1"
    switch ip link set "p-$1" master br0 up
    ip -n "$P-$1" link set lo up
    ip -n "$P-$1" addr add "$2/24" brd + dev eth0
    ip -n "$P-$1" link set eth0 up
}

# host KEY NAME ADDRESS TREE: a new host with an empty disk over TREE; `boot` switches it on.
host() {
    NAME[$1]=$2 ADDRESS[$1]=$3 TREE[$1]=$4
    local disk=$BASE/$P/$1
    mkdir -p "$disk"/{upper/etc,work,root} "$RUN/cgroup/$P/$1"
    echo "$2" >"$disk/upper/etc/hostname"
    {
        echo "127.0.0.1 localhost"
        echo "193.219.108.236 craig-02.vm.xeriom.net"
        echo "193.219.108.237 craig-03.vm.xeriom.net"
    } >"$disk/upper/etc/hosts"
}

boot() {
    local disk=$BASE/$P/$1 n=
    wait_off "$1"
    ip netns del "$P-$1" 2>/dev/null
    cable "$1" "${ADDRESS[$1]}"
    # A mount table of its own with nothing but cgroup2: this machine's may be of the older kind. Inside the network
    # namespace, else /sys/class/net would show the machine's own interfaces.
    # shellcheck disable=SC2016
    setsid unshare -m --propagation private bash -euc '
        echo $$ >"$3/cgroup.procs"
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
        umount -R -l /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mkdir -p /run/systemd; mount -t tmpfs tmpfs /run/systemd
        export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network # /proc/sys/net of its own network namespace
        exec nsenter --net="/run/netns/$4" systemd-nspawn -q -b -D "$2/root" -M "$5" --hostname="$6" --register=no --keep-unit \
            --network-namespace-path="/run/netns/$4" --resolv-conf=off --timezone=off --link-journal=no \
            --capability=CAP_NET_ADMIN,CAP_SYS_NICE,CAP_IPC_LOCK --console=pipe' \
        - "$BASE/${TREE[$1]}" "$disk" "$RUN/cgroup/$P/$1" "$P-$1" "$P-$1" "${NAME[$1]}" </dev/null >"$RUN/$1.log" 2>&1 &
    echo $! >"$RUN/$1.nspawn"
    disown
    for _ in $(seq 400); do
        n=$(pgrep -P "$(cat "$RUN/$1.nspawn")" | tail -n 1)
        [ -n "$n" ] && [ "$(nsenter -t "$n" -p -m -- cat /proc/1/comm 2>/dev/null)" = systemd ] && break
        sleep 0.05
    done
    echo "$n" >"$RUN/$1.leader"
    for _ in $(seq 300); do
        case $(nsenter -t "$n" -a -- systemctl is-system-running 2>/dev/null) in running | degraded) return 0 ;; esac
        sleep 0.1
    done
    echo "host $1 did not come up; $RUN/$1.log:" >&2
    tail -n 5 "$RUN/$1.log" >&2
    return 1
}

# on HOST COMMAND LINE: as root's shell on that host, in its own cgroup, without the right to set the machine's clock.
on() {
    local h=$1 l
    shift
    l=$(leader "$h")
    [ -n "$l" ] || { echo "$h is off" >&2; return 125; }
    mkdir -p "$RUN/cgroup/$P/$h/run"
    (
        echo "$BASHPID" >"$RUN/cgroup/$P/$h/run/cgroup.procs"
        exec setpriv --bounding-set -sys_time,-sys_boot,-sys_module,-sys_rawio,-wake_alarm nsenter -t "$l" -a -- \
            env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            DEBIAN_FRONTEND=noninteractive sh -c "cd; $*" </dev/null
    )
}

push() { cp "$2" "/proc/$(leader "$1")/root$3"; }

# The power goes: the network first, so that no last word leaves; nothing is shut down, the disk stays.
cut_power() {
    switch ip link set "p-$1" down
    echo 1 >"$RUN/cgroup/$P/$1/cgroup.kill"
    rm -f "$RUN/$1.leader"
    switch ip link del "p-$1"
    ip netns del "$P-$1"
}

# An orderly `systemctl reboot` of a container only switches it off: this switches it on again.
reboot_host() {
    nsenter -t "$(leader "$1")" -a -- systemctl reboot
    wait_off "$1"
    boot "$1"
}

wait_off() {
    [ -e "$RUN/$1.nspawn" ] || return 0
    while kill -0 "$(cat "$RUN/$1.nspawn")" 2>/dev/null; do sleep 0.05; done
    rm -f "$RUN/$1.nspawn" "$RUN/$1.leader"
}

lan_down() {
    local h
    for h in "${!NAME[@]}"; do
        if is_on "$h"; then cut_power "$h" 2>/dev/null; fi
        wait_off "$h"
        ip netns del "$P-$h" 2>/dev/null
        find "$RUN/cgroup/$P/$h" -depth -type d -exec rmdir {} \; 2>/dev/null
    done
    ip netns del "$P-client" 2>/dev/null
    ip netns del "$P-lan" 2>/dev/null
    rmdir "$RUN/cgroup/$P" 2>/dev/null
    umount "$RUN/cgroup" 2>/dev/null
    rm -rf "$RUN" "${BASE:?}/$P"
}
