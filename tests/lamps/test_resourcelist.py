"""Lamps by a list that the PBX keeps, and what becomes of it where it is of no use (RFC 4662)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.accounts import Policy
from callctrl.calls import LampDoubt, LampListFailed, LampListTrouble, LampState
from tests.lampdesk import (
    ACCOUNT,
    DIALOG_INFO,
    EVENTLIST,
    Fields,
    LampDesk,
    LampPbx,
    calls_of,
)

FREE, RINGING, BUSY = LampState.FREE, LampState.RINGING, LampState.BUSY
NOT_ASKED, NO_WORD = LampDoubt.NOT_ASKED, LampDoubt.NO_WORD
REFUSED, LOST = LampDoubt.REFUSED, LampDoubt.LOST
TYPE = 'multipart/related;type="application/rlmi+xml";boundary=x1'
WHO = [str(2000 + number) for number in range(5)]


def on(who: str, *calls: str, state: str = "active", version: int = 0) -> tuple[str, bytes]:
    """What a report says of one member: its instance, and the part that belongs to it."""
    body = calls_of(who, *calls, version=version)
    part = f"Content-Type: {DIALOG_INFO}\r\nContent-ID: <{who}@pbx>\r\n\r\n".encode() + body
    return f'<instance id="1" state="{state}" cid="{who}@pbx"/>', part


def without(state: str = "active", reason: str = "") -> tuple[str, bytes]:
    """What a report says of a member it has no document on."""
    return f'<instance id="1" state="{state}" reason="{reason}"/>', b""


def report(
    members: dict[str, tuple[str, bytes]], version: int = 0, *, is_full: bool = False
) -> bytes:
    """A report of Asterisk."""
    listed = "".join(
        f'<resource uri="sip:{who}@pbx">{said}</resource>' for who, (said, _) in members.items()
    )
    rlmi = (
        '<?xml version="1.0"?><list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:lamps@pbx"'
        f' version="{version}" fullState="{str(is_full).lower()}">{listed}</list>'
    )
    first = f"Content-Type: application/rlmi+xml\r\nContent-ID: <list@pbx>\r\n\r\n{rlmi}".encode()
    parts = [first, *(part for _, part in members.values() if part)]
    return b"".join(b"\r\n--x1\r\n" + part for part in parts) + b"\r\n--x1--\r\n"


def all_free(*who: str) -> bytes:
    return report({each: on(each) for each in who}, is_full=True)


class ListDesk(LampDesk):
    """A desk whose account names a list, at a PBX that keeps it."""

    def __init__(
        self, body: bytes = b"", *, policy: Policy | None = None, asks_presence: bool = False
    ) -> None:
        pbx = LampPbx(
            fields={"lamps": EVENTLIST},
            content_types={"dialog": DIALOG_INFO, "lamps": TYPE},
            bodies={("dialog", "lamps"): body or all_free(*WHO)},
        )
        account = replace(ACCOUNT, lamp_list="lamps")
        super().__init__(pbx, policy=policy, account=account, asks_presence=asks_presence)

    @property
    def asked(self) -> list[str]:
        return [asked.who for asked in self.pbx.asked]

    def told(self, body: bytes) -> None:
        self.pbx.report("lamps", body)
        self.run(0.015)


def test_one_subscription_lights_all_that_are_on_the_list() -> None:
    here = ListDesk()
    here.watch("2001")
    assert here.asked == ["lamps"]
    sent = here.wire.sent[0].data.decode()
    assert "\r\nSupported: eventlist\r\n" in sent
    accepted = "application/dialog-info+xml, application/rlmi+xml, multipart/related"
    assert f"\r\nAccept: {accepted}\r\n" in sent
    assert here.shown() == {FREE: 5}
    assert here.pbx.answers == ["200 NOTIFY"]
    here.run(60)
    assert set(here.asked) == {"lamps"}
    assert here.list_failures == []


def test_who_is_not_on_the_list_is_asked_for_alone() -> None:
    here = ListDesk()
    here.pbx.bodies["dialog", "3001"] = calls_of("3001", "confirmed")
    here.watch("2001", "3001")
    assert here.asked == ["lamps", "3001"]
    assert here.shown() == {FREE: 5, BUSY: 1}
    here.watch("3002")
    assert sorted(here.asked[-2:]) == ["3001", "3002"]
    assert {lamp.who for lamp in here.lamps.all} == {*WHO, "3002"}


def test_a_list_that_names_ever_more_is_not_believed_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callctrl.lamps.watching._MOST_MEMBERS", 10)
    here = ListDesk()
    here.watch("2001", "3001")
    for first in range(5000, 5100, 10):
        here.told(report({str(first + number): on(str(first + number)) for number in range(10)}))
    assert len(list(here.lamps.all)) == 11
    here.told(report({"3001": on("3001", "confirmed")}))
    assert here.shows("3001") is BUSY, "who is watched anyway may be on it all the same"


def test_a_change_is_told_alone() -> None:
    here = ListDesk()
    here.watch()
    here.told(report({"2003": on("2003", "early")}, 1))
    assert here.shows("2003") is RINGING
    assert here.shown() == {FREE: 4, RINGING: 1}
    assert len(here.changes) == 6


def test_partial_documents_of_a_member_add_up_and_a_gap_asks_for_the_full_state() -> None:
    """RFC 4235 section 4.3 within RFC 4662."""
    here = ListDesk()
    here.watch()
    here.run(10)
    here.told(report({"2003": on("2003", "a confirmed", version=1)}, 1))
    assert here.shows("2003") is BUSY
    said, part = on("2003", "b early", version=5)
    gap = part.replace(b'state="full"', b'state="partial"')
    here.told(report({"2003": (said, gap)}, 2))
    assert here.shows("2003") is NO_WORD
    here.pbx.bodies["dialog", "lamps"] = all_free(*WHO)
    here.run(1)
    assert here.shows("2003") is FREE
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, False]


def test_a_missing_report_has_the_whole_list_asked_for() -> None:
    here = ListDesk()
    here.watch()
    here.run(10)
    here.told(report({"2003": on("2003", "early")}, 5))
    here.run(1)
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, False]


def test_a_list_that_counts_anew_is_not_taken_for_one_with_gaps() -> None:
    """Asterisk's do after a restart, while their members count on."""
    here = ListDesk(report({who: on(who, version=9) for who in WHO}, 7, is_full=True))
    here.watch()
    here.run(10)
    here.told(report({"2003": on("2003", "early", version=10)}, 0))
    here.told(report({"2003": on("2003", "confirmed", version=11)}, 1))
    here.run(1)
    assert here.shows("2003") is BUSY
    assert here.asked == ["lamps"]


