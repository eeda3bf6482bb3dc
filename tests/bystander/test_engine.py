"""A phone at any SIP PBX, watched by a bystander, on a virtual wire."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TypeVar

import pytest

from callctrl.accounts import Account, PbxKind
from callctrl.bystander.engine import Bystander
from callctrl.calls import (
    Answer,
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    DialFailure,
    Direction,
    Event,
    LampChanged,
    LampDoubt,
    LampListFailed,
    LampListTrouble,
    LampState,
    Messages,
    MessagesChanged,
    No,
    PhoneSeen,
    Reason,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
)
from callctrl.phones.generic import GenericPhone
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup
from tests.notifier import Notifier, dialog_info
from tests.wire import Wire

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.20", 5060)
STRANGER = Address("10.9.9.9", 5060)
ACCOUNT = Account(
    pbx=PBX.host,
    extension="callctrl",
    station="1001",
    computer="RECEPTION",
    port=PBX.port,
    kind=PbxKind.SIP,
)
RINGING = (
    '<dialog id="a1" call-id="c1@far" direction="recipient"><state>early</state>'
    '<remote><identity display="Anna Lee">sip:2125550134@pbx</identity></remote></dialog>'
)
TALKING = '<dialog id="a1" call-id="c1@far" direction="recipient"><state>confirmed</state></dialog>'
OVER = '<dialog id="a1" call-id="c1@far" direction="recipient"><state>terminated</state></dialog>'
OPEN = (
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:1001@pbx"><tuple id="t">'
    "<status><basic>{}</basic></status></tuple></presence>"
)
PIDF = "application/pidf+xml"
SUMMARY = "application/simple-message-summary"

_E = TypeVar("_E", bound=Event)


class Office:
    """A bystander and a PBX on a wire."""

    def __init__(self, account: Account = ACCOUNT, **pbx: object) -> None:
        self.wire = Wire()
        self.pbx = Notifier(PBX, **pbx)  # type: ignore[arg-type]  # as named there
        self.session = Bystander(
            account,
            "secret",
            GenericPhone(account.extension),
            SessionSetup(PC, PBX),
            Tokens(Random(1)),
        )
        self.wire.join(PC, self.session)
        self.wire.join(PBX, self.pbx)

    def start(self) -> Office:
        self.wire.do(self.session.start)
        self.wire.run(1)
        return self

    def report(self, event: str, body: str, media_type: str, state: str = "") -> None:
        watched = self.pbx.of(event)
        self.wire.do(lambda _now: self.pbx.report(watched, body, media_type, state=state))
        self.wire.run(0.1)

    def dialogs(self, *dialogs: str) -> None:
        """The phone's calls are these."""
        self.report("dialog", dialog_info(*dialogs), "application/dialog-info+xml")

    def told(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.wire.events_of(PC) if isinstance(event, kind)]

    @property
    def shown(self) -> SessionChanged:
        return self.told(SessionChanged)[-1]

    def asked(self, event: str = "dialog") -> int:
        """How many SUBSCRIBEs to a package have come."""
        return sum(each.headers.get("Event") == event for each in self.pbx.asked)


# Watching


def test_my_phone_is_watched_and_nobody_is_registered() -> None:
    office = Office().start()
    assert office.shown == SessionChanged(SessionState.READY)
    assert "REGISTER" not in office.wire.titles()
    (subscribe,) = [each for each in office.pbx.asked if each.headers.get("Event") == "dialog"]
    assert subscribe.uri == "sip:1001@192.168.1.20:5060"
    assert subscribe.from_.uri == "sip:callctrl@192.168.1.20"
    assert subscribe.headers.get("Accept") == "application/dialog-info+xml"


def test_one_challenge_is_enough_for_all_subscriptions() -> None:
    office = Office(nonce="n1").start()
    assert office.shown.state is SessionState.READY
    assert office.asked("dialog") == 2  # challenged, and with credentials
    assert (office.asked("presence"), office.asked("message-summary")) == (1, 1)


def test_a_call_is_followed_from_ringing_to_its_end() -> None:
    office = Office().start()
    for dialogs in ((RINGING,), (TALKING,), (OVER,)):
        office.dialogs(*dialogs)
    calls = [event.call for event in office.told(CallChanged)]
    assert [call.state for call in calls] == [
        CallState.RINGING,
        CallState.CONNECTED,
        CallState.ENDED,
    ]
    assert {(call.number, call.name, call.direction) for call in calls} == {
        ("2125550134", "Anna Lee", Direction.INCOMING)
    }
    assert not list(office.session.calls)


