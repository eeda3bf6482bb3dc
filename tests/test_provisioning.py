"""The web admins here are real ones on the loopback: a few lines of HTTP on asyncio streams."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import socket
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callctrl.phones.spacfg import MAX_BYTES, PbxProfile, PhoneProfile
from callctrl.provisioning import Findings, Page, Problem, Unread, fetch, find_settings

DATA = Path(__file__).parent / "data" / "spacfg"
SPA9000 = (DATA / "spa9000.xml").read_bytes()
SPA942 = (DATA / "spa942.xml").read_bytes()

ADMIN_PASSWORD = "open-sesame"
EXT_PASSWORD = "blue-giraffe"
BASIC = 'Basic realm="spa admin"'

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class WebAdmin:
    """A server that gives one kind of answer, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self.host = ""
        self.was_asked = asyncio.Event()
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[WebAdmin]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            await asyncio.gather(*self._tasks)  # each ends when its client hangs up
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request)
            self.was_asked.set()
            await self._answer(request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.close()


def reply(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def always(answer: bytes) -> WebAdmin:
    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return WebAdmin(serve)


def protected(body: bytes, challenges: list[str], is_right: Callable[[str], bool]) -> WebAdmin:
    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        sent = re.search(rb"(?im)^Authorization: (.*)\r$", request)
        if sent and is_right(sent[1].decode()):
            writer.write(reply("200 OK", body))
        else:
            fields = [f"WWW-Authenticate: {each}" for each in challenges]
            writer.write(reply("401 Unauthorized", b"<html>no</html>", *fields))

    return WebAdmin(serve)


def basic(body: bytes, password: str = ADMIN_PASSWORD) -> WebAdmin:
    token = b64encode(f"admin:{password}".encode()).decode()
    return protected(body, [BASIC], lambda sent: sent == f"Basic {token}")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest(body: bytes, *challenges: str) -> WebAdmin:
    def is_right(sent: str) -> bool:
        if not sent.startswith("Digest "):
            return False
        fields: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]*)"?', sent[7:]))
        nonce, asked = fields["nonce"], "GET:/admin/spacfg.xml"
        hash_of = sha256 if fields.get("algorithm") == "SHA-256" else md5
        if "qop" in fields:
            nonce = ":".join([nonce, fields["nc"], fields["cnonce"], fields["qop"]])
        if fields.get("qop") == "auth-int":
            asked += f":{hash_of('')}"
        secret = hash_of(f"admin:{fields['realm']}:{ADMIN_PASSWORD}")
        expected = hash_of(f"{secret}:{nonce}:{hash_of(asked)}")
        return (
            fields["username"] == "admin"
            and fields["uri"] == "/admin/spacfg.xml"
            and fields["response"] == expected
        )

    return protected(body, list(challenges), is_right)


def drip(head: bytes, piece: bytes) -> WebAdmin:
    """Sends its piece again and again, for ever."""

    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)

    return WebAdmin(serve)


def our_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "callctrl-web-admin"]


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    for thread in our_threads():
        thread.join(timeout=30)
        assert not thread.is_alive()


# One device


async def test_an_open_device_is_read() -> None:
    async with always(reply("200 OK", SPA9000)).running() as server:
        assert await fetch(server.host, "") == Page(SPA9000, is_protected=False)

    (request,) = server.requests
    assert request.startswith(b"GET /admin/spacfg.xml HTTP/1.1\r\n")
    assert b"Authorization" not in request


async def test_an_answer_may_end_with_the_connection() -> None:
    async with always(b"HTTP/1.0 200 OK\r\n\r\n" + SPA9000).running() as server:
        assert await fetch(server.host, "") == Page(SPA9000, is_protected=False)


async def test_a_password_is_not_sent_unasked() -> None:
    async with always(reply("200 OK", SPA9000)).running() as server:
        await fetch(server.host, ADMIN_PASSWORD)

    assert b"Authorization" not in b"".join(server.requests)