def test_a_list_that_was_lost_counts_anew_from_its_first_full_report() -> None:
    """RFC 4662 section 5.2: versions are those of one subscription."""
    here = ListDesk()
    here.watch()
    here.run(10)
    here.pbx.bodies["dialog", "lamps"] = report({"2003": on("2003", "early")}, 1)
    lost = here.pbx.of("lamps")
    here.pbx.notify(lost, "terminated;reason=deactivated", b"")
    here.pbx.granted.clear()
    here.run(10)
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, True, False]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (without("pending"), NO_WORD),
        (on("2003", state="pending"), NO_WORD),
        (without("active"), NO_WORD),
        (without("terminated", "noresource"), REFUSED),
        (without("terminated", "rejected"), REFUSED),
        (without("terminated", "timeout"), LOST),
        (on("2003", state="terminated"), LOST),
        (("", b""), NO_WORD),
    ],
)
def test_a_member_that_is_not_active_is_unknown(
    said: tuple[str, bytes], expected: LampDoubt
) -> None:
    here = ListDesk()
    here.watch()
    here.told(report({"2003": said}, 1))
    assert here.shows("2003") is expected
    assert here.shown()[FREE] == 4


def test_a_member_without_a_document_is_free_where_silence_is_taken_for_that() -> None:
    here = ListDesk(report({"2003": without()}, is_full=True), policy=Policy(silence_is_free=True))
    here.watch()
    assert here.shows("2003") is FREE


