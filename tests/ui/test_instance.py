"""One program per profile, and who knocks at its door: neighbours, strangers and vandals."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLockFile
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from callctrl.remote import (
    LINE_LIMIT,
    NobodyThere,
    RemoteError,
    Reply,
    call,
    read_reply,
    request_line,
)
from callctrl.ui.instance import Instance

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="pipes lie in no folder")

ROOT = Path(__file__).parents[2]


class Program:
    """An instance that listens, and what it was asked."""

    def __init__(self, folder: Path, name: str = "socket", *, patience: float = 20.0) -> None:
        self.asked: list[list[str]] = []
        self.waiting: list[Callable[[Reply], None]] = []
        """How to answer those who asked something else than "echo"."""
        address = str(folder / "run" / name)
        if sys.platform == "win32":
            address = address.replace("\\", "-")
        self.instance = Instance(folder / "profile", address, patience=patience)

    def _asked(self, words: list[str], reply: Callable[[Reply], None]) -> None:
        self.asked.append(words)
        if words[0] == "echo":
            reply(Reply(" ".join(words[1:])))
        else:
            self.waiting.append(reply)

    def listen(self) -> Program:
        assert self.instance.claim()
        self.instance.listen(self._asked)
        return self


class SocketClient:
    """One who knocks, without manners."""

    def __init__(self, address: str, said: bytes = b"") -> None:
        self.heard = b""
        self.is_over = False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._socket.setblocking(False)
        self._unsaid = said

    def is_answered(self) -> bool:
        """Whether the other end has said a line or hung up; to be asked again and again."""
        try:
            if self._unsaid:
                self._unsaid = self._unsaid[self._socket.send(self._unsaid) :]
            more = self._socket.recv(4096)
            self.heard += more
            self.is_over = not more
        except BlockingIOError:
            pass
        except ConnectionError:
            self.is_over = True
        return self.is_over or self.heard.endswith(b"\n")

    def hung_up_on(self) -> bool:
        """Whether it was shown the door; to be asked again and again."""
        self.is_answered()
        return self.is_over

    def reply(self) -> Reply:
        return read_reply(self.heard)

    def close(self) -> None:
        self._socket.close()


class PipeClient:
    """The same at a pipe."""

    def __init__(self, address: str, said: bytes = b"") -> None:
        self.heard = b""
        self._pipe = QLocalSocket()
        self._pipe.connectToServer(address)
        self._unsaid = said

    @property
    def is_over(self) -> bool:
        return self._pipe.state() is QLocalSocket.LocalSocketState.UnconnectedState

    def is_answered(self) -> bool:
        self._pipe.write(self._unsaid)
        self._unsaid = b""
        self.heard += self._pipe.readAll().data()
        return self.is_over or self.heard.endswith(b"\n")

    def hung_up_on(self) -> bool:
        self.is_answered()
        return self.is_over

    def reply(self) -> Reply:
        return read_reply(self.heard)

    def close(self) -> None:
        self._pipe.abort()


Client = SocketClient | PipeClient


@pytest.fixture(name="knock")
def knocking() -> Iterator[Callable[..., Client]]:
    client = PipeClient if sys.platform == "win32" else SocketClient
    clients: list[Client] = []

    def knock(program: Program, said: bytes = b"") -> Client:
        clients.append(client(program.instance.address, said))
        return clients[-1]

    yield knock
    for each in clients:
        each.close()


Knock = Callable[..., Client]


@pytest.fixture(name="program")
def listening_program(tmp_path: Path, qtbot: QtBot) -> Iterator[Program]:
    program = Program(tmp_path).listen()
    yield program
    program.instance.close()


# The lock


def test_a_profile_has_one_program(tmp_path: Path, program: Program) -> None:
    second = Program(tmp_path)
    assert not second.instance.claim()
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    assert second.instance.holder().casefold() == holder.casefold()
    program.instance.close()
    assert second.instance.claim()
    second.instance.close()


def test_two_profiles_have_two(tmp_path: Path, program: Program) -> None:
    other = Program(tmp_path / "other").listen()
    other.instance.close()


def test_a_program_that_lives_is_not_taken_over(tmp_path: Path, program: Program) -> None:
    assert not Program(tmp_path).instance.take_over()
    assert not Program(tmp_path).instance.claim()


def test_a_program_that_has_ended_is_taken_over(tmp_path: Path, program: Program) -> None:
    second = Program(tmp_path)
    assert not second.instance.claim()
    program.instance.close()
    assert second.instance.take_over()
    second.instance.close()


def test_a_lock_whose_process_died_and_whose_number_lives_on_is_taken_over(tmp_path: Path) -> None:
    """As after a power cut on a system that counts its processes from the beginning again."""
    file = tmp_path / "profile" / "callctrl.lock"
    file.parent.mkdir()
    holder = QLockFile(str(file))
    holder.tryLock(0)
    written = file.read_bytes()
    holder.unlock()
    file.write_bytes(written)
    program = Program(tmp_path)
    assert not program.instance.claim()
    assert program.instance.take_over()
    program.instance.close()


def test_where_no_lock_can_be_there_is_a_program_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "profile").touch()
    assert Program(tmp_path).instance.claim()
    assert "no lock in" in caplog.text


_SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from callctrl.remote import Reply
from callctrl.ui.instance import Instance

app = QCoreApplication([])
instance = Instance(Path(sys.argv[1]), sys.argv[2])
if not instance.claim():
    sys.exit("taken")
instance.listen(lambda words, reply: reply(Reply(" ".join(words))))
print("open", flush=True)
app.exec()
"""