@pytest.mark.parametrize("password", [ADMIN_PASSWORD, "schlüssel : €"])
async def test_basic_is_answered(password: str) -> None:
    async with basic(SPA9000, password).running() as server:
        assert await fetch(server.host, password) == Page(SPA9000, is_protected=True)

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "challenges",
    [
        ['Digest realm="spa admin", nonce="0a1b2c3d"'],
        ['Digest realm="spa admin", nonce="0a1b2c3d", algorithm=md5, opaque="x"'],
        ['Digest realm="spa admin", nonce="0a1b2c3d", qop="auth", algorithm=MD5'],
        ['Digest realm="spa admin", qop=auth, nonce="0a1b2c3d"'],
        ['Digest realm="spa admin", nonce="0a1b2c3d", qop="auth-int, auth", opaque="x"'],
        ['Digest realm="spa admin", nonce="0a1b2c3d", qop="auth-int"'],
        ['Digest realm="spa admin", nonce="0a1b2c3d", qop=auth-int'],
        [BASIC, 'Digest realm="spa admin", nonce="0a1b2c3d", qop="auth"'],
        [
            'Digest realm="spa admin", nonce="0a1b2c3d", algorithm=SHA-256',
            'Digest realm="spa admin", nonce="0a1b2c3d"',
        ],
    ],
)
async def test_digest_is_answered_and_preferred(challenges: list[str]) -> None:
    async with digest(SPA9000, *challenges).running() as server:
        assert await fetch(server.host, ADMIN_PASSWORD) == Page(SPA9000, is_protected=True)

    assert len(server.requests) == 2
    sends_qop = b"qop=auth," in server.requests[1]
    assert sends_qop == any(re.search(r"auth(?!-)", each.split("qop")[-1]) for each in challenges)
    assert (b"SHA-256" in server.requests[1]) == any("SHA-256" in each for each in challenges)


async def test_basic_is_the_way_out_of_a_digest_we_cannot_compute() -> None:
    token = b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
    challenges = ['Digest realm="x", nonce="y", algorithm=SHA3-256', "Digest oddly", BASIC]
    server = protected(SPA9000, challenges, lambda sent: sent == f"Basic {token}")
    async with server.running():
        assert isinstance(await fetch(server.host, ADMIN_PASSWORD), Page)


@pytest.mark.parametrize("make", [basic, lambda body: digest(body, 'Digest realm="r", nonce="n"')])
@pytest.mark.parametrize(("password", "requests"), [("", 1), ("wrong", 2)])
async def test_a_password_is_wanted(
    make: Callable[[bytes], WebAdmin], password: str, requests: int
) -> None:
    async with make(SPA9000).running() as server:
        found = await fetch(server.host, password)

    assert found == Unread(Problem.PASSWORD_WANTED, "HTTP 401")
    assert len(server.requests) == requests, "a wrong password is not tried again"


@pytest.mark.parametrize("challenges", [[], ["Negotiate"], ['Digest realm="only half"']])
async def test_a_challenge_without_an_answer_is_a_refusal(challenges: list[str]) -> None:
    async with protected(SPA9000, challenges, lambda _: False).running() as server:
        found = await fetch(server.host, ADMIN_PASSWORD)

    assert isinstance(found, Unread)
    assert found.problem is Problem.REFUSED
    assert len(server.requests) == 1


async def test_a_challenge_that_cannot_be_sent_back_is_no_spa() -> None:
    challenge = 'Digest realm="r", nonce="a\rSet-Cookie: b"'
    async with protected(SPA9000, [challenge], lambda _: False).running() as server:
        found = await fetch(server.host, ADMIN_PASSWORD)

    assert isinstance(found, Unread)
    assert not any(b"Set-Cookie" in request for request in server.requests)


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "500 Oops", "204 No Content"])
async def test_another_status_is_a_refusal(status: str) -> None:
    async with always(reply(status)).running() as server:
        found = await fetch(server.host, ADMIN_PASSWORD)

    assert found == Unread(Problem.REFUSED, f"HTTP {status[:3]}")


