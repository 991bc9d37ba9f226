"""A peer made by hand, with the faults that a test asks for.

It speaks 3.0.6's dialect, signed with crc, from a host's network.
"""
import base64
import ctypes
import os
import random
import select
import socket
import threading
import time

TURNED = {'all': 'all', 'local': 'foreign', 'foreign': 'local', 'none': 'none'}


def crc(data):
    """CRC-32 of 3.0.6: most significant bit first, start 0, inverted at the end; hex, no leading zeros."""
    value = 0
    for octet in data:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
        value &= 0xFFFFFFFF
    return f'{value ^ 0xFFFFFFFF:x}'


def as_netstring(fields):
    """fields: [(type, name, octets)]"""
    data = b'###\n'
    for kind, name, value in fields:
        item = b'(%d)%s=%s' % (kind, name.encode(), value)
        data += b'%d:%s,' % (len(item), item)
    data += b'%%%\n'
    signature = b'1 ' + crc(data).encode()
    return data + b'%d:%s,' % (len(signature), signature)


def as_classic(fields):
    lines = b''
    for kind, name, value in fields:
        prefix = b'(%d)' % kind if kind else b''
        lines += prefix + name.encode() + b'=' + (base64.b64encode(value) if kind else value) + b'\n'
    return b'>>>\n' + lines + b'auth=1 ' + crc(lines).encode() + b'\n<<<\n\0'


def parse(data):
    """{name: text} of a netstring message; empty for anything else."""
    found, at = {}, 4
    if not data.startswith(b'###\n'):
        return found
    while not data.startswith(b'%%%\n', at):
        colon = data.index(b':', at)
        item = data[colon + 1 : colon + 1 + int(data[at:colon])]
        name, _, value = item[3:].partition(b'=')
        found.setdefault(name.decode(), value.decode(errors='replace'))
        at = colon + 2 + len(item)
    return found


