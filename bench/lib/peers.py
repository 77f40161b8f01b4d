"""What an agent has around it, in processes of their own: a nameserver, and an application that is scraped and collects exports."""

import asyncio
import multiprocessing
import signal
import socket
import struct

TTL = 60


def spawn(target, *arguments):
    process = multiprocessing.get_context("fork").Process(target=quietly, args=(target, *arguments), daemon=True)
    process.start()
    return process


def quietly(target, *arguments):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    target(*arguments)


def serve_names(listening):
    """Answers every question with one address."""
    while True:
        question, who = listening.recvfrom(512)
        end = question.index(0, 12) + 5  # name, type and class; what comes after them is left out
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
        answer = struct.pack(">HHHIH4s", 0xC00C, 1, 1, TTL, 4, bytes([192, 0, 2, question[13] & 0x7F]))
        listening.sendto(head + question[12:end] + answer, who)


def nameserver():
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))
    spawn(serve_names, listening)
    return listening.getsockname()[1]


def metrics(series):
    lines = ["# HELP shop_orders_total Orders", "# TYPE shop_orders_total counter"]
    lines += [f'shop_orders_total{{customer="customer-{i}",method="POST"}} {i}' for i in range(series)]
    return ("\n".join(lines) + "\n").encode()


def serve_application(listening, body):
    async def answer(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line.split(b":")[1]))
                content = body if head.startswith(b"GET") else b""
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %d\r\n\r\n"
                             % len(content) + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def forever():
        server = await asyncio.start_server(answer, sock=listening)
        await server.serve_forever()

    asyncio.run(forever())


def application(series):
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    spawn(serve_application, listening, metrics(series))
    return listening.getsockname()[1]