async def test_a_redirect_is_not_followed() -> None:
    async with always(reply("200 OK", SPA9000)).running() as elsewhere:
        location = f"Location: http://{elsewhere.host}/admin/spacfg.xml"
        async with always(reply("302 Found", b"", location)).running() as server:
            found = await fetch(server.host, ADMIN_PASSWORD)

    assert found == Unread(Problem.REFUSED, "HTTP 302")
    assert elsewhere.requests == []


async def test_a_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with always(reply("200 OK")).running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        async with always(reply("200 OK", SPA9000)).running() as server:
            assert isinstance(await fetch(server.host, ""), Page)

    assert proxy.requests == []


async def test_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"

        assert await fetch(host, "") == Unread(Problem.NO_ANSWER, "ConnectionRefusedError")


async def test_a_silent_device_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        found = await fetch(host, ADMIN_PASSWORD, limit=0.05)

    assert found == Unread(Problem.NO_ANSWER, "no answer in 0.05 s")


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Endless: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a"),
        (b"HTTP/1.0 200 OK\r\n\r\n<flat-profile>", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
async def test_a_device_that_drips_is_given_up_and_hung_up_on(head: bytes, piece: bytes) -> None:
    async with drip(head, piece).running() as server:
        found = await fetch(server.host, "", limit=0.3)

        for thread in our_threads():
            await asyncio.to_thread(thread.join, 30)
            assert not thread.is_alive()

    assert found == Unread(Problem.NO_ANSWER, "no answer in 0.3 s")


async def test_an_endless_body_is_read_to_the_limit_only() -> None:
    server = drip(b"HTTP/1.0 200 OK\r\n\r\n<flat-profile>", b" " * 100_000)
    async with server.running():
        found = await fetch(server.host, "", limit=30)

    assert found == Unread(Problem.NOT_A_SPA, f"more than {MAX_BYTES} bytes")


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff\xfe" * 99, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200],
)
async def test_what_is_no_http_is_no_spa(answer: bytes) -> None:
    async with always(answer).running() as server:
        found = await fetch(server.host, ADMIN_PASSWORD)

    assert isinstance(found, Unread)
    assert found.problem is Problem.NOT_A_SPA


async def test_a_connection_closed_at_once_is_no_answer() -> None:
    async with always(b"").running() as server:
        found = await fetch(server.host, "")

    assert found == Unread(Problem.NO_ANSWER, "RemoteDisconnected")


