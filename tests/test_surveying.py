"""A survey on a socket, and the verdict of a check that is one."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from callctrl.accounts import Account, PbxKind, Policy, SipTransport
from callctrl.check import CheckResult, Verdict, check, verdict_on_findings
from callctrl.headless.programs import ExitCode, Watch, run_abilities, run_check, run_setup
from callctrl.headless.seenwords import seen_in_words
from callctrl.headless.verdicts import check_in_words
from callctrl.offers import Finding, Offer, Sight, Surveyed, what_is_seen
from callctrl.simulator import Config
from callctrl.simulator.program import Simulation
from callctrl.store.passwords import MemoryPasswords
from callctrl.store.settings import Paths, Settings, load
from callctrl.surveying import find_offers
from tests.offering import TELLS, OfferingPbx, Taking, at_a_port

ACCOUNT = Account(
    "127.0.0.1", "desk-app", "1002", "PC", port=9, local_port=0, kind=PbxKind.SIP, lamps=("1003",)
)


async def test_all_that_is_offered_is_found_and_nothing_is_left_behind() -> None:
    steps: list[Surveyed] = []
    pbx = OfferingPbx()
    async with at_a_port(pbx) as port:
        account = replace(ACCOUNT, port=port)
        found = await find_offers(account, "secret", timeout=10, on_progress=steps.append)
    assert found.of == dict.fromkeys(Sight, Finding(Offer.TOLD, 200))
    assert found.local == "127.0.0.1"
    assert steps[-1] == found
    assert len(steps) > len(Sight)
    assert pbx.open == set()


async def test_a_phone_system_nobody_has_heard_of() -> None:
    account = replace(ACCOUNT, pbx="no-such-host.invalid")
    found = await find_offers(account, "", timeout=10)
    assert (found.was_found, found.is_over, found.of) == (False, True, {})


async def test_where_nothing_listens_there_is_no_answer_at_once() -> None:
    async with at_a_port(OfferingPbx()) as port:
        pass  # it was there, and is gone
    found = await find_offers(replace(ACCOUNT, port=port), "", timeout=20)
    assert found.was_found
    assert found.of == {Sight.CALLS: Finding(Offer.NO_ANSWER)}


async def test_where_nothing_listens_by_tcp_there_is_no_answer_either() -> None:
    account = replace(ACCOUNT, transport=SipTransport.TCP)
    found = await find_offers(account, "", timeout=20)
    assert (found.was_found, found.untrusted, found.of) == (True, "", {})
    assert verdict_on_findings(found).verdict is Verdict.UNREACHABLE


async def test_time_is_up_and_what_was_granted_is_ended() -> None:
    pbx = OfferingPbx({**TELLS, "dialog": Taking(state=None)})
    async with at_a_port(pbx) as port:
        found = await find_offers(replace(ACCOUNT, port=port), "", timeout=0.3)
    assert (found.is_over, found.of) == (True, {})
    assert pbx.open == set()


async def test_a_certificate_that_is_not_to_be_trusted_says_why() -> None:
    """RFC 3261 section 26.3.1: without one that is, nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    said: list[str] = []
    simulation = Simulation(Config(port=0, tls_port=0), said.append, certificate=context)
    await simulation.open()
    (port,) = (int(line.rpartition(":")[2]) for line in said if line.startswith("TLS at"))
    account = replace(ACCOUNT, port=port, transport=SipTransport.TLS)
    result = await check(account, "", timeout=10)
    simulation.close()
    await asyncio.sleep(0)  # sockets close in the next turn of the loop
    assert result.verdict is Verdict.CERTIFICATE
    assert "authority" in result.detail


async def test_who_calls_it_off_hears_no_more_and_nothing_is_left_behind() -> None:
    steps: list[Surveyed] = []
    pbx = OfferingPbx({**TELLS, "dialog": Taking(state=None)})
    async with at_a_port(pbx) as port, asyncio.timeout(10):
        account = replace(ACCOUNT, port=port)
        asking = find_offers(account, "", timeout=10, on_progress=steps.append)
        running = asyncio.create_task(asking)
        while not pbx.open:  # noqa: ASYNC110 - it has no events
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        count = len(steps)
        while not pbx.answers:  # noqa: ASYNC110 - to its last word
            await asyncio.sleep(0.01)
    assert len(steps) == count
    assert pbx.open == set()


@pytest.mark.parametrize("ask", [find_offers, check])
async def test_the_phones_own_account_is_not_even_tried(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="account of our own"):
        await ask(replace(ACCOUNT, extension="1002"), "", timeout=10)


# The verdict of a check


