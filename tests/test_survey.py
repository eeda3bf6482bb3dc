"""What a phone system offers is found out by asking once (RFC 6665 sections 4.1.2 and 4.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from callctrl.accounts import Account, PbxKind
from callctrl.offers import Finding, Offer, Sight, Surveyed
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.survey import Survey
from callctrl.way import SessionSetup
from tests.offering import TELLS, OfferingPbx, Taking
from tests.wire import Wire

US = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
SPARE = Address("192.168.1.11", 5060)
ACCOUNT = Account(
    "pbx.example", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP, lamps=("1003", "1004")
)
ASKED = {
    Sight.CALLS: ("dialog", "1002"),
    Sight.COLLEAGUES: ("dialog", "1003"),
    Sight.PRESENCE: ("presence", "1002"),
    Sight.MESSAGES: ("message-summary", "1002"),
}


class Office:
    """A survey on its way to a phone system."""

    def __init__(
        self,
        pbx: OfferingPbx,
        account: Account = ACCOUNT,
        *,
        sights: tuple[Sight, ...] = tuple(Sight),
        places: tuple[Address, ...] = (PBX,),
        at: Address = PBX,
    ) -> None:
        setup = SessionSetup(US, places[0], places=places)
        self.survey = Survey(account, "secret", setup, Tokens(Random(1)), sights=sights)
        self.wire = Wire()
        self.wire.join(US, self.survey)
        self.wire.join(at, pbx)
        self.pbx = pbx

    def run(self, seconds: float = 60.0) -> Surveyed:
        self.wire.do(self.survey.start)
        self.wire.run(seconds)
        return self.told

    @property
    def told(self) -> Surveyed:
        events = self.wire.events_of(US)
        assert isinstance(events[-1], Surveyed)
        return events[-1]


def test_all_is_told_and_nothing_is_left_behind() -> None:
    office = Office(OfferingPbx())
    found = office.run()
    assert found.is_over
    assert found.of == dict.fromkeys(Sight, Finding(Offer.TOLD, 200))
    assert (found.options_status, found.server) == (200, "Testing PBX 1.0")
    assert found.was_challenged
    assert office.pbx.open == set()
    assert office.pbx.answers == 2 * len(Sight) * [200], "the last word of each, too"


@pytest.mark.parametrize("named_in", ["Server", "User-Agent"])
def test_who_answers_is_read_where_it_is_said(named_in: str) -> None:
    """RFC 3261 sections 20.35 and 20.41: some phone systems take one for the other."""
    assert Office(OfferingPbx(named_in=named_in)).run().server == "Testing PBX 1.0"


def test_who_passes_the_question_on_is_not_who_answers() -> None:
    office = Office(OfferingPbx(says_trying=True))
    office.run()
    told = {
        (event.options_status, event.server)
        for event in office.wire.events_of(US)
        if event.options_status is not None
    }
    assert told == {(200, "Testing PBX 1.0")}


@pytest.mark.parametrize(("port", "uri"), [(0, "sip:pbx.example"), (5070, "sip:pbx.example:5070")])
def test_the_phone_system_is_asked_at_the_port_that_was_named(port: int, uri: str) -> None:
    office = Office(OfferingPbx(), replace(ACCOUNT, port=port))
    office.run()
    assert office.pbx.requests[0].method == "OPTIONS"
    assert office.pbx.requests[0].uri == uri


def test_a_last_word_that_does_not_come_is_waited_for_half_a_second() -> None:
    """RFC 6665 section 4.1.2.3: a subscription that is left ends with a NOTIFY."""
    assert Office(OfferingPbx()).run(0.4).is_over, "it came"
    office = Office(OfferingPbx(says_last_word=False))
    assert not office.run(0.4).is_over
    office.wire.run(0.4)
    assert office.told.is_over


def test_each_thing_is_asked_of_whom_it_is_about_and_by_our_own_account() -> None:
    """RFC 4235, RFC 3856 and RFC 3842 name the packages."""
    office = Office(OfferingPbx(challenges=False))
    office.run()
    asked = [
        (request.headers.get("Event"), request.uri)
        for request in office.pbx.requests
        if request.method == "SUBSCRIBE" and request.headers.get("Expires") != "0"
    ]
    assert asked == [(event, f"sip:{who}@pbx.example") for event, who in ASKED.values()]
    callers = {request.headers.get("From") for request in office.pbx.requests}
    assert all("sip:desk-app@pbx.example" in (caller or "") for caller in callers)


def test_nothing_is_ever_registered() -> None:
    office = Office(OfferingPbx())
    office.run()
    assert {request.method for request in office.pbx.requests} == {"OPTIONS", "SUBSCRIBE"}


def test_colleagues_are_asked_for_where_there_are_any() -> None:
    found = Office(OfferingPbx(), replace(ACCOUNT, lamps=())).run()
    assert set(found.of) == set(Sight) - {Sight.COLLEAGUES}


def test_only_what_is_wanted_is_asked_for() -> None:
    found = Office(OfferingPbx(), sights=(Sight.CALLS,)).run()
    assert set(found.of) == {Sight.CALLS}


def test_a_wrong_password_is_not_tried_again_for_each_thing() -> None:
    """Some phone systems lock an account then; the fresh nonce is answered once (RFC 7616)."""
    office = Office(OfferingPbx(refuses=True))
    found = office.run()
    assert found.is_over
    assert found.of == {Sight.CALLS: Finding(Offer.REFUSED, 401)}
    answered = [r for r in office.pbx.requests if "Authorization" in r.headers]
    assert len(answered) == 1


@pytest.mark.parametrize("status", [403, 404, 489, 503])
def test_what_is_refused_has_its_status_and_the_rest_is_asked_for(status: int) -> None:
    found = Office(OfferingPbx({**TELLS, "dialog": Taking(status)})).run()
    assert found.of[Sight.CALLS] == Finding(Offer.REFUSED, status)
    assert found.of[Sight.PRESENCE].offer is Offer.TOLD


@pytest.mark.parametrize(
    "way",
    [Taking(), Taking(state="pending;expires=60"), Taking(type="")],
    ids=["no body", "not decided", "no type"],
)
def test_a_report_that_says_nothing_is_silence(way: Taking) -> None:
    """An idle phone at a PBX that tells calls, and nothing else (RFC 4235 section 4.1 aside)."""
    assert Office(OfferingPbx({**TELLS, "dialog": way})).run().of[Sight.CALLS] == Finding(
        Offer.SILENT, 200
    )


def test_a_report_that_does_not_come_is_waited_for_four_seconds() -> None:
    office = Office(OfferingPbx({**TELLS, "presence": Taking(state=None)}))
    assert not office.run(3.5).is_over
    office.wire.run(1.5)
    assert office.told.is_over
    assert office.told.of[Sight.PRESENCE] == Finding(Offer.UNREPORTED, 200)
    assert office.pbx.open == set()


def test_what_was_granted_and_ended_by_the_phone_system_is_refused() -> None:
    """RFC 6665 section 4.1.3."""
    ended = Taking(state="terminated;reason=rejected")
    found = Office(OfferingPbx({**TELLS, "presence": ended})).run()
    assert found.of[Sight.PRESENCE] == Finding(Offer.REFUSED, 200, "rejected")


def test_what_was_ended_for_now_is_not_asked_for_again() -> None:
    ended = Taking(state="terminated;reason=deactivated")
    office = Office(OfferingPbx({**TELLS, "presence": ended}))
    office.run()
    events = [request.headers.get("Event") for request in office.pbx.requests]
    assert events.count("presence") == 1


def test_nobody_there_is_no_answer() -> None:
    """RFC 3261 section 17.1.2.2: 32 seconds."""
    office = Office(OfferingPbx(is_mute=True))
    found = office.run(40.0)
    assert found.is_over
    assert found.options_status is None
    assert found.of == {Sight.CALLS: Finding(Offer.NO_ANSWER)}


def test_nothing_listening_is_no_answer_at_once() -> None:
    office = Office(OfferingPbx(is_mute=True))
    office.wire.do(office.survey.start)
    office.wire.do(lambda now: office.survey.transport_failed(PBX, "refused", now))
    assert office.told.is_over
    assert office.told.of == {Sight.CALLS: Finding(Offer.NO_ANSWER)}


def test_another_place_of_the_phone_system_is_asked_where_the_first_is_dead() -> None:
    """RFC 3263 section 4.3."""
    office = Office(OfferingPbx(), places=(PBX, SPARE), at=SPARE)
    office.wire.do(office.survey.start)
    office.wire.do(lambda now: office.survey.transport_failed(PBX, "refused", now))
    office.wire.run(10.0)
    assert office.told.is_over
    assert office.told.of[Sight.CALLS] == Finding(Offer.TOLD, 200)


def test_a_call_that_comes_all_the_same_rings_on_elsewhere() -> None:
    office = Office(OfferingPbx({**TELLS, "dialog": Taking(state=None)}))
    office.run(1.0)
    office.wire.do(lambda _now: office.pbx.invite(US))
    office.wire.run(1.0)
    assert 480 in office.pbx.answers


def test_what_comes_behind_the_end_is_no_news() -> None:
    office = Office(OfferingPbx())
    office.run()
    told = len(office.wire.events_of(US))
    office.wire.do(lambda _now: office.pbx.invite(US))
    office.wire.run(1.0)
    assert 480 in office.pbx.answers
    assert len(office.wire.events_of(US)) == told


def test_who_is_no_phone_system_is_not_heard() -> None:
    office = Office(OfferingPbx({**TELLS, "dialog": Taking(state=None)}))
    office.run(1.0)
    stranger = OfferingPbx()
    office.wire.join(Address("192.168.1.66", 5060), stranger)
    office.wire.do(lambda _now: stranger.invite(US))
    office.wire.run(1.0)
    assert stranger.answers == []


def test_what_is_no_sip_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    office = Office(OfferingPbx())
    office.wire.do(office.survey.start)
    office.survey.receive(b"NONSENSE\r\n\r\n", PBX, office.wire.now)
    office.wire.run(10.0)
    assert office.told.of[Sight.CALLS].offer is Offer.TOLD
    assert "not understood" in caplog.text


@pytest.mark.parametrize("after", [0.0, 0.015, 0.03, 2.0])
def test_it_can_be_ended_at_any_time_and_leaves_nothing_behind(after: float) -> None:
    office = Office(OfferingPbx({**TELLS, "dialog": Taking(state=None)}))
    office.wire.do(office.survey.start)
    office.wire.run(after)
    office.wire.do(office.survey.stop)
    office.wire.run(3.0)
    assert office.told.is_over
    assert office.pbx.open == set()


def test_the_end_does_not_wait_for_a_phone_system_that_went_away() -> None:
    office = Office(OfferingPbx())
    office.wire.do(office.survey.start)
    office.wire.run(0.045)
    office.pbx.is_mute = True
    office.wire.do(office.survey.stop)
    office.wire.run(2.1)
    assert office.told.is_over
    assert office.survey.next_timeout() is None


def test_what_is_ended_while_a_report_is_waited_for_asks_for_no_more_turns() -> None:
    """A deadline that has passed and means nothing any more would turn the pump for ever."""
    office = Office(OfferingPbx({**TELLS, "dialog": Taking(state=None)}))
    office.run(3.5)
    office.pbx.is_mute = True
    office.wire.do(office.survey.stop)
    office.wire.run(1.0)
    due = office.survey.next_timeout()
    assert due is not None
    assert due > office.wire.now


def test_the_phones_own_account_is_not_even_tried() -> None:
    with pytest.raises(ValueError, match="account of our own"):
        Office(OfferingPbx(), replace(ACCOUNT, extension="1002"))


def test_the_password_is_shown_nowhere() -> None:
    office = Office(OfferingPbx())
    found = office.run()
    shown: list[Callable[[], str]] = [lambda: repr(found), lambda: repr(vars(office.survey))]
    assert not any("secret" in show() for show in shown)