def test_a_call_that_a_full_document_leaves_out_is_over() -> None:
    office = Office().start()
    office.dialogs(TALKING)
    office.dialogs()
    assert [event.call.state for event in office.told(CallChanged)] == [
        CallState.CONNECTED,
        CallState.ENDED,
    ]


def test_the_same_document_twice_tells_nothing_new() -> None:
    office = Office().start()
    office.dialogs(RINGING)
    office.dialogs(RINGING)
    office.dialogs(OVER)
    office.dialogs(OVER)
    assert len(office.told(CallChanged)) == 2


def test_two_calls_at_once_are_two_calls() -> None:
    office = Office().start()
    second = RINGING.replace('id="a1"', 'id="b2"').replace("c1@far", "c2@far")
    office.dialogs(TALKING, second)
    assert {call.id: call.state for call in office.session.calls} == {
        "a1": CallState.CONNECTED,
        "b2": CallState.RINGING,
    }


def test_a_report_without_a_body_in_a_known_dialog_ends_no_call() -> None:
    office = Office().start()
    office.dialogs(TALKING)
    office.report("dialog", "", "")
    assert [call.state for call in office.session.calls] == [CallState.CONNECTED]


def test_a_body_that_cannot_be_read_is_answered_and_changes_nothing() -> None:
    office = Office().start()
    office.dialogs(TALKING)
    office.report("dialog", "<dialog-info", "application/dialog-info+xml")
    assert office.pbx.answers[-1].status == 200
    assert len(office.told(CallChanged)) == 1


# What is asked for beside


def test_whether_the_phone_is_there_is_told() -> None:
    office = Office().start()
    office.report("presence", OPEN.format("open"), PIDF)
    office.report("presence", OPEN.format("closed"), PIDF)
    assert [event.is_there for event in office.told(PhoneSeen)] == [True, False]


def test_a_phone_on_hold_is_there_though_asterisk_calls_it_closed() -> None:
    office = Office().start()
    office.report("presence", OPEN.format("closed").replace("><t", "><note>On hold</note><t"), PIDF)
    assert [event.is_there for event in office.told(PhoneSeen)] == [True]


def test_messages_are_told_with_the_number_that_plays_them() -> None:
    office = Office().start()
    body = "Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx\r\nVoice-Message: 2/8 (0/2)\r\n"
    office.report("message-summary", body, SUMMARY)
    assert office.told(MessagesChanged) == [MessagesChanged(Messages(2, 8, "*97"))]


def test_the_number_of_the_settings_plays_the_messages() -> None:
    office = Office(replace(ACCOUNT, voicemail="800")).start()
    office.report("message-summary", "Messages-Waiting: no\r\n", SUMMARY)
    (event,) = office.told(MessagesChanged)
    assert event.messages is not None
    assert (event.messages.new, event.messages.number) == (0, "800")


def test_what_is_not_offered_is_not_asked_for_again() -> None:
    office = Office(refusals={"presence": 489, "message-summary": 404}).start()
    office.wire.run(50)
    assert (office.asked("presence"), office.asked("message-summary")) == (1, 1)
    assert office.shown.state is SessionState.READY


# Trouble


def test_the_phones_own_account_is_refused_without_a_word_to_the_pbx() -> None:
    office = Office(replace(ACCOUNT, extension="1001")).start()
    assert office.shown == SessionChanged(SessionState.REFUSED, Trouble.OWN_PHONE)
    assert office.wire.sent == []
    office.wire.do(office.session.stop)
    assert office.told(Stopped) == [Stopped()]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(403, Trouble.FORBIDDEN), (404, Trouble.REJECTED), (489, Trouble.REJECTED)],
)
def test_a_refusal_is_trouble_and_the_program_stays(status: int, trouble: Trouble) -> None:
    office = Office(refusals={"dialog": status}).start()
    assert (office.shown.state, office.shown.trouble) == (SessionState.RETRYING, trouble)
    assert office.asked("presence") == 1
    office.pbx.refusals.clear()
    office.wire.run(60)
    assert office.shown == SessionChanged(SessionState.READY)


def test_a_silent_pbx_is_trouble_and_is_asked_again() -> None:
    office = Office(is_silent=True).start()
    office.wire.run(20)
    assert office.shown.trouble is Trouble.NO_ANSWER
    office.pbx.is_silent = False
    office.wire.run(10)
    assert office.shown == SessionChanged(SessionState.READY)


