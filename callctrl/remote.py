"""Orders to the running program: what goes over the wire, and the end that asks.

A request is one line of JSON, and so is its reply:

    {"words": ["dial", "214"], "version": 1}
    {"ok": false, "text": "dial: refused, …", "json": null, "exit": 1}

The program listens where only its user gets in: on Windows at a named pipe, elsewhere at a Unix
socket in a private folder. `address_of` tells where, from the profile alone, so that both ends find
each other. `callctrl.ui.instance` is the end that listens.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import RawIOBase
from pathlib import Path

__all__ = [
    "LINE_LIMIT",
    "NobodyThere",
    "RemoteError",
    "Reply",
    "address_of",
    "call",
    "make_room",
    "read_reply",
    "read_request",
    "reply_line",
    "request_line",
]

_VERSION = 1
LINE_LIMIT = 64 * 1024
"""Bytes of a request or reply at most, the end of the line included."""

_SOCKET_PATH_LIMIT = 103
"""Bytes of a Unix socket's path: macOS has 104 with the terminator, Linux 108."""

_TRY_AGAIN = 0.05
"""Seconds between two knocks at the door of a program that is just starting."""


class RemoteError(Exception):
    """The running program gave no answer that can be understood; the text says so."""


class NobodyThere(RemoteError):  # noqa: N818 - the fact it states
    """No program runs with this profile."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request."""

    text: str = ""
    """For people: what was asked for, or why it was not done; may have several lines."""
    data: object = None
    """The same for programs, where there is more to tell than the exit code: goes into JSON."""
    exit_code: int = 0
    """0 done, 1 not done, 2 not understood."""

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.exit_code == 0


# The lines


def request_line(words: Sequence[str]) -> bytes:
    """A request as it goes over the wire; raises ValueError where it is too long."""
    return _line({"words": list(words), "version": _VERSION})


def read_request(line: bytes) -> list[str]:
    """The words of a request; raises ValueError where it is none."""
    request = _object(line)
    if request.get("version") != _VERSION:
        raise ValueError(f"expected version {_VERSION} of a request")
    words = request.get("words")
    if not isinstance(words, list) or not words:
        raise ValueError("expected a list of words")
    if not all(isinstance(word, str) for word in words):
        raise ValueError("expected every word to be text")
    return words


def reply_line(reply: Reply) -> bytes:
    """A reply as it goes over the wire; raises ValueError where it is too long."""
    return _line({"ok": reply.ok, "text": reply.text, "json": reply.data, "exit": reply.exit_code})


def read_reply(line: bytes) -> Reply:
    """A reply; raises ValueError where it is none."""
    reply = _object(line)
    text, exit_code = reply.get("text"), reply.get("exit")
    if not isinstance(text, str) or type(exit_code) is not int or not 0 <= exit_code <= 255:
        raise ValueError("expected a text and an exit code")
    return Reply(text, reply.get("json"), exit_code)


def _line(content: dict[str, object]) -> bytes:
    line = json.dumps(content).encode() + b"\n"  # ASCII, whatever was typed
    if len(line) > LINE_LIMIT:
        raise ValueError(f"more than {LINE_LIMIT} bytes")
    return line


def _object(line: bytes) -> dict[str, object]:
    if len(line) > LINE_LIMIT:
        raise ValueError(f"more than {LINE_LIMIT} bytes")
    try:
        content = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("expected a JSON object")
    return content


# The place


def address_of(config_dir: Path, *runtime_dirs: Path) -> str:
    """Where the program with this profile listens: a pipe's name on Windows, else a socket's path.

    The first folder will do that is this user's alone and whose path leaves room for a socket's;
    else one of ours among the temporary files. They are those the system has for it, unless given.
    """
    who = f"{_user()} {os.path.normcase(config_dir.resolve())}"
    digest = hashlib.sha256(who.encode("utf-8", "surrogateescape")).hexdigest()
    name = f"callctrl-{digest[:16]}"
    if sys.platform == "win32":
        return name
    for folder in runtime_dirs or _runtime_dirs():
        path = folder / name
        if _is_private(folder) and len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return str(path)
    return str(Path(tempfile.gettempdir(), f"callctrl-{os.getuid()}", name))


def _user() -> str:
    return os.environ.get("USERNAME", "") if sys.platform == "win32" else str(os.getuid())