def _second_process(program: Program) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            _SECOND,
            str(program.instance._config_dir),
            program.instance.address,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_process_finds_the_profile_taken(program: Program) -> None:
    with _second_process(program) as second:
        assert second.communicate()[1].strip() == "taken"


# The end that asks


class Asking(threading.Thread):
    """Another program, which asks and waits."""

    def __init__(self, program: Program, *words: str, until_gone: bool = False) -> None:
        super().__init__(daemon=True)
        self.outcome: Reply | RemoteError | None = None
        self._ask = partial(call, program.instance.address, words, 20, until_gone=until_gone)
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self._ask()
        except RemoteError as error:
            self.outcome = error

    def is_done(self) -> bool:
        return self.outcome is not None


def test_an_order_gets_its_reply(program: Program, qtbot: QtBot) -> None:
    asking = Asking(program, "echo", "Bäckerei", "Öztürk")
    qtbot.waitUntil(asking.is_done)
    assert asking.outcome == Reply("Bäckerei Öztürk")


def test_an_order_that_waits_for_the_end_is_done_with_it(program: Program, qtbot: QtBot) -> None:
    asking = Asking(program, "echo", "bye", until_gone=True)
    qtbot.waitUntil(lambda: bool(program.asked))
    qtbot.wait(50)
    assert not asking.is_done()
    program.instance.close()
    qtbot.waitUntil(asking.is_done)
    assert asking.outcome == Reply("bye")


def test_a_program_that_ends_before_it_answers_is_told(program: Program, qtbot: QtBot) -> None:
    asking = Asking(program, "answer")
    qtbot.waitUntil(lambda: bool(program.waiting))
    program.instance.close()
    qtbot.waitUntil(asking.is_done)
    assert str(asking.outcome) == "Call Ctrl ended before it answered."


def test_where_nobody_listens_nobody_is_there(tmp_path: Path, qtbot: QtBot) -> None:
    asking = Asking(Program(tmp_path), "echo")
    qtbot.waitUntil(asking.is_done)
    assert isinstance(asking.outcome, NobodyThere)


def test_what_a_killed_program_left_behind_is_taken_over(
    tmp_path: Path, qtbot: QtBot, knock: Knock
) -> None:
    program = Program(tmp_path)
    with _second_process(program) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "open\n"
        assert not program.instance.claim()
        killed.kill()
    assert sys.platform == "win32" or Path(program.instance.address).is_socket()
    program.listen()
    client = knock(program, request_line(["echo", "here"]))
    qtbot.waitUntil(client.is_answered)
    assert client.reply() == Reply("here")
    program.instance.close()


# The door


@unix_only
def test_only_this_user_gets_to_the_door(program: Program) -> None:
    door = Path(program.instance.address)
    assert door.stat().st_mode & 0o077 == 0
    assert door.parent.stat().st_mode & 0o077 == 0