def test_calls_that_ended_while_a_pbx_forgot_us_are_told_as_ended_away() -> None:
    office = Office().start()
    office.dialogs(TALKING)
    office.pbx.restart()
    office.wire.run(61)
    assert office.shown.state is SessionState.READY
    ended = office.told(CallChanged)[-1].call
    assert (ended.state, ended.ended_away) == (CallState.ENDED, True)


def test_a_pbx_that_forgot_us_unseen_is_asked_for_all_again() -> None:
    """It has restarted between two questions, and the first to be asked finds that out."""
    office = Office(replace(ACCOUNT, lamps=("1003",))).start()
    office.pbx.restart()
    office.wire.run(62)
    assert sorted((each.event, each.target[4:8]) for each in office.pbx.watched) == [
        ("dialog", "1001"),
        ("dialog", "1003"),
        ("message-summary", "1001"),
        ("presence", "1001"),
        ("presence", "1003"),
    ]


def test_a_pbx_that_is_gone_takes_what_it_told_with_it() -> None:
    office = Office().start()
    office.report("presence", OPEN.format("open"), PIDF)
    office.report("message-summary", "Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n", SUMMARY)
    office.pbx.is_silent = True
    office.wire.run(90)
    assert office.shown.trouble is Trouble.NO_ANSWER
    assert office.told(PhoneSeen)[-1] == PhoneSeen(None)
    assert office.told(MessagesChanged)[-1] == MessagesChanged(None)
    office.pbx.is_silent = False
    office.pbx.restart()
    office.wire.run(10)
    assert office.shown == SessionChanged(SessionState.READY)
    assert {each.event for each in office.pbx.watched} == {"dialog", "presence", "message-summary"}


def test_reports_that_are_ended_for_good_are_asked_for_after_minutes() -> None:
    office = Office().start()
    office.report("dialog", "", "", "terminated;reason=noresource")
    assert (office.shown.state, office.shown.trouble) == (SessionState.REFUSED, Trouble.ENDED)
    office.wire.run(301)
    assert office.shown == SessionChanged(SessionState.READY)


def test_strangers_are_not_heard() -> None:
    office = Office().start()
    office.wire.do(lambda now: office.session.receive(b"NOTIFY", STRANGER, now))
    assert office.session.dropped.strangers == 1


def test_an_order_that_only_the_phones_owner_can_give_is_refused() -> None:
    office = Office().start()
    office.wire.do(lambda now: office.session.perform(Answer("a1"), now))
    assert office.told(CommandAnswered) == [
        CommandAnswered(Answer("a1"), 488, impossible=No(Reason.BYSTANDER))
    ]


# Leaving


def test_every_subscription_is_ended_before_the_end() -> None:
    office = Office().start()
    office.wire.do(office.session.stop)
    office.wire.run(0.5)
    assert office.pbx.watched == []
    assert office.told(Stopped) == [Stopped()]


def test_the_last_report_of_each_subscription_is_answered_though_it_comes_late() -> None:
    """RFC 6665 section 4.1.2.3; unanswered, each would be repeated for half a minute."""
    office = Office().start()
    watched = [*office.pbx.watched]
    office.wire.do(office.session.stop)
    office.wire.run(0.1)
    answers = len(office.pbx.answers)

    def report_all(_now: float) -> None:
        for each in watched:
            office.pbx.report(each, state="terminated;reason=timeout")

    office.wire.do(report_all)
    office.wire.run(0.1)
    assert [each.status for each in office.pbx.answers[answers:]] == [200] * len(watched)
    assert office.told(Stopped) == []
    office.wire.run(0.2)
    assert office.told(Stopped) == [Stopped()]


def test_what_can_be_ended_is_ended_before_the_end_where_the_first_cannot() -> None:
    """RFC 6665 section 4.1.2.3: what the PBX says of itself in one dialog may be no SIP."""
    office = Office().start()
    phone = office.pbx.of("dialog")
    office.pbx.here = Address("no such place", 5060)
    office.wire.do(lambda _now: office.pbx.report(phone))
    office.wire.run(0.1)
    office.pbx.here, office.pbx.nonce = PBX, "n1"
    office.wire.do(office.session.stop)
    office.wire.run(0.5)
    assert office.pbx.watched == [phone]
    assert office.told(Stopped) == [Stopped()]


def test_whoever_has_asked_for_nothing_is_gone_at_once() -> None:
    office = Office()
    office.wire.do(office.session.stop)
    assert office.told(Stopped) == [Stopped()]


def test_a_silent_pbx_is_left_within_two_seconds() -> None:
    office = Office().start()
    office.pbx.is_silent = True
    office.wire.do(office.session.stop)
    office.wire.run(2)
    assert office.told(Stopped) == [Stopped()]
    assert office.session.next_timeout() is None


