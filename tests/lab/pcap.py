"""Reads captures: frames, and in them ARP and heartbeats."""
import collections
import socket
import struct

Arp = collections.namedtuple('Arp', 'time source destination operation sender_mac sender target_mac target')
Udp = collections.namedtuple(
    'Udp', 'time source destination from_address to_address from_port to_port payload'
)
Other = collections.namedtuple('Other', 'time source from_address protocol payload')
Icmp = collections.namedtuple('Icmp', 'time source from_address to_address type code')


def frames(path):
    """(seconds of the wall clock, octets) of each frame."""
    with open(path, 'rb') as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from('<IIII', data, at)
        if at + 16 + size > len(data):
            return
        yield seconds + micros / 1e6, data[at + 16 : at + 16 + size]
        at += 16 + size


def _mac(octets):
    return ':'.join(f'{octet:02x}' for octet in octets)


def packets(path):
    """Arp, Udp, Icmp and other IPv4 packets in the order of the wire."""
    for time, frame in frames(path):
        if len(frame) < 34:
            continue
        kind = frame[12:14]
        if kind == b'\x08\x06' and len(frame) >= 42:
            (operation,) = struct.unpack_from('!H', frame, 20)
            yield Arp(
                time,
                _mac(frame[6:12]),
                _mac(frame[0:6]),
                operation,
                _mac(frame[22:28]),
                socket.inet_ntoa(frame[28:32]),
                _mac(frame[32:38]),
                socket.inet_ntoa(frame[38:42]),
            )
        elif kind == b'\x08\x00':
            length = (frame[14] & 15) * 4
            body = frame[14 + length : 14 + struct.unpack_from('!H', frame, 16)[0]]
            source, target = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
            if frame[23] == 17 and len(body) >= 8 and not struct.unpack_from('!H', frame, 20)[0] & 0x1FFF:
                from_port, to_port = struct.unpack_from('!HH', body)
                yield Udp(
                    time, _mac(frame[6:12]), _mac(frame[0:6]), source, target, from_port, to_port, body[8:]
                )
            elif frame[23] == 1 and len(body) >= 2:
                yield Icmp(time, _mac(frame[6:12]), source, target, body[0], body[1])
            elif frame[23] != 17:
                yield Other(time, _mac(frame[6:12]), source, frame[23], body)


def fields(payload):
    """{name: value} of a heartbeat in netstring form; empty if it is none."""
    found = {}
    if not payload.startswith(b'###\n'):
        return found
    at = 4
    while not payload.startswith(b'%%%\n', at):
        colon = payload.find(b':', at, at + 8)
        if colon < 0 or not payload[at:colon].isdigit():
            return {}
        size = int(payload[at:colon])
        item = payload[colon + 1 : colon + 1 + size]
        name, _, value = item[3:].partition(b'=')
        found.setdefault(name.decode(errors='replace'), value.decode(errors='replace'))
        at = colon + 1 + size + 1
    return found


def heartbeats(path, source=None, kind=None, port=694):
    """(time, fields) of each heartbeat; of one node by its `src`, of one type by its `t`."""
    for packet in packets(path):
        if isinstance(packet, Udp) and packet.to_port == port:
            message = fields(packet.payload)
            if message and source in (None, message.get('src')) and kind in (None, message.get('t')):
                yield packet.time, message


def announcements(path, address=None):
    """Gratuitous ARP: sender and target address are the same."""
    for packet in packets(path):
        if isinstance(packet, Arp) and packet.sender == packet.target and address in (None, packet.sender):
            yield packet


def save_heartbeats(path, target, port=694, protocol=None):
    """Writes the payloads as flood.cpp reads them: of a UDP port, or of an IP protocol of its own."""
    number = 0
    with open(target, 'wb') as file:
        for packet in packets(path):
            if (
                packet.protocol == protocol
                if isinstance(packet, Other)
                else isinstance(packet, Udp) and packet.to_port == port
            ):
                file.write(struct.pack('!H', len(packet.payload)) + packet.payload)
                number += 1
    return number


def keep(path, target, macs):
    """Copies the frames that were sent by one of the MAC addresses."""
    with open(path, 'rb') as file:
        data = file.read()
    wanted = {bytes.fromhex(mac.replace(':', '')) for mac in macs}
    with open(target, 'wb') as file:
        file.write(data[:24])
        at = 24
        while at + 16 <= len(data):
            size = struct.unpack_from('<I', data, at + 8)[0]
            if data[at + 22 : at + 28] in wanted and at + 16 + size <= len(data):
                file.write(data[at : at + 16 + size])
            at += 16 + size