@pytest.mark.parametrize(
    "host",
    [
        f"http://admin:{ADMIN_PASSWORD}@127.0.0.1/",
        f"{ADMIN_PASSWORD}@127.0.0.1",
        "127.0.0.1/admin",
        "127.0.0.1 80",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:70000",
        ":80",
        "[::1]:80",
        "no..name",
        "127.0.0.1\r\nX: y",
    ],
)
async def test_what_is_no_address_is_not_asked_nor_repeated(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        found = await find_settings(host, "", "")

    assert isinstance(found.pbx, Unread)
    assert found.pbx.problem is Problem.NO_ANSWER
    assert ADMIN_PASSWORD not in repr(found) + caplog.text


# Ending early


async def test_whoever_gives_up_hangs_up() -> None:
    async with drip(b"HTTP/1.1 200 OK\r\nX-Endless: ", b"a").running() as server:
        task = asyncio.create_task(fetch(server.host, ADMIN_PASSWORD, limit=600))
        await server.was_asked.wait()
        assert all(thread.daemon for thread in our_threads())

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        for thread in our_threads():
            await asyncio.to_thread(thread.join, 30)
            assert not thread.is_alive()


def test_a_silent_device_does_not_keep_the_program_from_ending() -> None:
    async def run(port: int) -> None:
        async with asyncio.timeout(0.05):
            await find_settings(f"127.0.0.1:{port}", "", "")

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        asyncio.run(run(silent.getsockname()[1]))


# Both devices


async def test_both_devices_are_read_without_typing() -> None:
    async with basic(SPA9000).running() as pbx, basic(SPA942).running() as phone:
        found = await find_settings(f" {pbx.host} ", phone.host, ADMIN_PASSWORD)

    assert isinstance(found.pbx, PbxProfile)
    assert isinstance(found.phone, PhoneProfile)
    assert found.phone.primary is not None
    assert found.pbx.phone_ext_password == EXT_PASSWORD
    assert (found.phone.primary.user_id, found.phone.station) == ("200", "FrontDesk")


async def test_they_are_asked_at_the_same_time() -> None:
    both_asked = asyncio.Event()
    requests: list[bytes] = []

    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        if len(requests) == 2:
            both_asked.set()
        await both_asked.wait()
        writer.write(reply("200 OK", SPA942))

    async with WebAdmin(serve).running() as server:
        found = await find_settings(server.host, server.host, "")

    assert isinstance(found.phone, PhoneProfile)


async def test_one_may_answer_and_the_other_not() -> None:
    refusal = Unread(Problem.REFUSED, "HTTP 403")
    async with (
        always(reply("403 Forbidden")).running() as closed,
        always(reply("200 OK", SPA942)).running() as phone,
        basic(SPA9000, "another").running() as pbx,
    ):
        found = await find_settings(closed.host, phone.host, "")
        assert found.pbx == refusal
        assert isinstance(found.phone, PhoneProfile)

        found = await find_settings(pbx.host, closed.host, ADMIN_PASSWORD)
        assert found == Findings(Unread(Problem.PASSWORD_WANTED, "HTTP 401"), refusal)


async def test_without_a_phone_only_the_spa9000_is_read() -> None:
    async with always(reply("200 OK", SPA9000)).running() as pbx:
        found = await find_settings(pbx.host, "", "")

    assert isinstance(found.pbx, PbxProfile)
    assert found.phone is None
    assert await find_settings("", " ", "") == Findings(None, None)


@pytest.mark.parametrize("body", [b"", b"<html><title>A router</title></html>", b"\x00" * 99])
async def test_a_page_of_another_kind_is_no_spa(body: bytes) -> None:
    async with always(reply("200 OK", body)).running() as server:
        found = await find_settings(server.host, "", "")

    assert found.pbx == Unread(Problem.NOT_A_SPA, "expected a <flat-profile> element")


async def test_a_document_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    answer = reply("200 OK", SPA942).replace(SPA942, SPA942[:5_000])
    async with always(answer).running() as server:
        found = await find_settings("", server.host, "")

    assert isinstance(found.phone, PhoneProfile)
    assert found.phone.fault
    assert found.phone.station == "FrontDesk"


async def test_an_empty_password_behind_a_log_in_that_is_not_shown_is_not_believed() -> None:
    body = SPA9000.replace(EXT_PASSWORD.encode(), b"").replace(ADMIN_PASSWORD.encode(), b"")
    async with (
        basic(body).running() as protected_one,
        always(reply("200 OK", body)).running() as open_one,
    ):
        hidden = (await find_settings(protected_one.host, "", ADMIN_PASSWORD)).pbx
        factory_new = (await find_settings(open_one.host, "", ADMIN_PASSWORD)).pbx

    assert isinstance(hidden, PbxProfile)
    assert isinstance(factory_new, PbxProfile)
    assert hidden.phone_ext_password is None
    assert factory_new.phone_ext_password == ""


@pytest.mark.parametrize("password", [ADMIN_PASSWORD, "wrong-password"])
async def test_passwords_show_in_no_log_and_no_repr(
    password: str, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.get_running_loop().set_debug(True)
    caplog.set_level(logging.DEBUG)
    challenge = 'Digest realm="spa admin", nonce="0a1b2c3d", qop="auth"'
    async with basic(SPA9000).running() as pbx, digest(SPA9000, challenge).running() as other:
        found = await find_settings(pbx.host, other.host, password)
        pages = [await fetch(each.host, password) for each in (pbx, other)]

    told = caplog.text + repr(found) + repr(pages)
    token = b64encode(f"admin:{password}".encode()).decode()
    assert "Findings(" in caplog.text
    assert not any(each in told for each in (ADMIN_PASSWORD, EXT_PASSWORD, password, token))
