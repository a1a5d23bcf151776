# SPDX-License-Identifier: MIT
"""A server in front of the emulator that passes requests on, or breaks the ones it is told to.

One Front stands for one address of the API. The relay and the emulator's rules break connections
and answers too; here one method of one address can be broken, and the bytes of an answer are free.
"""

import asyncio
import socket
import struct
import threading

PATIENCE = 30


class Request:
    def __init__(self, head, body):
        self.head, self.body = head, body
        self.method, self.path = head.split(b" ", 2)[:2]
        self.method, self.path = self.method.decode(), self.path.decode()
        self.headers = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            self.headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")


async def read_message(reader):
    """The head and the body of the next message; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


class Exchange:
    """One request that is to be answered wrongly."""

    def __init__(self, front, reader, writer, request):
        self.front, self.reader, self.writer, self.request = front, reader, writer, request

    async def forward(self):
        """Has the emulator do it; the head and the body of its answer."""
        reader, writer = await asyncio.open_connection(*self.front.emulator)
        writer.write(self.request.head + self.request.body)
        answer = await read_message(reader)
        writer.close()
        return answer

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status, body, *headers, content_type="application/json", length=None):
        """A whole answer; with length the Content-Length is that."""
        if isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {status} Text", *headers]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        lines.append(f"Content-Length: {len(body) if length is None else length}")
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def close(self):
        self.writer.close()

    def reset(self):
        reset(self.writer)

    async def stall(self):
        """Until the other side gives up."""
        await self.reader.read()


def reset(writer):
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


class Front:
    """One address. break_next(fault, methods, times) makes it break such requests from then on;
    each PUT is `slow' seconds late."""

    def __init__(self, fronts, emulator):
        self.fronts, self.emulator = fronts, emulator
        self.fault, self.methods, self.left = None, (), 0
        self.paths, self.writers, self.server, self.port = [], set(), None, 0
        self.slow = 0

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self.server.sockets[0].getsockname()[1]

    def is_broken(self, method):
        """Whether this one is to be broken; None asks for a connection's beginning."""
        if self.fault is None or self.left == 0 or (self.fault.early != (method is None)):
            return False
        if method is not None and method not in self.methods:
            return False
        self.left -= 1
        return True

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            if self.is_broken(None):
                await self.fault.act(Exchange(self, reader, writer, None))
            else:
                while await self.serve_one(reader, writer):
                    pass
        except (ConnectionError, asyncio.TimeoutError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def serve_one(self, reader, writer):
        message = await read_message(reader)
        if message is None:
            return False
        request = Request(*message)
        self.paths.append(request.path)
        exchange = Exchange(self, reader, writer, request)
        if self.is_broken(request.method):
            await asyncio.wait_for(self.fault.act(exchange), PATIENCE)
        else:
            await asyncio.sleep(self.slow if request.method == "PUT" else 0)
            answer = await exchange.forward()
            if answer is None:
                return False
            await exchange.send(b"".join(answer))
        return not writer.is_closing()

    async def arm(self, fault, methods, times):
        self.fault, self.methods, self.left = fault, methods, times
        if not fault.early:
            return
        if fault.deaf:
            self.server.close()
            await self.server.wait_closed()
        for writer in list(self.writers):
            writer.close()
        await asyncio.sleep(0.02)

    async def disarm(self):
        if self.fault and self.fault.deaf:
            await self.listen()
        self.fault = None

    def break_next(self, fault, methods, times=-1):
        self.fronts.call(self.arm(fault, methods, times))

    def mend(self):
        self.fronts.call(self.disarm())


class Fronts:
    """All of them, served by one thread."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def new(self):
        front = Front(self, self.emulator)
        self.call(front.listen())
        return front
