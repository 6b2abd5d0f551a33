"""A proxy before a server, that keeps what clients send: commands as the server gets them, not as the client counts them."""

import contextlib
import socket
import struct
import threading

import bson

OP_QUERY, OP_MSG = 2004, 2013


class Wire:
    """commands: every command's document, in the order of their arrival. broken: what was sent and is no message."""

    def __init__(self, server):
        self.commands, self.broken = [], []
        self._to = ("127.0.0.1", server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = "mongodb://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def named(self, name):
        return [each for each in self.commands if next(iter(each)) == name]

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._to)
                threading.Thread(target=self._forward, args=(client, server, self._record), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, None), daemon=True).start()

    @staticmethod
    def _forward(source, target, record):
        rest = b""
        with source, target, contextlib.suppress(OSError):
            while data := source.recv(65536):
                if record:
                    rest = record(rest + data)
                target.sendall(data)
        if record and rest:
            record(rest, True)

    def _record(self, data, last=False):
        while len(data) >= 16:
            length, _, _, code = struct.unpack_from("<iiii", data)
            if length < 16 or code not in (OP_QUERY, OP_MSG):
                break
            if len(data) < length:
                return data
            if code == OP_MSG:
                self.commands.append(self._message(data[16:length]))
            data = data[length:]
        if len(data) >= 16 or (last and data):
            self.broken.append(data)
            data = b""
        return data

    @staticmethod
    def _message(body):
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
def recorded(server):
    wire = Wire(server)
    try:
        yield wire
    finally:
        wire.close()
