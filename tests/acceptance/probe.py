#!/usr/bin/env python3
"""probe.py ADDRESS [PORT]: what a client sees of a service. Each 10 ms it asks for / on a new connection, until SIGTERM;
then prints one line for each change of who answers, and for each span without an answer: `gap` if it is longer than
200 ms, else `change`; milliseconds, wall clock of its begin, who answered before and after. The last line is
`NUMBER answers`. An answer counts when it has come whole; a question waits 1 s for it."""
import selectors
import signal
import socket
import sys
import time

INTERVAL = 0.01  # s
PATIENCE = 1.0  # s
GAP = 0.2  # s


class Question:
    """One GET on one connection."""

    def __init__(self, address, selector):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.begin = time.monotonic()
        self.answer = b''
        self.asked = False
        self.failed = self.socket.connect_ex(address) not in (0, 115)  # EINPROGRESS
        if not self.failed:
            selector.register(self.socket, selectors.EVENT_WRITE, self)

    def go_on(self, selector):
        """Returns the answer's body when it is whole."""
        try:
            if not self.asked:
                self.socket.send(b'GET / HTTP/1.0\r\n\r\n')
                self.asked = True
                selector.modify(self.socket, selectors.EVENT_READ, self)
                return None
            more = self.socket.recv(65536)
        except OSError:
            self.failed = True
            return None
        if more:
            self.answer += more
            return None
        self.failed = True  # or answered: over in any case
        head, _, body = self.answer.partition(b'\r\n\r\n')
        return body.decode('ascii', 'replace').strip() if b' 200 ' in head.split(b'\r\n')[0] else None

    def close(self, selector):
        if self.socket in selector.get_map():
            selector.unregister(self.socket)
        self.socket.close()


class Story:
    def __init__(self):
        self.answers, self.last, self.host, self.gaps = 0, None, None, []

    def answered(self, host):
        now = time.monotonic()
        self.note_gap(now, host)
        self.answers, self.last, self.host = self.answers + 1, now, host

    def note_gap(self, now, host):
        if self.last is None:
            return
        silence = now - self.last
        if silence > GAP or host not in (self.host, 'nobody'):
            begin = time.strftime('%H:%M:%S', time.localtime(time.time() - silence))
            word = 'gap' if silence > GAP else 'change'
            self.gaps.append(f'{word} {silence * 1000:.0f} ms at {begin}, {self.host} -> {host}')


def main():
    address = (sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 80)
    selector, story, open_questions, running = selectors.DefaultSelector(), Story(), [], [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    following = time.monotonic()
    while running:
        now = time.monotonic()
        if now >= following:
            open_questions.append(Question(address, selector))
            following = max(following + INTERVAL, now - 10 * INTERVAL)  # after a pause of this machine: no burst
        for key, _ in selector.select(max(0.0, following - time.monotonic())):
            host = key.data.go_on(selector)
            if host is not None:
                story.answered(host)
        for question in [q for q in open_questions if q.failed or now - q.begin > PATIENCE]:
            question.close(selector)
            open_questions.remove(question)
    story.note_gap(time.monotonic(), 'nobody')
    print('\n'.join([*story.gaps, f'{story.answers} answers']))


main()