def _runtime_dirs() -> Iterator[Path]:
    told = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if told.is_absolute():
        yield told
    if sys.platform != "win32":
        yield Path("/run/user", str(os.getuid()))  # for cron and the like, who are not told


def make_room(address: str) -> None:
    """Make the folder to listen in; raises OSError where it is not this user's alone."""
    if sys.platform != "win32":
        folder = Path(address).parent
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_private(folder):
            raise PermissionError(f"{folder} is open to others")


def _is_private(folder: Path) -> bool:
    """Whether nobody but this user and root gets into a folder, nor put it there."""
    if sys.platform == "win32":
        return True  # a pipe lies in no folder
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not stat.S_IMODE(found.st_mode) & 0o077
    )


# The end that asks


def call(
    address: str,
    words: Sequence[str],
    timeout: float,
    *,
    patience: float = 0.0,
    until_gone: bool = False,
) -> Reply:
    """Ask the program at an address and wait up to `timeout` seconds for its reply.

    For `patience` seconds a program that does not listen yet is given time to. `until_gone` waits
    on until the program has ended. Raises NobodyThere, or RemoteError where the reply does not
    come or cannot be understood.
    """
    try:
        request = request_line(words)
    except ValueError as error:
        raise RemoteError(f"This cannot be sent: {error}.") from error
    ends_at = time.monotonic() + patience
    while True:
        try:
            line = _exchange(address, request, timeout, until_gone)
            break
        except NobodyThere:
            if time.monotonic() >= ends_at:
                raise
            time.sleep(_TRY_AGAIN)
    if not line:
        raise RemoteError("Call Ctrl ended before it answered.")
    try:
        return read_reply(line)
    except ValueError as error:
        raise RemoteError(f"Call Ctrl's answer was not understood: {error}.") from error


def _exchange(address: str, request: bytes, timeout: float, until_gone: bool) -> bytes:
    talk = _talk_to_pipe if sys.platform == "win32" else _talk_to_socket
    try:
        return talk(address, request, timeout, until_gone)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NobodyThere("Call Ctrl is not running with this profile.") from error
    except TimeoutError as error:
        raise RemoteError(f"Call Ctrl did not answer within {timeout:g} s.") from error
    except OSError as error:
        raise RemoteError(f"Call Ctrl cannot be reached: {error}.") from error


def _talk_to_socket(address: str, request: bytes, timeout: float, until_gone: bool) -> bytes:
    folder = Path(address).parent
    if folder.exists() and not _is_private(folder):
        raise PermissionError(f"{folder} is open to others")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(address)
        return _ask(connection.sendall, connection.recv, request, until_gone)


def _talk_to_pipe(address: str, request: bytes, timeout: float, until_gone: bool) -> bytes:
    """Talk in a thread, since reading from a pipe takes no time-out."""
    outcome: list[bytes | OSError] = []

    def talk() -> None:
        try:
            with Path(rf"\\.\pipe\{address}").open("r+b", buffering=0) as stream:
                receive = partial(_read_to_the_end, stream)
                outcome.append(_ask(stream.write, receive, request, until_gone))
        except OSError as error:
            outcome.append(error)

    if sys.platform == "win32":
        import ctypes

        # Windows lets a program come to the front when one that may do so has said so.
        ctypes.windll.user32.AllowSetForegroundWindow(-1)
    thread = threading.Thread(target=talk, name="remote", daemon=True)
    thread.start()
    thread.join(timeout)
    if not outcome:
        raise TimeoutError
    if isinstance(outcome[0], OSError):
        raise outcome[0]
    return outcome[0]


def _read_to_the_end(stream: RawIOBase, size: int) -> bytes:
    """Some bytes of a pipe, or none where the other end is gone.

    Windows ends a pipe by an error, whose number Python's library takes for an invalid argument.
    """
    try:
        return stream.read(size) or b""
    except OSError:
        return b""


def _ask(
    send: Callable[[bytes], object],
    receive: Callable[[int], bytes],
    request: bytes,
    until_gone: bool,
) -> bytes:
    """The line of the reply, or as much as there was of it."""
    send(request)
    line = b""
    while not line.endswith(b"\n") and len(line) <= LINE_LIMIT and (more := receive(_CHUNK)):
        line += more
    if until_gone:
        with contextlib.suppress(ConnectionError):
            while receive(_CHUNK):
                pass  # it says no more, and hangs up with its end
    return line


_CHUNK = 4096