@unix_only
def test_a_folder_that_is_open_to_others_has_no_door(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    program = Program(tmp_path).listen()
    assert not Path(program.instance.address).exists()
    assert "no orders from outside" in caplog.text
    program.instance.close()


@unix_only
def test_a_door_that_cannot_be_made_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = Program(tmp_path, "x" * 110).listen()
    assert "no orders from outside" in caplog.text
    program.instance.close()


@unix_only
def test_a_stranger_is_turned_away(
    program: Program, knock: Knock, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = os.getuid()
    monkeypatch.setattr("callctrl.ui.instance.os.getuid", lambda: mine + 1)
    client = knock(program, request_line(["echo"]))
    qtbot.waitUntil(client.hung_up_on)
    assert program.asked == []


def test_a_reply_may_come_later(program: Program, knock: Knock, qtbot: QtBot) -> None:
    client = knock(program, request_line(["answer"]))
    qtbot.waitUntil(lambda: bool(client.is_answered() or program.waiting))
    assert client.heard == b""
    program.waiting[0](Reply("taken by the phone"))
    qtbot.waitUntil(client.is_answered)
    assert client.reply() == Reply("taken by the phone")
    assert not client.is_over, "it may wait for our end"


def test_each_gets_its_own_reply(program: Program, knock: Knock, qtbot: QtBot) -> None:
    first, second = (knock(program, request_line([each])) for each in ("first", "second"))

    def both_are_in() -> bool:
        for each in (first, second):
            each.is_answered()
        return len(program.waiting) == 2

    qtbot.waitUntil(both_are_in)
    for words, reply in zip(program.asked, program.waiting, strict=True):
        reply(Reply(words[0]))
    qtbot.waitUntil(lambda: first.is_answered() and second.is_answered())
    assert (first.reply().text, second.reply().text) == ("first", "second")


def test_whoever_waits_for_the_end_hears_it(program: Program, knock: Knock, qtbot: QtBot) -> None:
    client = knock(program, request_line(["echo", "bye"]))
    qtbot.waitUntil(client.is_answered)
    program.instance.close()
    assert QLockFile(str(program.instance._config_dir / "callctrl.lock")).tryLock(0)
    qtbot.waitUntil(client.hung_up_on)
    assert client.reply() == Reply("bye")


def test_a_reply_to_one_who_has_left_goes_nowhere(
    program: Program, knock: Knock, qtbot: QtBot
) -> None:
    client = knock(program, request_line(["answer"]))
    qtbot.waitUntil(lambda: bool(client.is_answered() or program.waiting))
    client.close()
    qtbot.waitUntil(lambda: not program.instance._clients)
    program.waiting[0](Reply("too late"))
    other = knock(program, request_line(["echo", "fine"]))
    qtbot.waitUntil(other.is_answered)
    assert other.reply() == Reply("fine")


# Vandals


@pytest.mark.parametrize(
    "said",
    [
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xfe\x00\x01" * 100 + b"\n",
        bytes(range(256)),
        json.dumps({"words": ["echo"], "version": 99}).encode() + b"\n",
        b"[" * 60_000 + b"\n",
    ],
)
def test_rubbish_is_answered_as_such(
    program: Program, knock: Knock, qtbot: QtBot, said: bytes
) -> None:
    client = knock(program, said)
    qtbot.waitUntil(client.is_answered)
    assert client.reply().exit_code == 2
    assert client.reply().text.startswith("The request was not understood")
    assert program.asked == []


def test_a_line_without_end_is_not_kept(program: Program, knock: Knock, qtbot: QtBot) -> None:
    client = knock(program, b"x" * (1024 * 1024))
    qtbot.waitUntil(client.is_answered)
    assert client.reply().text == f"The request was not understood: more than {LINE_LIMIT} bytes."
    (inside,) = program.instance._clients
    assert len(inside._heard) == 0
    assert program.asked == []


def test_only_the_first_line_counts(program: Program, knock: Knock, qtbot: QtBot) -> None:
    client = knock(program, request_line(["echo", "1"]) + request_line(["echo", "2"]) * 100)
    qtbot.waitUntil(client.is_answered)
    assert client.reply() == Reply("1")
    assert program.asked == [["echo", "1"]]


def test_a_crowd_is_kept_out_and_the_next_is_served(
    program: Program, knock: Knock, qtbot: QtBot
) -> None:
    crowd = [knock(program) for _ in range(20)]
    qtbot.waitUntil(lambda: sum(each.hung_up_on() for each in crowd) == 12)
    assert len(program.instance._clients) == 8
    for each in crowd:
        each.close()
    qtbot.waitUntil(lambda: not program.instance._clients)
    client = knock(program, request_line(["echo", "at last"]))
    qtbot.waitUntil(client.is_answered)
    assert client.reply() == Reply("at last")


def test_who_says_nothing_is_shown_the_door(tmp_path: Path, knock: Knock, qtbot: QtBot) -> None:
    program = Program(tmp_path, patience=0.05).listen()
    client = knock(program)
    qtbot.waitUntil(client.hung_up_on)
    assert client.heard == b""
    assert not program.instance._clients
    program.instance.close()


def test_who_speaks_too_slowly_is_shown_the_door(
    tmp_path: Path, knock: Knock, qtbot: QtBot
) -> None:
    """A byte now and then does not make the time longer."""
    program = Program(tmp_path, patience=0.05).listen()
    client = knock(program)

    def is_over() -> bool:
        client._unsaid = b"x"
        return client.hung_up_on()

    qtbot.waitUntil(is_over)
    assert program.asked == []
    program.instance.close()


def test_who_stays_after_the_reply_is_shown_the_door(
    tmp_path: Path, knock: Knock, qtbot: QtBot
) -> None:
    program = Program(tmp_path, patience=0.05).listen()
    client = knock(program, request_line(["echo", "done"]))
    qtbot.waitUntil(client.hung_up_on)
    assert client.reply() == Reply("done")
    program.instance.close()


def test_a_reply_that_is_too_long_is_said_to_be(
    program: Program, knock: Knock, qtbot: QtBot
) -> None:
    client = knock(program, request_line(["calls"]))
    qtbot.waitUntil(lambda: bool(client.is_answered() or program.waiting))
    program.waiting[0](Reply("x" * LINE_LIMIT))
    qtbot.waitUntil(client.is_answered)
    assert client.reply().exit_code == 1
    assert "too long" in client.reply().text


def test_nobody_inside_is_left_over(program: Program, knock: Knock, qtbot: QtBot) -> None:
    for number in range(30):
        client = knock(program, request_line(["echo", str(number)]))
        qtbot.waitUntil(client.is_answered)
        client.close()
    qtbot.waitUntil(lambda: not program.instance._clients)
    QCoreApplication.sendPostedEvents()
    assert len(program.instance._server.children()) <= 1, "the server's own notifier at most"
