"""What a desktop is told of a call, and what comes of a desktop that does not answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl import notifications
from callctrl.incoming import Incoming
from callctrl.notifications import Availability, Notifier, notify_arguments

ANNA = Incoming(
    "1",
    "Anna Lee",
    "+1 212 555 0134",
    "Lee & Sons",
    2,
    "FrontDesk",
    "2nd call today · last 09:12",
    "wants the <March> invoice",
)
TITLE = "Incoming call from Anna Lee"
ACTIONS = {"answer": "Answer", "reject": "Reject"}


class TestArguments:
    def test_a_server_with_everything_gets_everything(self) -> None:
        name, replaces, icon, summary, body, actions, hints, expires = notify_arguments(
            ANNA, TITLE, ACTIONS, {"actions", "body", "body-markup"}, replaces=7
        )
        assert (name, replaces, icon, summary) == ("Call Ctrl", 7, "callctrl", TITLE)
        assert body == (
            "+1 212 555 0134\nLee &amp; Sons\n"
            "2nd call today · last 09:12 — wants the &lt;March&gt; invoice"
        )
        assert actions == ["answer", "Answer", "reject", "Reject"]
        assert hints["urgency"] == ("y", 2)
        assert hints["category"] == ("s", "call.incoming")
        assert hints["suppress-sound"] == ("b", True)
        assert expires == 0, "it stays as long as the call rings"

    def test_a_server_without_buttons_is_sent_none(self) -> None:
        assert notify_arguments(ANNA, TITLE, ACTIONS, {"body"})[5] == []

    def test_a_server_without_markup_is_sent_no_escapes(self) -> None:
        assert "Lee & Sons" in notify_arguments(ANNA, TITLE, ACTIONS, {"body"})[4]

    def test_a_number_in_the_title_is_not_repeated(self) -> None:
        call = Incoming("2", "", "+44 20 7946 0018", "London")
        assert notify_arguments(call, "Incoming call from +44 20 7946 0018", {}, set())[4] == (
            "London"
        )

    @given(st.text(), st.text(), st.text(), st.text(), st.text())
    def test_whatever_a_caller_is_called_no_markup_comes_of_it(
        self, name: str, number: str, company: str, past: str, note: str
    ) -> None:
        call = Incoming("1", name, number, company, past=past, note=note)
        _, _, _, summary, body, _, _, _ = notify_arguments(
            call, f"Incoming call from {name}", ACTIONS, {"body-markup"}
        )
        assert "<" not in body
        assert len(summary) <= 120
        assert body.count("\n") <= 2
        for text in (summary, body):
            assert "\0" not in text
            text.encode()  # what cannot be encoded would break the message


class TestWithoutADesktop:
    """Each on both loops: the program's is another than a test's."""

    @pytest.mark.parametrize(
        "bus",
        ["nonsense", "tcp:host=127.0.0.1,port=1", "unix:path=/nowhere/bus", ""],
        ids=["nonsense", "no unix socket", "nobody there", "empty"],
    )
    async def test_it_says_so(self, bus: str) -> None:
        notifier = Notifier(_never, bus=bus)
        assert await notifier.available() is Availability.NONE
        assert await notifier.show(ANNA, TITLE, ACTIONS) is Availability.NONE
        await notifier.close("1")
        await notifier.stop()

    async def test_a_session_without_a_bus_is_no_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        assert await Notifier(_never).available() is Availability.NONE

    async def test_it_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        notifier = Notifier(_never, bus="nonsense")
        with caplog.at_level("INFO", logger=notifications.__name__):
            for _ in range(3):
                await notifier.show(ANNA, TITLE, ACTIONS)
        (line,) = caplog.messages
        assert line.startswith("desktop notifications: none: ")
        assert "Anna" not in line


@pytest.mark.skipif(
    not hasattr(asyncio, "start_unix_server"), reason="D-Bus is spoken over Unix sockets"
)
class TestWithABrokenBus:
    @pytest.mark.parametrize(
        "words", [b"", b"REJECTED\r\n", b"\xff\x00nonsense\r\n" * 50, b"x" * 9000], ids=len
    )
    async def test_a_bus_that_does_not_let_us_in_is_none(
        self, tmp_path: Path, words: bytes
    ) -> None:
        async with _bus(tmp_path / "bus", words, then_close=True) as address:
            assert await Notifier(_never, bus=address).available() is Availability.NONE

    async def test_a_bus_that_breaks_off_after_the_greeting_is_none(self, tmp_path: Path) -> None:
        greeting = b"OK 0123456789abcdef\r\n"
        async with _bus(tmp_path / "bus", greeting, then_close=True) as address:
            notifier = Notifier(_never, bus=address)
            assert await notifier.show(ANNA, TITLE, ACTIONS) is Availability.NONE

    async def test_a_bus_that_never_answers_is_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(notifications, "_ANSWER_WITHIN", 0.01)
        async with _bus(tmp_path / "bus", b"", then_close=False) as address:
            notifier = Notifier(_never, bus=address)
            assert await notifier.show(ANNA, TITLE, ACTIONS) is Availability.NONE


@contextlib.asynccontextmanager
async def _bus(path: Path, words: bytes, *, then_close: bool) -> AsyncIterator[str]:
    """The address of what says these words to whoever comes, and is no bus."""
    loop = asyncio.get_running_loop()
    over: list[asyncio.Future[None]] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(loop.create_future())
        writer.write(words)
        await (reader.read(1) if then_close else reader.read())
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        over[-1].set_result(None)

    async with await asyncio.start_unix_server(meet, path):
        yield f"unix:path={path}"
        await asyncio.gather(*over)


def _never(call_id: str, action: str) -> None:
    raise AssertionError(f"nobody pressed {action} of {call_id}")