def test_who_has_left_the_list_is_asked_for_alone() -> None:
    here = ListDesk()
    here.watch("2001")
    here.pbx.bodies["dialog", "2004"] = calls_of("2004", "confirmed")
    here.told(all_free(*WHO[:4]))
    assert here.shows("2004") is NOT_ASKED
    here.run(1)
    assert here.asked == ["lamps", "2004"]
    assert here.shows("2004") is BUSY
    here.told(all_free(*WHO))
    here.run(1)
    assert here.shows("2004") is FREE
    assert [each.who for each in here.pbx.granted.values()] == ["lamps"]


def test_a_member_with_several_phones_is_asked_for_alone() -> None:
    """RFC 4662 section 5.1.2: each instance reports for itself, and none for all."""
    here = ListDesk()
    here.pbx.bodies["dialog", "2003"] = calls_of("2003", "confirmed")
    here.watch()
    twice = on("2003")[0] + on("2003")[0].replace("2003@", "b@"), on("2003")[1]
    here.told(report({"2003": twice}, 1))
    here.run(1)
    assert here.asked == ["lamps", "2003"]
    assert here.shows("2003") is BUSY


def test_a_list_of_a_hundred() -> None:
    who = [str(2000 + number) for number in range(100)]
    body = all_free(*who)
    assert len(body) > 30_000
    here = ListDesk(body)
    here.watch(*who)
    assert here.asked == ["lamps"]
    assert here.shown() == {FREE: 100}


def test_a_pbx_with_lists_and_without_presence_is_not_asked_for_that_long() -> None:
    who = [str(2000 + number) for number in range(50)]
    here = ListDesk(all_free(*who), asks_presence=True)
    here.pbx.statuses["presence"] = (404, ())
    here.watch(seconds=1000)
    assert sum(asked.event == "presence" for asked in here.pbx.asked) <= 10


# Where the list is of no use


def fails(here: ListDesk, trouble: LampListTrouble, seconds: float = 1.0) -> None:
    """All are asked for alone, and that is told once."""
    for who in WHO:
        here.pbx.bodies["dialog", who] = calls_of(who)
    here.watch(*WHO, seconds=seconds)
    here.run(200)
    assert here.list_failures == [LampListFailed("lamps", trouble)]
    assert here.shown() == {FREE: 5}
    assert here.asked[0] == "lamps"
    assert sorted({*here.asked[1:]} - {"lamps"}) == WHO


def test_a_list_that_is_granted_and_stays_silent_is_too_long_for_the_pbx() -> None:
    here = ListDesk()
    here.pbx.silent.add("lamps")
    here.watch(*WHO, seconds=4.9)
    assert here.shown() == {NOT_ASKED: 5}
    fails(here, LampListTrouble.SILENT)
    assert "lamps" not in [each.who for each in here.pbx.granted.values()]


def test_a_silent_list_that_reports_changes_later_is_not_believed() -> None:
    """Asterisk sends those: they are short enough."""
    here = ListDesk()
    here.pbx.silent.add("lamps")
    here.watch(*WHO, seconds=5.01)
    for each in here.pbx.granted.values():
        here.pbx.notify(each, body=report({"2003": on("2003", "early")}, 1))
    fails(here, LampListTrouble.SILENT)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (404, LampListTrouble.UNKNOWN),
        (420, LampListTrouble.NOT_OFFERED),
        (489, LampListTrouble.NOT_OFFERED),
        (403, LampListTrouble.REFUSED),
        (406, LampListTrouble.REFUSED),
    ],
)
def test_a_list_that_is_refused(status: int, trouble: LampListTrouble) -> None:
    here = ListDesk()
    here.pbx.statuses["lamps"] = (status, ())
    fails(here, trouble)


