"""The pages over real HTTP, on loop-back."""

from __future__ import annotations

import asyncio

import pytest

from callctrl.simulator import Config, Device, serve_web

from .peer import simulator


async def ask(device: Device, request: bytes, config: Config | None = None) -> bytes:
    """What the device answers to raw bytes."""
    server = await serve_web(simulator(config or Config()), device, lambda: 0.0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        try:
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


async def test_profile_is_fetched() -> None:
    reply = await ask(Device.PHONE, b"GET /admin/spacfg.xml HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body.startswith(b"<flat-profile>")


async def test_log_in_is_asked_for_and_taken() -> None:
    config = Config(admin_password="s3cret")
    first = await ask(Device.SPA9000, b"GET / HTTP/1.0\r\n\r\n", config)
    assert b'WWW-Authenticate: Basic realm="SPA9000"\r\n' in first
    request = b"GET / HTTP/1.0\r\nauthorization: Basic YWRtaW46czNjcmV0\r\n\r\n"
    assert (await ask(Device.SPA9000, request, config)).startswith(b"HTTP/1.0 200")


async def test_head_has_no_body() -> None:
    reply = await ask(Device.PHONE, b"HEAD / HTTP/1.0\r\n\r\n")
    assert reply.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET x HTTP/1.0\r\n\r\n", b"\xff\r\n\r\n"]
)
async def test_what_is_no_http_gets_400(request_: bytes) -> None:
    assert (await ask(Device.PHONE, request_)).startswith(b"HTTP/1.0 400")


async def test_endless_request_gets_no_answer() -> None:
    try:
        reply = await ask(Device.PHONE, b"GET / HTTP/1.0\r\nX: " + b"a" * 20_000)
    except ConnectionError:
        reply = b""
    assert reply == b""
