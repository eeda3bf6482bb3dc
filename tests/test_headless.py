"""`check`, `watch` and `setup` against the simulated phone system, over loop-back."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from callctrl.abilities import WhatWorks, what_works
from callctrl.accounts import Account, ControlPath, PbxKind, Policy, SipTransport
from callctrl.calls import (
    NUMBER,
    Answer,
    Call,
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Divert,
    Dropped,
    Event,
    Failure,
    Feature,
    HangUp,
    Hold,
    Lamp,
    LampChanged,
    LampDoubt,
    LampListFailed,
    LampListTrouble,
    LampState,
    Messages,
    MessagesChanged,
    No,
    PhoneRestarted,
    PhoneSeen,
    Reason,
    RegistrationChanged,
    Reject,
    Resume,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
    Untested,
    Yes,
)
from callctrl.check import CheckResult, Verdict, check, verdict_on
from callctrl.connection import Connection
from callctrl.headless.abilitywords import abilities_as_data, abilities_in_words
from callctrl.headless.lines import Lines
from callctrl.headless.options import WrongUsageError
from callctrl.headless.programs import ExitCode, Watch, run_check, run_setup
from callctrl.headless.verbs import Offer, Order, Question, Request, order_from
from callctrl.headless.verdicts import check_as_json, check_in_words
from callctrl.headless.words import (
    Status,
    event_as_json,
    event_in_words,
    failure_in_words,
    status_in_words,
)
from callctrl.numbers import Link
from callctrl.phones.spa import SpaPhone
from callctrl.simulator import Config
from callctrl.simulator.program import Simulation
from callctrl.store.passwords import MemoryPasswords, PasswordStoreError, StoreProblem
from callctrl.store.settings import Paths, Settings, load

PASSWORD = "sesame-4321"


class Pbx:
    """A simulated phone system, and what it said."""

    def __init__(self, config: Config) -> None:
        self.said: list[str] = []
        self.simulation = Simulation(replace(config, port=0), self.said.append, seed=1)
        self.account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", local_port=0)

    async def open(self) -> Pbx:
        port = await self.simulation.open()
        self.account = replace(self.account, port=port)
        return self


@pytest.fixture(name="pbx")
async def simulated_pbx() -> AsyncIterator[Pbx]:
    pbx = await Pbx(Config(password=PASSWORD)).open()
    yield pbx
    pbx.simulation.close()


# check


async def test_a_good_account_is_ready(pbx: Pbx, capsys: pytest.CaptureFixture[str]) -> None:
    code = await run_check(pbx.account, PASSWORD, seconds=20, as_json=True)
    assert code == ExitCode.FINE
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("explanation").startswith("Ready")
    assert printed == {
        "register": {"status": 200, "challenged": True, "expires": 60},
        "subscribe": {"status": 200, "expires": 3600},
        "verdict": "ready",
    }


async def test_a_check_leaves_nothing_behind(pbx: Pbx) -> None:
    await check(pbx.account, PASSWORD, timeout=20)
    await asyncio.sleep(0)
    assert pbx.said[-1] == "RECEPTION unregistered"


async def test_a_wrong_password_is_unauthorized(
    pbx: Pbx, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await run_check(pbx.account, "wrong", seconds=20, as_json=True)
    assert code == ExitCode.UNAUTHORIZED
    printed = json.loads(capsys.readouterr().out)
    assert printed["register"] == {"status": 401, "challenged": True, "expires": None}
    assert printed["subscribe"] == {"status": 403, "expires": None}
    assert printed["verdict"] == "unauthorized"
    assert "Phone Ext Password" in printed["explanation"]


async def test_registered_and_yet_forbidden(pbx: Pbx) -> None:
    pbx.simulation.execute("forbid on")
    assert await run_check(pbx.account, PASSWORD, seconds=20, as_json=False) == ExitCode.FORBIDDEN


async def test_no_password_is_no_challenge() -> None:
    pbx = await Pbx(Config(password="")).open()
    result = await check(pbx.account, "", timeout=20)
    pbx.simulation.close()
    assert (result.verdict, result.was_challenged) == (Verdict.READY, False)


async def test_nobody_there_is_unreachable(pbx: Pbx) -> None:
    pbx.simulation.close()
    result = await check(pbx.account, PASSWORD, timeout=20)
    assert (result.verdict, result.register_status) == (Verdict.UNREACHABLE, None)


async def test_silence_is_unreachable_when_time_is_up(pbx: Pbx) -> None:
    pbx.simulation.execute("silence on")
    result = await check(pbx.account, PASSWORD, timeout=0.2)
    assert result.verdict is Verdict.UNREACHABLE


async def test_a_name_nobody_knows_is_unreachable(pbx: Pbx) -> None:
    account = replace(pbx.account, pbx="no-such-host.invalid")
    result = await check(account, PASSWORD, timeout=20)
    assert result.verdict is Verdict.UNREACHABLE
    assert "No computer is called no-such-host.invalid here" in check_in_words(account, result)


async def test_no_password_where_one_is_wanted_is_not_called_a_wrong_one(
    pbx: Pbx, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run_check(pbx.account, "", seconds=20, as_json=False) == ExitCode.UNAUTHORIZED
    assert "wants a password, and none was given" in capsys.readouterr().out


async def test_watch_that_nobody_ever_answered_ends_with_4(pbx: Pbx) -> None:
    pbx.simulation.close()
    watched = Watched(pbx, as_json=False)
    await watched.until_true(lambda: any("No answer" in line for line in watched.lines()))
    watched.watch.stop()
    assert await watched.running == ExitCode.NO_ANSWER


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Trouble.UNKNOWN_PROOF, "a proof of the password that is not known here (401)."),
        (Trouble.WEAKER_PROOF, "a weaker proof of the password than before (401), and gets none"),
        (Trouble.ELSEWHERE, "points to another one (401)."),
    ],
)
def test_what_is_not_obeyed_is_told_from_a_refused_password(trouble: Trouble, told: str) -> None:
    session = SessionChanged(SessionState.RETRYING, trouble, 401, 4.0)
    words = event_in_words(session) or ""
    assert words.startswith("The phone system")
    assert told in words


def test_reports_ended_for_good_are_a_verdict_though_nothing_was_refused() -> None:
    """RFC 6665 section 4.1.3: a NOTIFY may say so before the SUBSCRIBE is answered."""
    result = CheckResult(register_status=200, register_expires=60.0)
    ended = SessionChanged(SessionState.REFUSED, Trouble.ENDED)
    assert verdict_on(result, ended).verdict is Verdict.FORBIDDEN


def test_reports_ended_for_good_are_told_when_it_happens() -> None:
    """RFC 6665 section 4.1.3: nobody asks again, so a watch must not look as if all were well."""
    ended = SessionChanged(SessionState.REFUSED, Trouble.ENDED)
    assert event_in_words(ended) == "The phone system reports this phone no more."
    assert json.loads(event_as_json(ended) or "") == {
        "event": "trouble",
        "trouble": "ended",
        "detail": "",
        "retry_in": None,
    }


UNKNOWN_AUTHORITY = "Its authority, Example CA, is unknown here."
REFUSED_CERTIFICATE = SessionChanged(
    SessionState.RETRYING, Trouble.CERTIFICATE, retry_in=30.0, detail=UNKNOWN_AUTHORITY
)


def test_a_refused_certificate_is_the_verdict_with_its_reason() -> None:
    """RFC 3261 section 26.3.1: without a certificate that can be trusted, nothing is sent."""
    result = CheckResult()
    for event in (RegistrationChanged("waiting", None), REFUSED_CERTIFICATE, Stopped()):
        result = verdict_on(result, event)
    assert result == CheckResult(verdict=Verdict.CERTIFICATE, detail=UNKNOWN_AUTHORITY)


def test_a_refused_certificate_explains_itself_and_says_what_to_do() -> None:
    result = CheckResult(verdict=Verdict.CERTIFICATE, detail=UNKNOWN_AUTHORITY)
    account = Account("pbx.example.com", "200", "FrontDesk", "RECEPTION", port=5061)
    told = [
        check_in_words(account, result),
        json.loads(check_as_json(account, result))["explanation"],
        event_in_words(REFUSED_CERTIFICATE) or "",
        status_in_words(Status(REFUSED_CERTIFICATE, account, 0)),
    ]
    for words in told:
        assert f"is not to be trusted. {UNKNOWN_AUTHORITY} " in words
        assert "--ca-file" in words
    assert told[0].startswith("TLS        pbx.example.com port 5061: certificate not trusted\n")
    assert "Trying again in 30 s." in told[2]


def test_a_phone_system_that_is_silent_is_a_line_of_json() -> None:
    """No other line tells: one of registration comes with an answer."""
    silent = SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER, retry_in=5.0271)
    assert json.loads(event_as_json(silent) or "") == {
        "event": "trouble",
        "trouble": "no answer",
        "detail": "",
        "retry_in": 5.0,
    }


def test_a_refused_certificate_is_a_line_of_json() -> None:
    assert json.loads(event_as_json(REFUSED_CERTIFICATE) or "") == {
        "event": "trouble",
        "trouble": "certificate",
        "detail": UNKNOWN_AUTHORITY,
        "retry_in": 30.0,
    }


async def test_watch_that_met_nothing_but_a_refused_certificate_ends_with_7(pbx: Pbx) -> None:
    pbx.simulation.close()
    watched = Watched(pbx)
    await watched.until(event="registration", status=None)
    watched.watch._on_event(REFUSED_CERTIFICATE)
    watched.watch.stop()
    assert await watched.running == ExitCode.CERTIFICATE


@pytest.mark.parametrize(
    ("transport", "words"),
    [
        (SipTransport.AUTO, "let UDP through both ways?"),
        (SipTransport.UDP, "let UDP through both ways?"),
        (SipTransport.TCP, "let TCP through?"),
        (SipTransport.TLS, "let TLS through?"),
    ],
)
def test_what_a_firewall_may_hold_back_is_named(transport: SipTransport, words: str) -> None:
    account = Account("pbx", "200", "FrontDesk", "RECEPTION", transport=transport)
    assert words in check_in_words(account, CheckResult(verdict=Verdict.UNREACHABLE))


def test_who_is_asked_first_is_named() -> None:
    account = Account("example.com", "200", "FrontDesk", "RECEPTION", port=0)
    result = CheckResult(verdict=Verdict.UNREACHABLE)
    assert "No answer from example.com. " in check_in_words(account, result)
    account = replace(account, outbound_proxy="edge.example.com:5062")
    assert "No answer from the proxy edge.example.com:5062. " in check_in_words(account, result)
    result = replace(result, was_found=False)
    assert "No computer is called edge.example.com here" in check_in_words(account, result)


def test_a_domain_without_a_way_by_the_transport_asked_for_is_not_called_unknown() -> None:
    account = Account("example.com", "200", "FrontDesk", "RECEPTION", port=0)
    result = CheckResult(verdict=Verdict.UNREACHABLE, was_found=False)
    assert "or there is no way to it. " in check_in_words(account, result)
    account = replace(account, transport=SipTransport.TLS)
    assert "or there is no way to it by TLS. " in check_in_words(account, result)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (CheckResult(verdict=Verdict.UNREACHABLE), "No answer from 10.0.0.9 port 6060"),
        (CheckResult(401, True, None, 403, None, Verdict.UNAUTHORIZED), "was refused (401)"),
        (CheckResult(200, True, 60, 403, None, Verdict.FORBIDDEN), "is forbidden (403)"),
        (CheckResult(200, True, 60, 404, None, Verdict.FORBIDDEN), "refuses (status 404)"),
        (CheckResult(200, True, 60, None, None, Verdict.UNREACHABLE), "does not answer for"),
        (CheckResult(200, False, 60, 200, 3600, Verdict.READY), "asked for no credentials"),
    ],
)
def test_every_verdict_has_words(result: CheckResult, words: str) -> None:
    account = Account("10.0.0.9", "200", "FrontDesk", "RECEPTION")
    assert words in check_in_words(account, result)


# watch


class Output(io.StringIO):
    """Tells when something was printed."""

    def __init__(self) -> None:
        super().__init__()
        self.printed = asyncio.Event()

    def write(self, text: str) -> int:
        self.printed.set()
        return super().write(text)


class Watched:
    """A watch with its output."""

    def __init__(self, pbx: Pbx, password: str = PASSWORD, *, as_json: bool = True) -> None:
        self.out = Output()
        self.watch = Watch(pbx.account, password, as_json=as_json, policy=Policy(), out=self.out)
        self.running = asyncio.create_task(self.watch.run())

    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines()]

    async def until(self, **wanted: object) -> None:
        """Wait for an event with these values."""
        await self.until_true(
            lambda: any(wanted.items() <= event.items() for event in self.events())
        )

    async def until_true(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be printed that makes the condition true."""
        async with asyncio.timeout(20):
            while not condition():
                self.out.printed.clear()
                await self.out.printed.wait()


