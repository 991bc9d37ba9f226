#!/usr/bin/python3
"""relay.py PORT PORT: carries heartbeats between two ports of the switch, late, out of order, some twice.

To be run in the switch's network, while its bridge drops what the relay carries. Options: --delay-ms, the
longest; --twice, percent; --lose, percent; --hold MS, of each `resource` message. Prints what it did at
SIGTERM.
"""
import argparse
import heapq
import random
import select
import signal
import socket
import time

UDP = b'\x08\x00'


def is_heartbeat(frame):
    if len(frame) < 42 or frame[12:14] != UDP or frame[23] != 17:
        return False
    at = 14 + (frame[14] & 15) * 4
    return frame[at + 2 : at + 4] == (694).to_bytes(2, 'big')


def without_checksum(frame):
    """A local sender leaves it to hardware that is not there; none at all (0) is valid for UDP on IPv4."""
    at = 14 + (frame[14] & 15) * 4 + 6
    return frame[:at] + b'\0\0' + frame[at + 2 :]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('ports', nargs=2)
    parser.add_argument('--delay-ms', type=float, default=60)
    parser.add_argument('--twice', type=float, default=20)
    parser.add_argument('--lose', type=float, default=0)
    parser.add_argument('--hold', type=float, default=0)
    options = parser.parse_args()
    sockets = []
    for port in options.ports:
        one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        one.bind((port, 0))
        sockets.append(one)
    signal.signal(signal.SIGTERM, lambda *_: stop())
    done = {'carried': 0, 'twice': 0, 'lost': 0}

    def stop():
        print(done, flush=True)
        raise SystemExit(0)

    waiting, number = [], 0
    print('ready', flush=True)
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 1.0
        for one in select.select(sockets, [], [], timeout)[0]:
            frame, origin = one.recvfrom(65536)
            if origin[2] == socket.PACKET_OUTGOING or not is_heartbeat(frame):
                continue
            target = sockets[1 - sockets.index(one)]
            if random.uniform(0, 100) < options.lose:
                done['lost'] += 1
                continue
            frame = without_checksum(frame)
            copies = 2 if random.uniform(0, 100) < options.twice else 1
            done['carried'] += 1
            done['twice'] += copies - 1
            for _ in range(copies):
                number += 1
                held = options.hold if b'(0)t=resource,' in frame else 0
                due = time.monotonic() + (held + random.uniform(0, options.delay_ms)) / 1000
                heapq.heappush(waiting, (due, number, frame, target))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, frame, target = heapq.heappop(waiting)
            target.send(frame)


if __name__ == '__main__':
    main()