# Elsewhere


def test_every_subscription_tells_where_we_are_now() -> None:
    office = Office().start()
    there = Address("192.168.7.7", 5060)
    office.wire.move(PC, there)
    office.wire.do(lambda now: office.session.relocate(there, PBX, now))
    office.wire.run(1)
    assert {each.contact for each in office.pbx.watched} == {"sip:callctrl@192.168.7.7:5060"}
    assert len(office.pbx.watched) == 3
    assert office.wire.events_of(there)[-1] == SessionChanged(SessionState.READY)


# Colleagues, and calls that the PBX places


def lamps(office: Office) -> dict[str, LampState]:
    return {lamp.who: lamp.state for lamp in office.session.lamps}


def test_colleagues_are_watched_once_the_pbx_is_there() -> None:
    office = Office(replace(ACCOUNT, lamps=("1003",)))
    office.wire.do(lambda now: office.session.watch(("1004", "1003"), now))
    assert office.wire.sent == []
    office.start()
    busy = dialog_info(TALKING, entity="sip:1003@pbx")
    watched = office.pbx.of("dialog", "1003")
    office.wire.do(lambda _now: office.pbx.report(watched, busy))
    office.wire.run(0.1)
    assert lamps(office) == {"1003": LampState.BUSY, "1004": LampState.UNKNOWN}
    assert [event.lamp.state for event in office.told(LampChanged) if event.lamp.who == "1003"][
        -1
    ] is LampState.BUSY
    assert not list(office.session.calls)  # a lamp's dialog is no call of ours


def test_all_lamps_are_left_before_the_end_and_nothing_more_is_waited_for() -> None:
    who = tuple(str(2000 + number) for number in range(100))
    office = Office(replace(ACCOUNT, lamps=who)).start()
    office.wire.run(20)
    office.wire.do(office.session.stop)
    office.wire.run(1)
    assert office.told(Stopped) == [Stopped()]
    assert office.pbx.watched == []


def test_a_list_on_the_pbx_is_asked_for_and_told_of_where_it_is_of_no_use() -> None:
    account = replace(ACCOUNT, lamp_list="lamps")
    office = Office(account, refusals={"lamps": 404}).start()
    assert office.told(LampListFailed) == [LampListFailed("lamps", LampListTrouble.UNKNOWN)]


def test_a_report_on_a_list_is_not_refused_for_the_extension_it_requires() -> None:
    """RFC 4662 section 4.3."""
    office = Office().start()
    mine = office.pbx.of("dialog")
    office.wire.do(lambda _now: office.pbx.report(mine, fields=[("Require", "eventlist")]))
    office.wire.run(0.1)
    assert office.pbx.answers[-1].status == 200


def test_lamps_are_unknown_while_the_pbx_is_gone_and_asked_for_again() -> None:
    office = Office(replace(ACCOUNT, lamps=("1003",)))
    office.pbx.first = {"dialog": ("application/dialog-info+xml", dialog_info(TALKING))}
    office.start()
    assert lamps(office) == {"1003": LampState.BUSY}
    office.pbx.is_silent = True
    office.wire.run(90)
    assert lamps(office) == {"1003": LampState.UNKNOWN}
    office.pbx.is_silent = False
    office.pbx.restart()
    office.wire.run(15)
    assert lamps(office) == {"1003": LampState.BUSY}


def test_a_pbx_that_is_lost_again_and_again_is_asked_for_nothing_in_the_pauses() -> None:
    """RFC 5626 section 4.5: whatever is asked would open a connection, and be lost with it."""
    office = Office(replace(ACCOUNT, lamps=("1003", "1004"))).start()
    for _ in range(2):
        office.wire.do(lambda now: office.session.transport_failed(PBX, "closed", now))
        office.wire.run(0.1)
    asked = len(office.pbx.asked)
    office.wire.run(0.6)
    assert len(office.pbx.asked) == asked
    assert {lamp.doubt for lamp in office.session.lamps} == {LampDoubt.LOST}
    office.wire.run(2)
    assert {each.event for each in office.pbx.watched} == {"dialog", "presence", "message-summary"}
    assert {lamp.doubt for lamp in office.session.lamps} == {LampDoubt.NO_WORD}
    assert office.shown == SessionChanged(SessionState.READY)


