"""A proxy before a server, that knows where messages begin and end: it keeps what clients send, commands as the server gets them,
not as the client counts them, and does to each what a rule says."""

import contextlib
import socket
import struct
import threading
import time

import bson

OP_QUERY, OP_MSG = 2004, 2013
# The driver's looking for servers, as often as it likes.
UNNUMBERED = ("hello", "isMaster", "ismaster")


class Cut(Exception):
    """Ends the connection, on both sides."""


class Exchange:
    """A command on its way, the number'th on this wire (from 0). A rule sends it on and answers it, or does not."""

    def __init__(self, wire, number, name, request, client, server):
        self.wire, self.number, self.name, self.request = wire, number, name, request
        self._client, self._server = client, server

    def send(self, part=1.0):
        """To the server, the first part of it."""
        self._server.sendall(self.request[:int(len(self.request) * part)])

    def receive(self):
        reply = read_message(self._server)
        if not whole(reply):
            raise Cut
        time.sleep(self.wire.delay)
        return reply

    def answer(self, reply, part=1.0):
        self._client.sendall(reply[:int(len(reply) * part)])

    def cut(self):
        raise Cut

    def forward(self):
        self.send()
        self.answer(self.receive())


class Wire:
    """commands: every command's document, in the order of their arrival; by_connection: their names, by the client's port.
    broken: what was sent and is no message. delay: seconds that every reply takes longer."""

    def __init__(self, server, rule=Exchange.forward, delay=0):
        self.server, self.rule, self.delay = server, rule, delay
        self.commands, self.broken, self.by_connection = [], [], {}
        self.numbered = 0
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = "mongodb://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def named(self, name):
        return [each for each in self.commands if next(iter(each)) == name]

    def refuse(self):
        """From now on nobody gets through, as if the server were gone."""
        # A thread that waits in accept() keeps a closed socket listening.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self):
        self.refuse()
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError, Cut):
            with socket.create_connection(("127.0.0.1", self.server.port)) as server:
                with self._lock:
                    self._open |= {client, server}
                for each in client, server:
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    while data := read_message(client):
                        self._pass_on(data, client, server)
                finally:
                    with self._lock:
                        self._open -= {client, server}

    def _pass_on(self, data, client, server):
        if not whole(data):
            self.broken.append(data)
            raise Cut
        command = message(data[16:]) if opcode(data) == OP_MSG else {}
        name = next(iter(command), "hello")
        number = -1
        with self._lock:
            if command:
                self.commands.append(command)
                self.by_connection.setdefault(client.getpeername()[1], []).append(name)
            if name not in UNNUMBERED:
                number, self.numbered = self.numbered, self.numbered + 1
        exchange = Exchange(self, number, name, data, client, server)
        if number < 0:
            exchange.forward()
        else:
            self.rule(exchange)


def opcode(data):
    return struct.unpack_from("<i", data, 12)[0]


def whole(data):
    return len(data) >= 16 and len(data) == struct.unpack_from("<i", data)[0]


def read_message(source):
    """A whole one; what there is of it, or of what is none; b"" at the end."""
    data = b""
    missing = 16
    while missing > 0:
        part = source.recv(missing)
        data += part
        if not part:
            break
        if len(data) == 16:
            length = struct.unpack_from("<i", data)[0]
            if length < 16 or opcode(data) not in (1, OP_QUERY, OP_MSG):
                break
        missing = (16 if len(data) < 16 else length) - len(data)
    return data


def message(body):
    """An OP_MSG's command, with its document sequences as members."""
    at, command, documents = 4, None, {}
    while at < len(body):
        kind, at = body[at], at + 1
        size, = struct.unpack_from("<i", body, at)
        section = body[at:at + size]
        at += size
        if kind == 0:
            command = bson.decode(section)
        else:
            name, _, rest = section[4:].partition(b"\0")
            documents[name.decode()] = bson.decode_all(rest)
    return {**command, **documents}


@contextlib.contextmanager
def recorded(server, rule=Exchange.forward):
    wire = Wire(server, rule)
    try:
        yield wire
    finally:
        wire.close()
