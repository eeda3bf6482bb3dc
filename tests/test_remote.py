"""What goes between the command line and the running program, and the end that asks."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.remote import (
    LINE_LIMIT,
    NobodyThere,
    RemoteError,
    Reply,
    _talk_to_pipe,
    address_of,
    call,
    make_room,
    read_reply,
    read_request,
    reply_line,
    request_line,
)

# The lines

_words = st.lists(st.text(max_size=40), min_size=1, max_size=6)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(_words)
def test_a_request_is_read_as_it_was_written(words: list[str]) -> None:
    line = request_line(words)
    assert line.isascii()
    assert line.index(b"\n") == len(line) - 1
    assert read_request(line) == words


@given(st.text(max_size=40), _json, st.integers(0, 255))
def test_a_reply_is_read_as_it_was_written(text: str, data: object, exit_code: int) -> None:
    reply = Reply(text, data, exit_code)
    line = reply_line(reply)
    assert read_reply(line) == reply
    assert json.loads(line)["ok"] is (exit_code == 0)


def test_words_that_are_no_unicode_get_through() -> None:
    """What the command line was given may be any bytes; Python has them as lone surrogates."""
    assert read_request(request_line(["dial", "\udcff"])) == ["dial", "\udcff"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"dial 214\n",
        b"[]\n",
        b"null\n",
        b"{}\n",
        b'{"words": ["dial"]}\n',
        b'{"words": ["dial"], "version": 2}\n',
        b'{"words": [], "version": 1}\n',
        b'{"words": "dial", "version": 1}\n',
        b'{"words": ["dial", 214], "version": 1}\n',
        b'{"words": ["dial"], "version": ' + b"9" * 5000 + b"}\n",
        b"[" * 50_000 + b"\n",
        b'{"words": ["' + b"1" * LINE_LIMIT + b'"], "version": 1}\n',
        b"\xff\xfe\x00\x01\n",
    ],
)
def test_what_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_request(line)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(line: bytes) -> None:
    try:
        words = read_request(line)
    except ValueError:
        return
    assert all(isinstance(word, str) for word in words)


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        b'{"text": 1, "exit": 0}\n',
        b'{"text": "", "exit": true}\n',
        b'{"text": "", "exit": 256}\n',
        b'{"text": "", "exit": -1}\n',
    ],
)
def test_what_is_no_reply_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="exit code"):
        read_reply(line)


def test_a_reply_that_would_be_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="65536 bytes"):
        reply_line(Reply("x" * LINE_LIMIT))


# The place

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="pipes lie in no folder")


@pytest.fixture(name="private")
def private_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@unix_only
def test_the_place_is_the_same_for_both_ends_however_the_profile_is_named(
    tmp_path: Path, private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    profile = tmp_path / "profile"
    profile.mkdir()
    (tmp_path / "link").symlink_to(profile)
    named = {
        address_of(path, private)
        for path in (profile, tmp_path / "link", Path("profile"), tmp_path / "run/../profile")
    }
    assert len(named) == 1
    assert Path(named.pop()).parent == private


@unix_only
def test_each_profile_has_a_place_of_its_own(tmp_path: Path, private: Path) -> None:
    assert address_of(tmp_path / "one", private) != address_of(tmp_path / "two", private)


@unix_only
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_is_open_to_others_is_no_place(private: Path, mode: int) -> None:
    private.chmod(mode)
    assert Path(address_of(Path("profile"), private)).parent != private


@unix_only
def test_a_folder_of_somebody_else_is_no_place(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.getuid()
    monkeypatch.setattr("callctrl.remote.os.getuid", lambda: owner + 1)
    assert Path(address_of(private, private)).parent != private


def test_a_link_in_a_folders_stead_is_no_place(tmp_path: Path, private: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(private)
    assert Path(address_of(Path("profile"), link)).parent != link


@unix_only
def test_a_path_too_long_for_a_socket_is_no_place(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir(mode=0o700)
    address = address_of(deep / "profile", deep)
    assert not address.startswith(str(deep))
    assert len(os.fsencode(address)) <= 103


@unix_only
def test_the_systems_folder_is_found_without_being_named(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "relative")
    elsewhere = address_of(Path("profile"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private))
    assert Path(address_of(Path("profile"))).parent == private
    assert Path(elsewhere).parent != private


@unix_only
def test_room_is_made_for_this_user_alone(tmp_path: Path) -> None:
    make_room(str(tmp_path / "new" / "socket"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    (tmp_path / "new").chmod(0o777)
    with pytest.raises(PermissionError, match="open to others"):
        make_room(str(tmp_path / "new" / "socket"))


# The end that asks

Answer = Callable[[socket.socket], None]


class Listener:
    """The other end, as a test wants it."""

    def __init__(self, address: str, answer: Answer) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(address)
        self._socket.listen()
        self._answer = answer
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            self._answer(connection)

    def close(self) -> None:
        self._thread.join()
        self._socket.close()


@pytest.fixture(name="listen")
def listening(private: Path) -> Iterator[Callable[[Answer], str]]:
    listeners = []

    def listen(answer: Answer) -> str:
        address = str(private / "socket")
        listeners.append(Listener(address, answer))
        return address

    yield listen
    for each in listeners:
        each.close()


def _line_from(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        return stream.readline()


@unix_only
def test_words_go_out_and_the_reply_comes_back(listen: Callable[[Answer], str]) -> None:
    heard: list[list[str]] = []

    def answer(connection: socket.socket) -> None:
        heard.append(read_request(_line_from(connection)))
        connection.sendall(reply_line(Reply("done", [1], 0)))

    assert call(listen(answer), ["dial", "214"], 20) == Reply("done", [1], 0)
    assert heard == [["dial", "214"]]


@unix_only
def test_a_reply_may_come_in_pieces(listen: Callable[[Answer], str]) -> None:
    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        for byte in reply_line(Reply("done")):
            connection.sendall(bytes([byte]))

    assert call(listen(answer), ["show"], 20) == Reply("done")


@unix_only
def test_until_gone_waits_for_the_end(listen: Callable[[Answer], str]) -> None:
    """Where the program took the order and then did not end, that is no success."""
    silent = threading.Event()

    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        connection.sendall(reply_line(Reply()))
        silent.wait()

    address = listen(answer)
    with pytest.raises(RemoteError, match="did not answer within"):
        call(address, ["quit"], 0.05, until_gone=True)
    silent.set()


@unix_only
def test_until_gone_returns_with_the_end(listen: Callable[[Answer], str]) -> None:
    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        connection.sendall(reply_line(Reply("bye")))

    assert call(listen(answer), ["quit"], 20, until_gone=True) == Reply("bye")


@unix_only
def test_nobody_there_is_told_apart(private: Path, listen: Callable[[Answer], str]) -> None:
    with pytest.raises(NobodyThere, match="not running"):
        call(str(private / "socket"), ["status"], 20)
    with pytest.raises(NobodyThere):
        call(str(private / "no" / "folder"), ["status"], 20)
    left_behind = private / "left-behind"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(left_behind))
    with pytest.raises(NobodyThere):
        call(str(left_behind), ["status"], 20)


@unix_only
def test_a_program_that_is_just_starting_is_waited_for(
    listen: Callable[[Answer], str], private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        connection.sendall(reply_line(Reply("up")))

    monkeypatch.setattr("callctrl.remote.time.sleep", lambda _: listen(answer))
    assert call(str(private / "socket"), ["show"], 20, patience=20) == Reply("up")


@unix_only
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "ended before it answered"),
        (b"what?\n", "not understood"),
        (b'{"text": "", "exit": 0', "not understood"),
        (b"x" * (LINE_LIMIT + 5000), "not understood: more than"),
    ],
)
def test_an_answer_that_is_none_is_told(
    listen: Callable[[Answer], str], said: bytes, told: str
) -> None:
    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        connection.sendall(said)

    with pytest.raises(RemoteError, match=told):
        call(listen(answer), ["status"], 20)


@unix_only
def test_an_answer_without_end_is_not_waited_for(listen: Callable[[Answer], str]) -> None:
    def answer(connection: socket.socket) -> None:
        _line_from(connection)
        with contextlib.suppress(ConnectionError):
            while True:
                connection.sendall(b"x" * LINE_LIMIT)

    with pytest.raises(RemoteError, match="more than"):
        call(listen(answer), ["status"], 20)


@unix_only
def test_silence_ends_with_the_time(listen: Callable[[Answer], str]) -> None:
    silent = threading.Event()
    address = listen(lambda _: bool(silent.wait()))  # type: ignore[arg-type]
    with pytest.raises(RemoteError, match=r"did not answer within 0\.05 s"):
        call(address, ["status"], 0.05)
    silent.set()


@unix_only
def test_nothing_is_said_in_a_folder_that_is_open_to_others(private: Path) -> None:
    """Whoever put a socket there would hear whom we call."""
    private.chmod(0o777)
    with pytest.raises(RemoteError, match="open to others"):
        call(str(private / "socket"), ["dial", "214"], 20)


# Windows' named pipes are files; a FIFO, which says back what it hears, stands in for one here.


@pytest.fixture(name="pipe")
def fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pipe = Path(r"\\.\pipe\callctrl")
    os.mkfifo(pipe)
    return pipe


@unix_only
@pytest.mark.usefixtures("pipe")
def test_a_pipe_is_written_to_and_read_from() -> None:
    line = request_line(["show"])
    assert _talk_to_pipe("callctrl", line, 20, until_gone=False) == line


@unix_only
def test_a_silent_pipe_is_not_waited_for(pipe: Path) -> None:
    with pytest.raises(TimeoutError):
        _talk_to_pipe("callctrl", b"no end", 0.05, until_gone=False)
    with pipe.open("wb") as other_end:
        other_end.write(b"\n")  # lets the thread go


@unix_only
@pytest.mark.usefixtures("pipe")
def test_a_pipe_nobody_made_is_told_as_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError):
        _talk_to_pipe("other", b"\n", 20, until_gone=False)


def test_words_without_end_are_not_sent(private: Path) -> None:
    with pytest.raises(RemoteError, match="cannot be sent"):
        call(str(private / "socket"), ["dial", "1" * LINE_LIMIT], 20)