def test_a_pbx_that_is_lost_while_it_refuses_my_phone_is_asked_for_nothing_else() -> None:
    office = Office(replace(ACCOUNT, lamps=("1003",)), refusals={"1001": 403}).start()
    for _ in range(4):
        office.wire.run(30)
    asked = len(office.pbx.asked)
    office.wire.do(lambda now: office.session.transport_failed(PBX, "closed", now))
    assert {lamp.doubt for lamp in office.session.lamps} == {LampDoubt.LOST}
    office.wire.run(5)
    assert len(office.pbx.asked) == asked
    office.wire.run(30)
    assert {lamp.doubt for lamp in office.session.lamps} == {LampDoubt.NO_WORD}


def test_a_call_that_the_pbx_is_to_place_begins_at_my_phone() -> None:
    office = Office().start()
    office.wire.do(lambda now: office.session.perform(Dial("2004"), now))
    office.wire.do(lambda now: office.session.perform(Dial("2005"), now))
    assert office.wire.titles(source=PC)[-1] == "INVITE"
    assert office.told(CommandAnswered) == [
        CommandAnswered(Dial("2005"), 486, DialFailure.OWN_BUSY)
    ]
    office.wire.run(31)  # nobody answers
    assert office.told(CommandAnswered)[-1].dial_failure is not None


def test_a_call_under_way_is_given_up_where_its_answers_come_to_no_more() -> None:
    office = Office().start()
    office.wire.do(lambda now: office.session.perform(Dial("2004"), now))
    office.wire.do(lambda now: office.session.relocate(Address("192.168.7.7", 5060), PBX, now))
    assert office.told(CommandAnswered) == [CommandAnswered(Dial("2004"), 503, DialFailure.NO_NEWS)]


def test_nothing_is_dialled_with_the_phones_own_account() -> None:
    office = Office(replace(ACCOUNT, extension="1001")).start()
    office.wire.do(lambda now: office.session.perform(Dial("2004"), now))
    office.wire.do(lambda now: office.session.relocate(PC, PBX, now))
    assert office.told(CommandAnswered) == [CommandAnswered(Dial("2004"), 480)]
    assert office.wire.sent == []


def test_options_tells_each_package_once() -> None:
    office = Office().start()
    options = (
        b"OPTIONS sip:callctrl@192.168.1.50 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bKo1\r\nMax-Forwards: 70\r\n"
        b"From: <sip:pbx@192.168.1.20>;tag=1\r\nTo: <sip:callctrl@192.168.1.50>\r\n"
        b"Call-ID: o1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    office.wire.do(lambda now: office.session.receive(options, PBX, now))
    office.wire.run(0.1)
    answer = office.pbx.answers[-1]
    assert answer.status == 200
    assert answer.headers.get("Allow-Events") == "dialog, presence, message-summary"


def test_the_call_that_rings_my_phone_for_us_is_no_call_from_our_account() -> None:
    office = Office().start()
    office.wire.do(lambda now: office.session.perform(Dial("2004"), now))
    ours = RINGING.replace("2125550134", "callctrl")  # kamailio: a dialog of its own
    office.dialogs(ours)
    assert not list(office.session.calls)
    office.dialogs('<dialog id="1001" direction="recipient"><state>early</state></dialog>')
    (call,) = office.session.calls  # Asterisk: one for all of it, of whom nothing is told
    assert (call.number, call.direction) == ("2004", Direction.OUTGOING)


def test_a_change_that_was_missed_has_the_whole_state_asked_for() -> None:
    """RFC 4235 section 4.3: a version is missing."""
    office = Office().start()
    office.dialogs(TALKING)
    before = office.asked()
    late = dialog_info(RINGING, version=9).replace('state="full"', 'state="partial"')
    office.report("dialog", late, "application/dialog-info+xml")
    assert office.asked() == before + 1


def test_a_pbx_whose_versions_never_fit_is_not_asked_without_a_breath() -> None:
    """RFC 4235 section 4.3: each full state is followed by a change that does not fit it."""
    office = Office().start()
    office.wire.run(10)
    before = office.asked()
    for version in range(9, 109, 2):
        office.dialogs(TALKING)
        late = dialog_info(RINGING, version=version).replace('state="full"', 'state="partial"')
        office.report("dialog", late, "application/dialog-info+xml")
        office.wire.run(0.1)
    assert 2 <= office.asked() - before <= 3


def test_a_call_that_ended_while_the_pbx_forgot_us_is_ended_away_where_a_picture_tells() -> None:
    office = Office().start()
    office.dialogs(TALKING)
    office.pbx.first = {"dialog": ("application/dialog-info+xml", dialog_info())}
    office.pbx.restart()
    office.wire.run(61)
    ended = office.told(CallChanged)[-1].call
    assert (ended.state, ended.ended_away) == (CallState.ENDED, True)