def test_a_plain_200_proves_no_list() -> None:
    """kamailio without its module for lists: `Require: eventlist` is missing."""
    here = ListDesk()
    here.pbx.fields.clear()
    here.pbx.bodies["dialog", "lamps"] = b""
    fails(here, LampListTrouble.NOT_OFFERED)


@pytest.mark.parametrize("fields", [EVENTLIST, ()])
def test_a_report_that_comes_before_the_answer_proves_the_list_too(fields: Fields) -> None:
    """RFC 6665 section 4.4.1: it may overtake the answer."""
    here = ListDesk()
    here.pbx.notifies_first = True
    here.pbx.fields["lamps"] = fields
    here.watch(*WHO, seconds=30)
    assert here.list_failures == []
    assert here.shown() == {FREE: 5}


def test_a_report_that_cannot_be_read_ends_the_list() -> None:
    here = ListDesk(b"--x1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x1--\r\n")
    fails(here, LampListTrouble.UNREADABLE)


def test_a_list_that_worked_and_is_refused_later_is_given_up() -> None:
    here = ListDesk()
    here.watch(*WHO)
    assert here.shown() == {FREE: 5}
    here.pbx.statuses["lamps"] = (403, ())
    here.run(60)
    fails(here, LampListTrouble.REFUSED)


def test_a_list_that_has_grown_too_long_is_given_up() -> None:
    here = ListDesk()
    here.watch(*WHO)
    here.pbx.silent.add("lamps")
    here.run(70)
    fails(here, LampListTrouble.SILENT)


def test_a_server_that_does_not_answer_is_no_fault_of_the_list() -> None:
    here = ListDesk()
    here.pbx.is_dead = True
    here.watch(*WHO, seconds=60)
    assert here.shown() == {NOT_ASKED: 5}
    here.pbx.is_dead = False
    here.run(40)
    assert here.shown() == {FREE: 5}
    assert here.list_failures == []
    assert here.asked == ["lamps"] * len(here.asked)


# The PBX gone and back


def test_a_list_that_the_pbx_forgot_is_unknown_until_it_reports_again() -> None:
    here = ListDesk()
    here.watch(*WHO)
    here.pbx.forget()
    here.run(60)
    states = [lamp.doubt for _, lamp in here.changes if lamp.doubt is not None]
    assert states == [LOST] * 5
    assert here.shown() == {FREE: 5}
    assert set(here.asked) == {"lamps"}


def test_a_pbx_known_to_be_gone_leaves_all_members_unknown_at_once() -> None:
    here = ListDesk()
    here.watch(*WHO)
    here.wire.do(here.lamps.unreachable)
    assert here.shown() == {LOST: 5}
    here.wire.do(here.lamps.reachable)
    here.run(5)
    assert here.shown() == {FREE: 5}


def test_a_list_that_is_pending_says_nothing() -> None:
    here = ListDesk()
    here.watch(*WHO)
    here.pbx.notify(here.pbx.of("lamps"), "pending")
    here.run(0.015)
    assert here.shown() == {NO_WORD: 5}


def test_a_body_that_is_no_list_changes_nothing() -> None:
    here = ListDesk()
    here.watch(*WHO)
    mine = here.pbx.of("lamps")
    here.pbx.notify(mine, body=calls_of("2003", "early"), content_type=DIALOG_INFO)
    here.run(0.1)
    assert here.shown() == {FREE: 5}
    assert here.pbx.answers[-1] == "200 NOTIFY"


def test_a_list_is_left_like_any_other_subscription() -> None:
    here = ListDesk()
    here.watch(*WHO)
    here.wire.do(here.lamps.stop)
    here.run(1)
    assert here.lamps.has_left
    assert not here.pbx.granted
