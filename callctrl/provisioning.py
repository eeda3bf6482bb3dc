"""What the settings wizard finds out by itself: it reads the devices' web admin (A.2, C.1, S2).

Each request runs in a daemon thread, with a limit to its time and its size, so a silent or endless
device keeps neither the wizard waiting nor the program from ending. Only the device that was named
is asked: redirects are not followed and proxies not used.

The admin password goes out only to answer a challenge, and shows in no address, log or error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import socket
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import TypeVar

from callctrl.daemon import in_daemon_thread
from callctrl.phones.spacfg import (
    MAX_BYTES,
    PbxProfile,
    PhoneProfile,
    ProfileError,
    read_pbx,
    read_phone,
)
from callctrl.sip.digest import Credentials, answer, parse_challenges, strongest

__all__ = ["Findings", "Page", "Problem", "Unread", "fetch", "find_settings"]

_log = logging.getLogger(__name__)
_Profile = TypeVar("_Profile", PbxProfile, PhoneProfile)

_PATH = "/admin/spacfg.xml"
_USER = "admin"
_LIMIT = 5.0
"""Seconds a request may take."""


class Problem(Enum):
    """Why a device could not be read."""

    NO_ANSWER = "no answer"
    """Nothing there, or nothing in time, or it broke off."""
    PASSWORD_WANTED = "password wanted"  # noqa: S105 - a fact's name
    """It wants an admin password, or another one than we gave."""
    REFUSED = "refused"
    """It answered, but did not give the settings."""
    NOT_A_SPA = "not a SPA"
    """What it gave are no settings of this family of devices."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A device that could not be read."""

    problem: Problem
    detail: str
    """For the log; holds nothing secret."""


@dataclass(frozen=True, slots=True)
class Page:
    """A device's settings document, as it came."""

    body: bytes = field(repr=False)
    is_protected: bool
    """Whether the device asked for the admin password."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the two devices told; None for one that was not to be asked."""

    pbx: PbxProfile | Unread | None
    phone: PhoneProfile | Unread | None


async def find_settings(pbx: str, phone: str, admin_password: str) -> Findings:
    """Read the SPA9000 and the phone at once; one may answer and the other not.

    Each is `host` or `host:port`, or empty where it is not to be asked. Never raises for what a
    device or the network does, and takes 10 seconds at most.
    """
    findings = Findings(
        *await asyncio.gather(
            _find(pbx, admin_password, _read_pbx), _find(phone, admin_password, _read_phone)
        )
    )
    _log.info("%s", findings)
    return findings


async def _find(
    host: str, admin_password: str, read: Callable[[Page], _Profile]
) -> _Profile | Unread | None:
    if not host.strip():
        return None
    page = await fetch(host.strip(), admin_password)
    if isinstance(page, Unread):
        return page
    try:
        return read(page)
    except ProfileError as error:
        return Unread(Problem.NOT_A_SPA, str(error))


def _read_pbx(page: Page) -> PbxProfile:
    return read_pbx(page.body, is_protected=page.is_protected)


def _read_phone(page: Page) -> PhoneProfile:
    return read_phone(page.body)


async def fetch(host: str, admin_password: str, *, limit: float = _LIMIT) -> Page | Unread:
    """The settings document of the device at `host` or `host:port`.

    `limit` is seconds per request. There are two where the device wants a password: Basic and
    Digest (RFC 2617) are answered, once.
    """
    reply = await _request(host, None, limit)
    is_protected = isinstance(reply, _Reply) and reply.status == 401
    if isinstance(reply, _Reply) and is_protected and admin_password:
        authorization = _authorization(reply.challenges, admin_password)
        if authorization is None:
            return Unread(Problem.REFUSED, "HTTP 401, and no challenge that we can answer")
        reply = await _request(host, authorization, limit)
    if isinstance(reply, Unread):
        return reply
    if reply.status == 401:
        return Unread(Problem.PASSWORD_WANTED, "HTTP 401")
    if reply.status != 200:
        return Unread(Problem.REFUSED, f"HTTP {reply.status}")
    if len(reply.body) > MAX_BYTES:
        return Unread(Problem.NOT_A_SPA, f"more than {MAX_BYTES} bytes")
    return Page(reply.body, is_protected)


# HTTP


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    challenges: list[str]
    body: bytes = field(repr=False)
    """One byte longer than MAX_BYTES where there is more."""


async def _request(host: str, authorization: str | None, limit: float) -> _Reply | Unread:
    # No other characters, so that nothing is told on of a password that was typed with the host.
    if not re.fullmatch(r"[\w.-]+(:\d{1,5})?", host):
        return Unread(Problem.NO_ANSWER, "the address is no host or host:port")
    connection = HTTPConnection(host, timeout=limit)
    if not 0 < connection.port < 65_536:
        return Unread(Problem.NO_ANSWER, f"{connection.port} is no port")
    headers = {"Connection": "close"}
    if authorization is not None:
        headers["Authorization"] = authorization
    opened: list[socket.socket] = []

    def exchange(is_awaited: Callable[[], bool]) -> _Reply:
        with contextlib.closing(connection):
            connection.connect()
            opened.append(connection.sock)
            if not is_awaited():
                raise TimeoutError
            connection.request("GET", _PATH, headers=headers)
            with connection.getresponse() as response:
                challenges = response.headers.get_all("WWW-Authenticate", [])
                return _Reply(response.status, challenges, response.read(MAX_BYTES + 1))

    try:
        async with asyncio.timeout(limit):
            return await in_daemon_thread(exchange, "callctrl-web-admin")
    except TimeoutError:
        return Unread(Problem.NO_ANSWER, f"no answer in {limit:g} s")
    except (OSError, IncompleteRead, UnicodeError) as error:  # UnicodeError: no such host name
        return Unread(Problem.NO_ANSWER, type(error).__name__)
    except (HTTPException, ValueError) as error:
        return Unread(Problem.NOT_A_SPA, type(error).__name__)
    finally:
        for each in opened:
            # Closed by now, unless we gave up: a device that drips would keep its thread for ever.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _authorization(challenges: list[str], password: str) -> str | None:
    """What answers one of the challenges, Digest before Basic; None where nothing does."""
    challenge = strongest(parse_challenges(challenges))
    if challenge is not None:
        credentials = Credentials(_USER, password)
        return answer(challenge, credentials, "GET", _PATH, secrets.token_hex(8))[1]
    if any(each.strip().lower().startswith("basic") for each in challenges):
        return "Basic " + b64encode(f"{_USER}:{password}".encode()).decode()
    return None
