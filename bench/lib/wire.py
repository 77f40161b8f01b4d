"""gRPC over HTTP/2, both sides, and protobuf, as little of them as the benchmarks need (RFC 9113, RFC 7541).

A connection belongs to one thread, which reads frames only while it waits for something. Header blocks are written without
compression and never read: who is spoken to is known.
"""

import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 4, 5
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULT_WINDOW = 65_535


class Broken(Exception):
    """The peer ended a stream or the connection, or said what it may not."""


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """A length-delimited field: text or bytes."""
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(message):
    """The length-delimited fields of a message: pairs of number and bytes."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            value |= (message[at] & 0x7F) << shift
            shift += 7
            at += 1
            if message[at - 1] < 0x80:
                return value

    while at < len(message):
        key = number()
        if key & 7 != 2:
            raise Broken(f"field {key >> 3} is not length-delimited")
        size = number()
        yield key >> 3, bytes(message[at:at + size])
        at += size


def literal(index, value):
    """A header whose name is in the static table, not to be remembered."""
    prefix = bytes([index]) if index < 15 else bytes([15, index - 15])
    return prefix + bytes([len(value)]) + value.encode()


class Stream:
    """One call; made by Connection."""

    def __init__(self, connection, number, window):
        self.connection, self.number, self.window = connection, number, window
        self.received = bytearray()
        self.ended = False

    def send(self, message, end=False):
        """One message, as fast as the peer's flow control allows."""
        rest = memoryview(b"\0" + struct.pack(">I", len(message)) + message)
        while rest:
            room = min(self.window, self.connection.window, self.connection.largest)
            if room <= 0:
                self.connection.read_frame()
                self.check()
                continue
            part, rest = rest[:room], rest[room:]
            self.window -= len(part)
            self.connection.window -= len(part)
            self.connection.frame(DATA, END_STREAM if end and not rest else 0, self.number, part)

    def take(self):
        """The next message of the peer."""
        while len(self.received) < 5 or len(self.received) < 5 + struct.unpack(">I", self.received[1:5])[0]:
            self.check()
            self.connection.read_frame()
        size = 5 + struct.unpack(">I", self.received[1:5])[0]
        message = bytes(self.received[5:size])
        del self.received[:size]
        return message

    def check(self):
        if self.ended:
            raise Broken("the peer ended the stream")

    def end(self):
        """Ends this side, and waits until the peer has ended its own."""
        self.connection.frame(DATA, END_STREAM, self.number, b"")
        while not self.ended:
            self.connection.read_frame()

    def reset(self):
        self.connection.frame(RST_STREAM, 0, self.number, struct.pack(">I", 8))


class Connection:
    """One connection; `window` is what the peer may send on each stream before it is told that there is room again."""

    def __init__(self, connected, server=False, window=1 << 20, seconds=30):
        self.socket = connected
        self.socket.settimeout(seconds)
        self.reader = connected.makefile("rb", buffering=1 << 16)
        self.streams = {}
        self.opened = []
        self.next = 1
        self.window, self.initial, self.largest = DEFAULT_WINDOW, DEFAULT_WINDOW, 16_384
        if server and self.reader.read(len(PREFACE)) != PREFACE:
            raise Broken("no HTTP/2")
        if not server:
            self.socket.sendall(PREFACE)
        self.frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window))
        self.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", window))

    @staticmethod
    def unix(path, **options):
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(path))
        return Connection(one, **options)

    def call(self, path):
        """A new call of a client."""
        stream = self.streams[self.next] = Stream(self, self.next, self.initial)
        self.next += 2
        block = b"\x83\x86" + literal(4, path) + literal(1, "localhost") + literal(31, "application/grpc")
        self.frame(HEADERS, END_HEADERS, stream.number, block + b"\0\x02te\x08trailers")
        return stream

    def accept(self):
        """The next call of the peer; answered with its headers already."""
        while not self.opened:
            self.read_frame()
        stream = self.opened.pop(0)
        self.frame(HEADERS, END_HEADERS, stream.number, b"\x88" + literal(31, "application/grpc"))
        return stream

    def frame(self, kind, flags, stream, payload):
        self.socket.sendall(struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload)

    def read_frame(self):
        head = self.reader.read(9)
        if len(head) < 9:
            raise Broken("the peer closed the connection")
        size, kind, flags, number = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
        self.take(kind, flags, number, self.reader.read(size))

    def take(self, kind, flags, number, payload):
        stream = self.streams.get(number)
        if kind == HEADERS and stream is None:
            stream = self.streams[number] = Stream(self, number, self.initial)
            self.opened.append(stream)
        if kind == DATA and payload:
            for each in [0, number]:
                self.frame(WINDOW_UPDATE, 0, each, struct.pack(">I", len(payload)))
            if stream:
                stream.received += payload
        elif kind == SETTINGS and not flags & ACK:
            self.settings(payload)
        elif kind == PING and not flags & ACK:
            self.frame(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            whose = self if number == 0 else stream
            if whose:  # else of a stream that has ended
                whose.window += int.from_bytes(payload, "big")
        elif kind == GOAWAY and payload[4:8] != bytes(4):
            raise Broken(f"the peer goes away: {payload[8:].decode(errors='replace')}")
        if stream and (kind == RST_STREAM or kind in (DATA, HEADERS) and flags & END_STREAM):
            stream.ended = True
            del self.streams[number]

    def settings(self, payload):
        for at in range(0, len(payload), 6):
            name, value = struct.unpack(">HI", payload[at:at + 6])
            if name == INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self.initial
                self.initial = value
            elif name == MAX_FRAME_SIZE:
                self.largest = value
        self.frame(SETTINGS, ACK, 0, b"")

    def close(self):
        self.reader.close()
        self.socket.close()