def found(finding: Finding) -> Surveyed:
    return Surveyed(of={Sight.CALLS: finding})


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (Finding(Offer.TOLD, 200), Verdict.READY),
        (Finding(Offer.SILENT, 200), Verdict.READY),
        (Finding(Offer.UNREPORTED, 200), Verdict.UNREPORTED),
        (Finding(Offer.REFUSED, 401), Verdict.UNAUTHORIZED),
        (Finding(Offer.REFUSED, 407), Verdict.UNAUTHORIZED),
        (Finding(Offer.REFUSED, 403), Verdict.FORBIDDEN),
        (Finding(Offer.REFUSED, 200, "rejected"), Verdict.FORBIDDEN),
        (Finding(Offer.NO_ANSWER), Verdict.UNREACHABLE),
    ],
)
def test_the_verdict_is_about_what_my_phone_does(finding: Finding, verdict: Verdict) -> None:
    assert verdict_on_findings(found(finding)).verdict is verdict


def test_there_is_no_verdict_while_it_is_not_known() -> None:
    assert verdict_on_findings(Surveyed()).verdict is None
    assert verdict_on_findings(Surveyed(options_status=200)) == CheckResult()


async def test_a_check_asks_for_the_calls_of_my_phone_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pbx = OfferingPbx()
    async with at_a_port(pbx) as port:
        account = replace(ACCOUNT, port=port)
        code = await run_check(account, "secret", seconds=10, as_json=True)
    assert code == ExitCode.FINE
    assert json.loads(capsys.readouterr().out) == {
        "register": None,
        "subscribe": {"status": 200, "expires": None},
        "verdict": "ready",
        "explanation": "Ready: the phone system tells what the phone 1002 does. Colleagues were "
        "not asked for: `callctrl abilities` asks for the first.",
    }
    assert {r.headers.get("Event") for r in pbx.requests if r.method == "SUBSCRIBE"} == {"dialog"}
    assert "REGISTER" not in {request.method for request in pbx.requests}


@pytest.mark.parametrize(
    ("pbx", "code", "words"),
    [
        (OfferingPbx(refuses=True), ExitCode.UNAUTHORIZED, "Call Ctrl's own account"),
        (OfferingPbx({"dialog": Taking(403)}), ExitCode.FORBIDDEN, "may not watch the phone 1002"),
        (OfferingPbx({"dialog": Taking(404)}), ExitCode.FORBIDDEN, "nothing to tell of an exten"),
        (OfferingPbx({"dialog": Taking(489)}), ExitCode.FORBIDDEN, "does not tell what phones do"),
        (OfferingPbx({"dialog": Taking(500)}), ExitCode.FORBIDDEN, "phone 1002 does (500)"),
        (OfferingPbx({"dialog": Taking()}), ExitCode.FINE, "has said nothing of it yet"),
        (
            OfferingPbx({"dialog": Taking(state="terminated;reason=noresource")}),
            ExitCode.FORBIDDEN,
            "ended it at once",
        ),
        (OfferingPbx({"dialog": Taking(state=None)}), ExitCode.NO_ANSWER, "no report comes"),
    ],
    ids=["401", "403", "404", "489", "500", "silent", "ended", "unreported"],
)
async def test_each_answer_has_its_code_and_says_what_to_do(
    pbx: OfferingPbx, code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_a_port(pbx) as port:
        account = replace(ACCOUNT, port=port)
        assert await run_check(account, "secret", seconds=10, as_json=False) == code
    printed = capsys.readouterr().out
    assert printed.startswith("SUBSCRIBE  phone '1002': 127.0.0.1 port ")
    assert words in printed


def test_colleagues_of_whom_nothing_is_known_are_not_called_ready() -> None:
    ready = CheckResult(subscribe_status=200, verdict=Verdict.READY)
    for lamps, is_told in ((), False), (("1003", "1004"), True):
        words = check_in_words(replace(ACCOUNT, lamps=lamps), ready)
        assert ("Colleagues were not asked for: `callctrl abilities`" in words) is is_told


async def test_nobody_answering_is_told_with_where_to_look(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = await run_check(ACCOUNT, "", seconds=10, as_json=False)
    assert code == ExitCode.NO_ANSWER
    printed = capsys.readouterr().out
    assert "SUBSCRIBE  no answer from 127.0.0.1 port 9" in printed
    assert "Is the address right" in printed


# What works at this desk


async def abilities(
    pbx: OfferingPbx, capsys: pytest.CaptureFixture[str], *, as_json: bool = False
) -> tuple[ExitCode, str]:
    async with at_a_port(pbx) as port:
        account = replace(ACCOUNT, port=port)
        code = await run_abilities(account, "secret", seconds=10, as_json=as_json)
    return code, capsys.readouterr().out


async def test_what_works_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    offers = {**TELLS, "presence": Taking(489), "message-summary": Taking()}
    code, printed = await abilities(OfferingPbx(offers), capsys)
    assert code == ExitCode.FINE
    lines = printed.splitlines()
    assert lines[:6] == [
        "The phone system calls itself Testing PBX 1.0.",
        "calls       works: what the phone 1002 does",
        "colleagues  works: what the phone 1003 does",
        "presence    no: the phone system does not have it (489)",
        "messages    not known yet: what waits in the mailbox of 1002; the phone system agreed, "
        "and has said nothing so far",
        "dial        not tried yet",
    ]
    assert lines[6].startswith("answer      no: the phone system ")


async def test_what_works_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    offers = {**TELLS, "presence": Taking(403)}
    _, printed = await abilities(OfferingPbx(offers), capsys, as_json=True)
    told = json.loads(printed)
    assert (told["system"], told["verdict"]) == ("Testing PBX 1.0", "ready")
    assert told["sees"] == [
        {"sight": "calls", "ability": "yes", "status": 200},
        {"sight": "colleagues", "ability": "yes", "status": 200},
        {"sight": "presence", "ability": "no", "status": 403},
        {"sight": "messages", "ability": "yes", "status": 200},
    ]
    assert told["does"][0] == {"action": "dial", "ability": "untested"}
    assert {each["ability"] for each in told["does"][1:]} == {"no"}


async def test_where_the_password_is_wrong_nothing_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, printed = await abilities(OfferingPbx(refuses=True), capsys)
    assert code == ExitCode.UNAUTHORIZED
    assert "Call Ctrl's own account" in printed
    assert "calls" not in printed
    _, printed = await abilities(OfferingPbx(refuses=True), capsys, as_json=True)
    assert json.loads(printed) == {
        "system": "Testing PBX 1.0",
        "verdict": "unauthorized",
        "sees": [],
        "does": [],
    }


async def test_of_a_spa9000_it_is_known_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    account = Account("127.0.0.1", "200", "FrontDesk", "PC", port=9)
    assert await run_abilities(account, "", seconds=1, as_json=False) == ExitCode.FINE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "calls       works: what the phone FrontDesk does"
    assert lines[1] == "colleagues  no: a SPA9000 is not asked for it"
    assert "answer      works" in lines


ROW = Account("pbx", "desk-app", "1002", "PC", kind=PbxKind.SIP)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (Finding(Offer.TOLD, 200), "colleagues  not tried yet: name a colleague with --lamp"),
        (Finding(Offer.REFUSED, 404), "calls       no: the phone system knows nothing of it (404)"),
        (Finding(Offer.REFUSED, 404), "colleagues  not tried yet: name a colleague with --lamp"),
        (Finding(Offer.REFUSED, 489), "colleagues  no: as the phone's own calls"),
        (Finding(Offer.REFUSED, 500), "no: the phone system refuses (500)"),
        (Finding(Offer.REFUSED, 200, "rejected"), "took the order, and ended it (rejected)"),
        (Finding(Offer.UNREPORTED, 200), "it was granted, but no report came"),
        (Finding(Offer.NO_ANSWER), "no: no answer"),
    ],
)
def test_each_row_says_why(own: Finding, words: str) -> None:
    assert words in seen_in_words(ROW, what_is_seen(ROW, found(own)))


