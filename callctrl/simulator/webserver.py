"""The smallest HTTP server a wizard can fetch a page from: HTTP/1.0, GET, loop-back.

All it says comes from `webadmin.answer`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from callctrl.simulator.spa9000 import Spa9000
from callctrl.simulator.webadmin import Device, WebAnswer, WebRequest, answer

__all__ = ["serve_web"]

_MAX_REQUEST_BYTES = 8192
_TIME_LIMIT = 5.0
"""For a request and its answer together, in seconds."""


async def serve_web(
    spa: Spa9000,
    device: Device,
    clock: Callable[[], float],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> asyncio.Server:
    """Serve the pages of one device until the server is closed.

    By custom the SPA9000 has a port and the phone the next one. Port 0 is any that is free;
    `server.sockets` tells which. `clock` is the one the engine's `now` is read from.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                request = _read_request(await reader.readuntil(b"\r\n\r\n"))
                if request is None:
                    reply = WebAnswer(400, "Bad Request", b"400 Bad Request\n", "text/plain")
                    writer.write(_write_answer(reply))
                else:
                    reply = answer(spa, device, request, clock())
                    writer.write(_write_answer(reply, with_body=request.method != "HEAD"))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asks so gets no answer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    return await asyncio.start_server(serve, host, port, limit=_MAX_REQUEST_BYTES)


def _read_request(head: bytes) -> WebRequest | None:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        return None
    headers = {name.strip().lower(): value.strip() for name, _, value in map(_partition, lines)}
    return WebRequest(words[0], words[1], headers.get("authorization", ""))


def _partition(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _write_answer(reply: WebAnswer, *, with_body: bool = True) -> bytes:
    headers = {
        "Server": "Linksys",
        **reply.headers,
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        "Connection": "close",
    }
    lines = [f"HTTP/1.0 {reply.status} {reply.reason}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head + reply.body if with_body else head