def open_socket(host):
    """A socket of the host's network, in this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open('/proc/self/ns/net', os.O_RDONLY)
    other = os.open(f'/proc/{host.space.pid}/ns/net', os.O_RDONLY)
    try:
        if libc.setns(other, 0x40000000):
            raise OSError(ctypes.get_errno(), 'setns')
        try:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        finally:
            libc.setns(own, 0x40000000)
    finally:
        os.close(own)
        os.close(other)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
    made.bind(('', 694))
    return made


class HandPeer:
    """One node. Attributes say what it does by itself; send() says anything else."""

    form = 'netstring'  # or classic
    protocol = True
    extra = ()  # fields on every message
    keepalive = 0.2
    dt = 2000
    beats = True
    asks_for_nodes = True
    answers_reqnodes = True
    acknowledges = True
    resends = True
    answers = True  # handshakes and `starting`
    answer_delay = 0.0
    repeats = 1  # of each resource message
    with_uuid = True
    to = None  # destination; the broadcast address of the network if None

    def __init__(self, host, other, **attributes):
        self.host, self.name, self.other = host, host.name, other
        for name, value in attributes.items():
            assert hasattr(type(self), name), name
            setattr(self, name, value)
        self.uuid = bytes(random.Random(host.name).randrange(256) for _ in range(16))
        self.hg, self.seq, self.status, self.store = int(time.time()), 0, 'up', {}
        self.holds, self.stable, self.giving = set(), False, None
        self.heard, self.last = [], 0  # [(time, fields)] of the other, and its highest seq
        self.lock, self.running = threading.RLock(), False
        self.socket = open_socket(host)
        self.target = (self.to or str(host.lab.network.broadcast_address), 694)

    # Sending --------------------------------------------------------------------------------------

    def encode(self, kind, fields, seq=None, **header):
        values = [(0, 't', kind.encode())]
        for name, value in fields.items():
            number, value = value if isinstance(value, tuple) else (0, value)
            values.append((number, name, value if isinstance(value, bytes) else str(value).encode()))
        values += [(0, name, value) for name, value in self.extra]
        values.append((0, 'src', header.get('src', self.name).encode()))
        if self.with_uuid:
            values.append((1, 'srcuuid', self.uuid))
        if seq is not None:
            values.append((0, 'seq', b'%x' % seq))
        values.append((0, 'hg', b'%x' % header.get('hg', self.hg)))
        values.append((0, 'ts', b'%x' % int(time.time())))
        if seq is not None:
            values.append((0, 'ld', b'0.01 0.02 0.03 1/100 99'))
        values.append((0, 'ttl', b'3'))
        return as_classic(values) if self.form == 'classic' else as_netstring(values)

    def put(self, data):
        self.socket.sendto(data, self.target)

    def make(self, kind, **fields):
        """Numbered and stored, not sent."""
        with self.lock:
            seq = None
            if not kind.startswith('NS_'):
                self.seq += 1
                seq = self.seq
            data = self.encode(kind, fields, seq)
            if seq:
                self.store[seq] = data
            return data

    def send(self, kind, **fields):
        with self.lock:
            self.put(self.make(kind, **fields))
            return self.seq

    def beat(self, status=None):
        protocol = {'protocol': '1'} if self.protocol else {}
        return self.send('status', st=status or self.status, dt=f'{self.dt:x}', **protocol)

    def word(self):
        return 'all' if len(self.holds) == 2 else next(iter(self.holds), 'none')

    def tell(self, stable=None, **more):
        if stable is not None:
            self.stable = stable
        for _ in range(self.repeats):
            self.send('resource', rsc_hold=self.word(), rtype='full', isstable=int(self.stable), **more)

    def ask(self, which, info):
        self.send('ask_resources', rsc_hold=which, info=info)

    def standby(self, which):
        self.giving = which
        self.ask(which, 'me')

    # Hearing --------------------------------------------------------------------------------------

    def start(self):
        self.running = True
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        if self.running:
            self.running = False
            self.thread.join()
        self.socket.close()

    def live(self):
        self.beat('init')
        due, asked = time.monotonic(), 0.0
        while self.running:
            now = time.monotonic()
            if self.beats and now >= due:
                self.beat()
                due = now + self.keepalive
            if self.status == 'up' and self.last and now - asked > 1:
                asked = now
                if self.asks_for_nodes:
                    self.send('reqnodes', dest=self.other)
                else:
                    self.become_active()
            if select.select([self.socket], [], [], 0.005)[0]:
                self.hear(self.socket.recv(65536))

    def hear(self, data):
        fields = parse(data)
        if fields.get('src') != self.other:
            return
        with self.lock:
            self.heard.append((time.time(), fields))
            if 'seq' in fields:
                number = int(fields['seq'], 16)
                if fields['t'] == 'status' and number < 4:
                    self.last = 0
                self.last = max(self.last, number)
                if self.acknowledges and number % 10 == 7:
                    self.send('NS_ackmsg', dest=self.other, ackseq=f'{number:x}')
            if fields.get('dest') in (None, self.name):
                handler = getattr(self, 'on_' + fields['t'], None)
                if handler:
                    handler(fields)

    def on_reqnodes(self, _):
        if self.answers_reqnodes:
            names = ' '.join(sorted((self.name, self.other))) + ' '
            self.send('repnodes', dest=self.other, nodelist=names, delnodelist=' ')

    def on_repnodes(self, _):
        if self.status == 'up':
            self.become_active()

    def become_active(self):
        self.status = 'active'
        self.beat()
        self.send('starting')

    def on_starting(self, _):
        if self.answers and self.status == 'active':  # before that it does not listen
            self.tell()

    def on_resource(self, fields):
        if self.answers and fields.get('isstable') == '1' and not self.stable and self.status == 'active':
            if fields['rsc_hold'] in ('none', 'local'):
                self.holds.add('local')
            self.tell(True)

    def on_ask_resources(self, fields):
        if not self.answers:
            return
        which, info = fields['rsc_hold'], fields['info']
        if info == 'me':
            time.sleep(self.answer_delay)
            self.ask(which, 'other')
        elif info == 'other' and self.giving:
            self.holds -= {'local', 'foreign'} if self.giving == 'all' else {self.giving}
            self.tell(False, info='standby')
            self.ask(self.giving, 'done')
        elif info == 'done' and self.giving:
            self.giving = None
            self.tell(True)
        elif info == 'done':
            mine = TURNED[which]
            self.holds |= {'local', 'foreign'} if mine == 'all' else {mine}
            self.tell(True)
            self.ask(which, 'done')

    def on_NS_rexmit(self, fields):
        for number in range(int(fields['firstseq']), int(fields['lastseq']) + 1):
            if self.resends and number in self.store:
                self.put(self.store[number])

    # What a test asks -----------------------------------------------------------------------------

    def said(self, kind, since=0.0, **wanted):
        """[(time, fields)] that the other said."""
        with self.lock:
            return [
                (at, fields)
                for at, fields in self.heard
                if at > since
                and fields.get('t') == kind
                and all(fields.get(k) == v for k, v in wanted.items())
            ]