async def test_watch_prints_a_call_from_ringing_to_its_end(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active", status=200, expires=3600)
    pbx.simulation.execute('ring 5551234 "Anna Lee"')
    await watched.until(event="call", state="ringing")
    watched.watch.execute("answer")
    await watched.until(event="call", state="connected")
    watched.watch.execute("hangup")
    await watched.until(event="call", state="ended")
    watched.watch.execute("quit")
    assert await watched.running == ExitCode.FINE
    events = watched.events()
    assert events[0] == {
        "event": "registration",
        "state": "registered",
        "status": 200,
        "expires": 60,
    }
    assert {
        "event": "call",
        "id": "1",
        "state": "ringing",
        "direction": "incoming",
        "number": "5551234",
        "name": "Anna Lee",
        "line": 1,
    } in events
    assert {"event": "command", "command": "answer", "status": 200} in events
    assert events[-1] == {"event": "stopped"}


async def test_watch_says_why_a_command_came_to_nothing(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("answer 3")
    await watched.until(event="command", command="answer", status=481)
    (refused,) = [event for event in watched.events() if event["event"] == "command"]
    assert str(refused["reason"]).startswith("there is no such call any more")
    watched.watch.stop()
    assert await watched.running == ExitCode.FINE


def test_an_order_that_cannot_be_given_has_its_reason_in_json() -> None:
    answered = CommandAnswered(Answer("1"), 488, impossible=No(Reason.BYSTANDER))
    told = json.loads(event_as_json(answered) or "")
    assert told["status"] == 488
    assert told["reason"].startswith("the phone system only tells us of calls. Do it")


async def test_watch_sends_commands_straight_to_the_phone_where_it_is_told_to(pbx: Pbx) -> None:
    """The simulator has one socket, so the phone is where the phone system is."""
    pbx.account = replace(
        pbx.account, phone="127.0.0.1", phone_port=pbx.account.port, control=ControlPath.PHONE
    )
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("dial 214")
    await watched.until(event="call", state="calling", number="214")
    watched.watch.stop()
    assert await watched.running == ExitCode.FINE


async def test_watch_without_an_address_of_the_phone_says_what_is_missing(pbx: Pbx) -> None:
    pbx.account = replace(pbx.account, phone="no-such-phone.invalid", control=ControlPath.PHONE)
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("dial 214")
    await watched.until(event="command", status=503)
    watched.watch.stop()
    assert await watched.running == ExitCode.FINE


@pytest.mark.parametrize("failure", list(Failure))
def test_every_failure_has_a_reason_with_its_status(failure: Failure) -> None:
    words = failure_in_words(failure, 499)
    assert "(499)" in words
    assert words.endswith((".", "?"))


def test_events_that_concern_a_call_have_words_and_json() -> None:
    ended = Call("1", CallState.ENDED)
    assert json.loads(event_as_json(PhoneRestarted((ended, ended))) or "") == {
        "event": "phone-restarted",
        "ended": 2,
    }
    away = replace(ended, ended_away=True)
    assert "ended while away" in (event_in_words(CallChanged(away)) or "")
    assert '"ended_away": true' in (event_as_json(CallChanged(away)) or "")
    assert event_in_words(PhoneRestarted((ended,))) == (
        "The phone has restarted and forgotten a call."
    )
    assert event_in_words(CommandAnswered(Hold(), 408)) == (
        "hold: no answer came (408). Look whether the phone did it all the same, before you try "
        "again."
    )
    assert event_in_words(CommandAnswered(Hold(), 202)) == "hold: taken by the phone"
    assert "reason" not in json.loads(event_as_json(CommandAnswered(Hold(), 202)) or "")
    with_extra = Call("1", CallState.CONNECTED, extra=(("lamp", "red"),))
    shown = json.loads(event_as_json(CallChanged(with_extra)) or "")
    assert shown["extra"] == {"lamp": "red"}


async def test_watch_dials(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("dial 214")
    await watched.until(event="command", command="dial", status=200)
    await watched.until(event="call", state="calling", direction="outgoing", number="214")
    watched.watch.stop()
    assert await watched.running == ExitCode.FINE


async def test_watch_ends_with_the_documented_message_on_403(pbx: Pbx) -> None:
    pbx.simulation.execute("forbid on")
    watched = Watched(pbx)
    assert await watched.running == ExitCode.FORBIDDEN
    refused = next(event for event in watched.events() if event["event"] == "refused")
    assert (refused["status"], refused["source"]) == (403, "SPA-STATUS")
    assert str(refused["message"]).startswith("The error '403 Forbidden' was received from SPA-")


async def test_watch_tells_a_wrong_password_apart(pbx: Pbx) -> None:
    watched = Watched(pbx, "wrong")
    assert await watched.running == ExitCode.UNAUTHORIZED


async def test_watch_says_what_it_does_not_understand(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("levitate")
    watched.watch.execute("answer")
    watched.watch.stop()
    await watched.running
    messages = [event["message"] for event in watched.events() if event["event"] == "error"]
    assert "expected: dial NUMBER" in str(messages[0])
    assert messages[1] == "there is no such call now"


async def test_watch_takes_a_link_from_who_types_there(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("dial tel:214")
    await watched.until(event="call", state="calling", number="214")
    watched.watch.execute("dial tel:*69")
    watched.watch.execute("show")
    watched.watch.execute("press hold")
    watched.watch.stop()
    await watched.running
    messages = [str(event["message"]) for event in watched.events() if event["event"] == "error"]
    assert "* or #" in messages[0]
    assert messages[1:] == ["there is no window here"] * 2


async def test_watch_answers_questions(pbx: Pbx) -> None:
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    pbx.simulation.execute('ring 5551234 "Anna Lee"')
    await watched.until(event="call", state="ringing")
    watched.watch.execute("status")
    watched.watch.execute("calls")
    watched.watch.stop()
    await watched.running
    (calls,) = (event["calls"] for event in watched.events() if event["event"] == "calls")
    assert isinstance(calls, list)
    assert [(each["id"], each["state"], each["number"]) for each in calls] == [
        ("1", "ringing", "5551234")
    ]
    assert {
        "event": "status",
        "state": "ready",
        "station": "FrontDesk",
        "extension": "200",
        "calls": 1,
        "missed": None,
        "trouble": None,
        "detail": None,
        "dropped": {"strangers": 0, "not_understood": 0},
    } in watched.events()


async def test_watch_answers_questions_about_colleagues_and_messages(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = Lamp("1003", LampState.BUSY, asyncio.get_running_loop().time(), "dialog", None)
    monkeypatch.setattr(Connection, "lamps", (lamp,))
    monkeypatch.setattr(Connection, "messages", Messages(2, 8, "*97"))
    watched = Watched(pbx)
    await watched.until(event="subscription", state="active")
    watched.watch.execute("lamps")
    watched.watch.execute("messages")
    watched.watch.stop()
    await watched.running
    (told,) = (event["lamps"] for event in watched.events() if event["event"] == "lamps")
    assert isinstance(told, list)
    assert [(each["who"], each["state"]) for each in told] == [("1003", "busy")]
    assert {"event": "messages", "new": 2, "old": 8, "number": "*97"} in watched.events()


def test_the_status_tells_what_was_dropped_if_anything_was() -> None:
    ready = SessionChanged(SessionState.READY)
    said = [
        status_in_words(Status(ready, None, 0, dropped=Dropped(*counts)))
        for counts in ((0, 0), (3, 1), (0, 2))
    ]
    assert [words.splitlines()[2:] for words in said] == [
        [],
        ["Dropped: 3 from strangers, 1 not understood."],
        ["Dropped: 0 from strangers, 2 not understood."],
    ]


def test_only_a_spa9000_gives_control() -> None:
    ready = SessionChanged(SessionState.READY)
    assert event_in_words(ready) == "Ready: the phone is under control."
    assert event_in_words(ready, PbxKind.SIP) == "Ready: the phone is watched."
    account = Account("pbx", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP)
    assert status_in_words(Status(ready, account, 0)).splitlines() == [
        "Ready: the phone is watched.",
        "Phone 1002, by the account desk-app.",
        "Calls: 0.",
    ]


async def test_watch_in_words_answers_in_words_unless_json_is_wanted(pbx: Pbx) -> None:
    watched = Watched(pbx, as_json=False)
    await watched.until_true(lambda: "Ready: the phone is under control." in watched.lines())
    for line in ("calls", "calls --json", "status --json", "status"):
        watched.watch.execute(line)
    watched.watch.stop()
    await watched.running
    assert watched.lines()[2:4] == ["No calls.", '{"event": "calls", "calls": []}']
    assert json.loads(watched.lines()[4])["state"] == "ready"
    assert watched.lines()[5:8] == [
        "Ready: the phone is under control.",
        "Station FrontDesk, extension 200.",
        "Calls: 0.",
    ]


async def test_watch_in_words_is_for_people(pbx: Pbx) -> None:
    watched = Watched(pbx, as_json=False)
    await watched.until_true(lambda: "Ready: the phone is under control." in watched.lines())
    pbx.simulation.execute('ring 5551234 "Anna Lee"')
    await watched.until_true(lambda: len(watched.lines()) >= 3)
    watched.watch.stop()
    await watched.running
    assert watched.lines() == [
        "Registering.",
        "Ready: the phone is under control.",
        "Call 1 on line 1: ringing, from Anna Lee 5551234",
        "Leaving.",
        "Stopped.",
    ]


_RINGING = Call("1", CallState.RINGING)
_TALKING = Call("2", CallState.CONNECTED)
_HELD = Call("3", CallState.HELD)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("dial 214", Dial("214")),
        ("dial *69", Dial("*69")),
        ("dial tel:+12125552345", Offer(Link("+12125552345", shown="+12125552345"))),
        ("answer", Answer("1")),
        ("ANSWER 7", Answer("7")),
        ("reject", Reject("1")),
        ("divert 301", Divert("1", "301")),
        ("divert 7 301", Divert("7", "301")),
        ("hold", Hold()),
        ("resume", Resume("3")),
        ("hangup 2", HangUp("2")),
        ("calls", Question("calls")),
        ("lamps", Question("lamps")),
        ("messages --json", Question("messages", as_json=True)),
        ("status --json", Question("status", as_json=True)),
        ("show", Request.SHOW),
        ("Quit", Request.QUIT),
        ("exit", Request.QUIT),
    ],
)
def test_a_typed_line_becomes_an_order(line: str, order: Order) -> None:
    assert order_from(line.split(), [_RINGING, _TALKING, _HELD]) == order


@pytest.mark.parametrize("line", ["dial", "hold 1", "hangup", "answer 1 2", "divert", "sing"])
def test_a_line_that_is_no_order_is_refused_in_words(line: str) -> None:
    with pytest.raises(ValueError, match=r"expected|which call|no such call"):
        order_from(line.split(), [_RINGING, _TALKING, _HELD])


async def test_what_is_typed_and_no_number_is_refused_in_words(
    pbx: Pbx, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Watch(pbx.account, "", as_json=False, policy=Policy())
    watch.execute("dial hallo")
    assert capsys.readouterr().out.startswith("expected a number, such as 214")


# setup


async def test_setup_saves_what_was_tried(pbx: Pbx, tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    code = await run_setup(
        pbx.account, PASSWORD, paths, Settings(), passwords, seconds=20, save_anyway=False
    )
    assert code == ExitCode.FINE
    assert load(paths).settings.account == pbx.account
    assert await passwords.get(pbx.account) == PASSWORD


async def test_setup_saves_nothing_where_the_test_fails(pbx: Pbx, tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    code = await run_setup(
        pbx.account, "wrong", paths, Settings(), passwords, seconds=20, save_anyway=False
    )
    assert code == ExitCode.UNAUTHORIZED
    assert not paths.settings_file.exists()
    assert await passwords.get(pbx.account) is None


async def test_setup_may_be_told_to_save_anyway(pbx: Pbx, tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    code = await run_setup(
        pbx.account, "wrong", paths, Settings(), passwords, seconds=20, save_anyway=True
    )
    assert code == ExitCode.FINE
    assert load(paths).settings.account == pbx.account


async def test_s42_setup_overwrites_what_was_kept(pbx: Pbx, tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    old = replace(pbx.account, extension="100")
    await passwords.set(old, "old-password")
    await run_setup(
        pbx.account,
        PASSWORD,
        paths,
        Settings(account=old),
        passwords,
        seconds=20,
        save_anyway=False,
    )
    assert await passwords.get(old) is None
    assert await passwords.get(pbx.account) == PASSWORD


class _NoStore(MemoryPasswords):
    async def set(self, account: Account, password: str) -> None:
        raise PasswordStoreError(StoreProblem.NO_STORE, "test")


async def test_setup_saves_nothing_where_the_password_cannot_be_kept(
    pbx: Pbx, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = Paths.below(tmp_path)
    code = await run_setup(
        pbx.account, PASSWORD, paths, Settings(), _NoStore(), seconds=20, save_anyway=False
    )
    assert code == ExitCode.FAILED
    assert not paths.settings_file.exists()
    assert PASSWORD not in capsys.readouterr().err


async def test_input_that_is_no_text_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    ended = asyncio.Event()
    stream = io.TextIOWrapper(io.BytesIO(b"\xff\n"), encoding="utf-8")
    Lines(stream).begin(lambda _line: None, ended.set)

    await ended.wait()

    assert "the input cannot be read" in caplog.text


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_tolerate_mark_before_a_password(end: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(f"\ufeff {PASSWORD}{end}".encode()), encoding="utf-8")
    assert Lines(stream).secret() == f" {PASSWORD}"


def test_a_password_that_is_no_text_is_said_and_not_told() -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"gr\xfc\xdfe\n"), encoding="utf-8")
    with pytest.raises(WrongUsageError, match="standard input is no text in utf-8") as caught:
        Lines(stream).secret()
    assert caught.value.__suppress_context__


# What a PBX of any make tells


def at_instant(instant: float) -> datetime:
    """The local time of an instant: the clock began at nine."""
    nine = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))
    return nine + timedelta(seconds=instant)


def test_lamps_messages_and_calls_that_the_pbx_places_are_told_in_json() -> None:
    lamp = Lamp("1003", LampState.RINGING, since=12.34, source="dialog", doubt=None)
    told: list[Event] = [
        LampChanged(lamp),
        LampChanged(Lamp("1004", doubt=LampDoubt.REFUSED)),
        LampListFailed("lamps", LampListTrouble.SILENT),
        MessagesChanged(Messages(2, 8, "")),
        MessagesChanged(None),
        PhoneSeen(is_there=False),
        DialProgress(Dial("1003"), DialStage.RINGING),
    ]
    assert [json.loads(event_as_json(each, at_instant) or "") for each in told] == [
        {
            "event": "lamp",
            "who": "1003",
            "state": "ringing",
            "since": "2026-03-02T09:00:12+01:00",
            "source": "dialog",
        },
        {
            "event": "lamp",
            "who": "1004",
            "state": "unknown",
            "since": None,
            "source": "",
            "doubt": "refused",
        },
        {"event": "lamp-list", "name": "lamps", "trouble": "silent"},
        {"event": "messages", "new": 2, "old": 8},
        {"event": "messages", "new": None, "old": None},
        {"event": "phone", "there": False},
        {"event": "dial", "number": "1003", "stage": "ringing"},
    ]


def test_lamps_messages_and_calls_that_the_pbx_places_are_told_in_words() -> None:
    told: list[Event] = [
        LampChanged(Lamp("1003", LampState.BUSY, doubt=None)),
        LampChanged(Lamp("1004", doubt=LampDoubt.LOST)),
        LampListFailed("lamps", LampListTrouble.UNKNOWN),
        MessagesChanged(Messages(2, None, "")),
        MessagesChanged(None),
        PhoneSeen(is_there=None),
        DialProgress(Dial("1003"), DialStage.RINGING),
    ]
    assert [event_in_words(each) for each in told] == [
        "Lamp 1003: busy.",
        "Lamp 1004: unknown (the phone system no longer tells).",
        "The phone system knows no list 'lamps': each lamp is asked for.",
        "Messages: 2 new, some old.",
        "Messages: not known.",
        "Whether the phone is there, the phone system does not tell.",
        "Your phone rings: pick up the handset to call 1003.",
    ]


# What works


def test_what_works_is_a_line_for_each_action() -> None:
    text = abilities_in_words(what_works(SpaPhone().ability))
    assert text.splitlines()[:2] == ["dial        works", "answer      works"]
    assert (
        "transfer    no: this phone takes no order for it. On the phone press: xfer, the number, "
        "dial, xfer."
    ) in text.splitlines()


def test_what_works_is_told_in_json_with_reasons_and_keys() -> None:
    data = abilities_as_data(
        [
            WhatWorks(Dial, Untested()),
            WhatWorks(Answer, No(Reason.BYSTANDER)),
            WhatWorks(HangUp, Yes()),
            WhatWorks(Feature.TONES, No(Reason.BY_HAND, (NUMBER,))),
        ]
    )
    assert data == [
        {"action": "dial", "ability": "untested"},
        {"action": "answer", "ability": "no", "reason": "bystander", "keys": []},
        {"action": "hangup", "ability": "yes"},
        {"action": "tones", "ability": "no", "reason": "by hand", "keys": ["NUMBER"]},
    ]


@pytest.mark.parametrize("failure", DialFailure)
def test_every_failure_of_a_call_placed_for_us_has_words(failure: DialFailure) -> None:
    event = CommandAnswered(Dial("214"), 480, failure)
    words = event_in_words(event) or ""
    assert words.startswith("dial: ")
    assert words.endswith((".", "?"))
    told = json.loads(event_as_json(event) or "")
    assert (told["dial_failure"], f"dial: {told['reason']}") == (failure.value, words)


def test_no_two_failures_of_such_a_call_have_the_same_words() -> None:
    told = {event_in_words(CommandAnswered(Dial("2"), 480, each)) for each in DialFailure}
    assert len(told) == len(DialFailure)


@pytest.mark.parametrize("reason", Reason)
def test_why_something_does_not_work_ends_with_what_to_do(reason: Reason) -> None:
    text = abilities_in_words([WhatWorks(Answer, No(reason)), WhatWorks(Dial, Untested())])
    no, untested = text.splitlines()
    assert no.startswith("answer      no: ")
    assert "Do it on the phone" in no
    assert untested == "dial        not tried yet"
