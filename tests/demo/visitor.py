"""The client: a new HTTP request every few milliseconds, each on a connection of its own, whether or not
earlier ones were answered. Prints one line per request: when it began and ended (ns of the monotonic clock)
and which of the names was on the page, or "-" when there was none in time.

    visitor.py ADDRESS INTERVAL_MS NAME...
"""
import selectors
import socket
import sys
import time

LIMIT = 0.4  # s for one request


class Request:
    def __init__(self, address):
        self.began = time.monotonic_ns()
        self.answer = b''
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.connect_ex((address, 80))


class Client:
    def __init__(self, address, interval, names):
        self.address, self.interval, self.names = address, interval, [name.encode() for name in names]
        self.selector = selectors.DefaultSelector()
        self.open = {}

    def begin(self):
        request = Request(self.address)
        self.open[request.socket] = request
        self.selector.register(request.socket, selectors.EVENT_WRITE)

    def end(self, request, name='-'):
        self.selector.unregister(request.socket)
        del self.open[request.socket]
        request.socket.close()
        print(request.began, time.monotonic_ns(), name)

    def advance(self, request, events):
        try:
            if events & selectors.EVENT_WRITE:
                request.socket.send(b'GET / HTTP/1.0\r\nHost: site\r\n\r\n')
                self.selector.modify(request.socket, selectors.EVENT_READ)
                return
            block = request.socket.recv(4096)
        except OSError:
            self.end(request)
            return
        request.answer += block
        if not block:
            found = [name.decode() for name in self.names if name in request.answer]
            self.end(request, found[0] if found else '-')

    def run(self):
        due = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= due:
                self.begin()
                due = max(due + self.interval, now - 5 * self.interval)
            for key, events in self.selector.select(max(0, due - time.monotonic())):
                if key.fileobj in self.open:
                    self.advance(self.open[key.fileobj], events)
            old = time.monotonic_ns() - int(LIMIT * 1e9)
            for request in [request for request in self.open.values() if request.began < old]:
                self.end(request)
            sys.stdout.flush()


if __name__ == '__main__':
    try:
        Client(sys.argv[1], int(sys.argv[2]) / 1000, sys.argv[3:]).run()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