# Watching


@pytest.mark.parametrize(
    ("pbx", "code"),
    [
        (OfferingPbx(), ExitCode.FINE),
        (OfferingPbx(refuses=True), ExitCode.UNAUTHORIZED),
        (OfferingPbx({"dialog": Taking(403)}), ExitCode.FORBIDDEN),
        (OfferingPbx({"dialog": Taking(489)}), ExitCode.FORBIDDEN),
    ],
    ids=["granted", "401", "403", "489"],
)
async def test_a_watch_that_never_saw_the_phone_ends_with_the_reason(
    pbx: OfferingPbx, code: ExitCode
) -> None:
    out = io.StringIO()
    async with at_a_port(pbx) as port, asyncio.timeout(20):
        account = replace(ACCOUNT, port=port)
        watch = Watch(account, "secret", as_json=False, policy=Policy(), out=out)
        running = asyncio.create_task(watch.run())
        while not out.getvalue():  # noqa: ASYNC110 - it only prints
            await asyncio.sleep(0.01)
        watch.stop()
        assert await running == code


# Keeping the account


async def test_setup_keeps_what_was_tried_without_a_screen(tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    async with at_a_port(OfferingPbx()) as port:
        account = replace(ACCOUNT, port=port, voicemail="*97")
        code = await run_setup(
            account, "secret", paths, Settings(), passwords, seconds=10, save_anyway=False
        )
    assert code == ExitCode.FINE
    assert load(paths).settings.account == account
    assert await passwords.get(account) == "secret"


async def test_setup_keeps_nothing_that_was_refused(tmp_path: Path) -> None:
    paths, passwords = Paths.below(tmp_path), MemoryPasswords()
    async with at_a_port(OfferingPbx({"dialog": Taking(403)})) as port:
        account = replace(ACCOUNT, port=port)
        code = await run_setup(
            account, "secret", paths, Settings(), passwords, seconds=10, save_anyway=False
        )
    assert code == ExitCode.FORBIDDEN
    assert load(paths).settings.account is None
    assert await passwords.get(account) is None
