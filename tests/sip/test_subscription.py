from __future__ import annotations

from random import Random
from typing import Any

import pytest

from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.subscription import Ending, Subscription, SubscriptionState
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
STATION = "sip:FrontDesk@192.168.1.10"
Field = tuple[str, str]

ACTIVE = "active;expires=3600"


class StubTokens(Tokens):
    """The documented tokens first, and no jitter."""

    def __init__(self) -> None:
        super().__init__(Random(1))
        self._first = {
            "branch": ["z9hG4bK99120"],
            "tag": ["6236126"],
            "call_id": ["448036229-1843726709-2127160951"],
        }

    def branch(self) -> str:
        return self._first["branch"].pop() if self._first["branch"] else super().branch()

    def tag(self) -> str:
        return self._first["tag"].pop() if self._first["tag"] else super().tag()

    def call_id(self) -> str:
        return self._first["call_id"].pop() if self._first["call_id"] else super().call_id()

    def fraction(self) -> float:
        return 0.0


class Desk:
    """A subscription, the clock it runs by, and a notifier that speaks when it is told to."""

    def __init__(self, refresh_within: float = 1_000_000.0, **options: Any) -> None:
        self.now = 0.0
        self.answers: list[tuple[int, float | None]] = []
        """Status and seconds granted of each SUBSCRIBE."""
        self.ended_at: list[float] = []
        self.endings: list[Ending] = []
        self.unsubscribed_at: list[float] = []
        self.agent = UserAgent(
            local=PC,
            remote=PBX,
            contact_user="RECEPTION",
            product="Call Ctrl 1.1 jdoe",
            tokens=StubTokens(),
        )
        self.subscription = Subscription(
            self.agent,
            event="x-spa-cti",
            accept=("application/x-spa-status", "text/plain"),
            target="sip:FrontDesk@192.168.1.10:6060",
            from_="sip:RECEPTION@192.168.1.10",
            to=STATION,
            authenticator=Authenticator(Credentials("200", "4321"), self.agent.tokens),
            refresh_within=refresh_within,
            on_answer=self._answered,
            on_ended=self._ended,
            on_unsubscribed=self.unsubscribed_at.append,
            **options,
        )
        self._notifies = 0

    def _answered(self, outcome: Outcome, granted: float | None, _now: float) -> None:
        self.answers.append((outcome.status, granted))

    def _ended(self, ending: Ending, now: float) -> None:
        self.endings.append(ending)
        self.ended_at.append(now)

    def state(self) -> SubscriptionState:
        return self.subscription.state

    def flags(self) -> tuple[bool, bool]:
        return self.subscription.is_accepted, self.subscription.may_be_subscribed

    def due(self) -> float | None:
        return self.subscription.next_timeout()

    def subscribe(self) -> Request:
        self.subscription.subscribe(self.now)
        return self.sent()

    def sent_bytes(self) -> list[bytes]:
        return [packet.data for packet in self.agent.packets_to_send()]

    def sent(self) -> Request:
        """The one request that is to go out."""
        (data,) = self.sent_bytes()
        request = parse(data)
        assert isinstance(request, Request)
        return request

    def answer(self, request: Request, status: int, *fields: Field, tag: str = "3e71") -> None:
        copied = [
            (name, f"{value};tag={tag}" if name == "To" and ";tag=" not in value else value)
            for name, value in request.headers
            if name in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        response = Response(status, "Reason", [*copied, *fields])
        self.agent.receive(response.to_bytes(), PBX, self.now)

    def notify(
        self,
        of: Request,
        state: str | None,
        *fields: Field,
        number: int | None = None,
        tag: str = "3e71",
    ) -> bool | None:
        """A NOTIFY in the dialog of a SUBSCRIBE; None where it matches no dialog of ours."""
        self._notifies += 1
        request = Request(
            "NOTIFY",
            "sip:RECEPTION@192.168.1.50:5060",
            [
                ("Via", f"SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK-n{self._notifies}"),
                ("From", f"{STATION};tag={tag}"),
                ("To", of.headers.get("From") or ""),
                ("Call-ID", of.call_id),
                ("CSeq", f"{self._notifies if number is None else number} NOTIFY"),
                ("Event", "x-spa-cti"),
                *([("Subscription-State", state)] if state is not None else []),
                *fields,
            ],
        )
        if not self.subscription.matches(request):
            return None
        return self.subscription.receive_notify(request, self.now)

    def next_ask(self) -> Request:
        """Wait for the next SUBSCRIBE."""
        due = self.due()
        assert due is not None
        self.now = due
        self.agent.handle_timeout(due)
        self.subscription.handle_timeout(due)
        return self.sent()

    def give_up(self) -> None:
        """Let the request under way time out."""
        self.now += 16.0
        self.agent.handle_timeout(self.now)
        self.agent.packets_to_send()

    def accepted(self, expires: int = 3600) -> Request:
        """Subscribe with success."""
        request = self.subscribe()
        self.answer(request, 200, ("Expires", str(expires)))
        return request


# The message


def test_the_subscribe_is_the_documented_one_to_the_byte() -> None:
    """Protocol notes B.5 no. 5; Content-Length stands where the printed REGISTER has it."""
    desk = Desk()
    desk.subscription.subscribe(0.0)
    assert desk.sent_bytes() == [
        b"SUBSCRIBE sip:FrontDesk@192.168.1.10:6060 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK99120\r\n"
        b"Max-Forwards: 70\r\n"
        b"From: sip:RECEPTION@192.168.1.10;tag=6236126\r\n"
        b"To: sip:FrontDesk@192.168.1.10\r\n"
        b"Call-ID: 448036229-1843726709-2127160951\r\n"
        b"CSeq: 1 SUBSCRIBE\r\n"
        b"Contact: sip:RECEPTION@192.168.1.50:5060\r\n"
        b"Event: x-spa-cti\r\n"
        b"Accept: application/x-spa-status, text/plain\r\n"
        b"Expires: 3600\r\n"
        b"Content-Length: 0\r\n"
        b"User-Agent: Call Ctrl 1.1 jdoe\r\n"
        b"\r\n"
    ]


def test_further_fields_go_with_every_subscribe() -> None:
    desk = Desk(fields=(("Supported", "eventlist"),))
    assert desk.accepted().headers.get("Supported") == "eventlist"
    assert desk.next_ask().headers.get("Supported") == "eventlist"


# Answers


def test_how_long_it_lives_is_told_by_answers_and_notifies() -> None:
    desk = Desk()
    request = desk.subscribe()
    told = [desk.subscription.granted_until]
    desk.answer(request, 200, ("Expires", "3600"))
    told.append(desk.subscription.granted_until)
    desk.now = 100.0
    for state in ("active", "active;expires=600"):
        desk.notify(request, state)
        told.append(desk.subscription.granted_until)
    assert told == [None, 3600.0, 3600.0, 700.0]


def test_a_2xx_alone_is_enough() -> None:
    desk = Desk()
    assert desk.state() is SubscriptionState.TERMINATED
    request = desk.subscribe()
    assert desk.state() is SubscriptionState.NOTIFY_WAIT
    assert desk.flags() == (False, True)
    desk.answer(request, 200, ("Expires", "3600"))
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.flags() == (True, True)
    assert desk.answers == [(200, 3600)]


@pytest.mark.parametrize(
    ("expires", "granted", "due"),
    [
        ("3600", 3600, 1800.0),
        ("60", 60, 30.0),
        ("1", 1, 1.0),
        (None, 3600, 1800.0),
        ("x", 3600, 1800.0),
    ],
)
def test_half_the_time_granted_rules_the_refresh(
    expires: str | None, granted: int, due: float
) -> None:
    desk = Desk()
    fields = [("Expires", expires)] if expires is not None else []
    desk.answer(desk.subscribe(), 202, *fields)
    assert desk.answers == [(202, granted)]
    assert desk.due() == due


def test_however_much_is_granted_the_next_subscribe_comes_within_the_agreed_time() -> None:
    """Only asking shows that a notifier has dropped the subscription without a word."""
    desk = Desk(refresh_within=60.0)
    request = desk.accepted(3600)
    assert desk.due() == 60.0
    desk.now = 10.0
    desk.notify(request, "active;expires=3590")
    assert desk.due() == 60.0
    desk.notify(request, "active;expires=40")
    assert desk.due() == 30.0


def test_the_refresh_goes_out_in_the_dialog() -> None:
    desk = Desk()
    first = desk.accepted()
    refresh = desk.next_ask()
    assert desk.now == 1800.0
    assert desk.state() is SubscriptionState.REFRESHING
    assert (refresh.call_id, refresh.from_) == (first.call_id, first.from_)
    assert (first.to.tag, refresh.to.tag) == (None, "3e71")
    assert refresh.uri == first.uri
    assert refresh.cseq.number > first.cseq.number
    desk.answer(refresh, 200, ("Expires", "3600"))
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.due() == 3600.0


@pytest.mark.parametrize(("counts_alone", "numbers"), [(True, (1, 2)), (False, (1, 3))])
def test_its_numbers_have_no_gap_unless_the_whole_program_counts_with_it(
    counts_alone: bool, numbers: tuple[int, int]
) -> None:
    """RFC 3261 section 12.2.1.1."""
    desk = Desk(counts_alone=counts_alone)
    first = desk.accepted()
    other = Outgoing("OPTIONS", "sip:x", NameAddr("sip:a"), NameAddr("sip:x"), "other")
    desk.agent.transmit(other, (), lambda *_: None, desk.now)
    assert len(desk.sent_bytes()) == 1
    desk.subscription.subscribe(desk.now)
    assert (first.cseq.number, desk.sent().cseq.number) == numbers


def test_the_refresh_goes_to_the_contact_of_the_answer_by_its_route() -> None:
    desk = Desk()
    desk.answer(
        desk.subscribe(),
        200,
        ("Contact", "<sip:FrontDesk@192.168.1.20:5060>"),
        ("Record-Route", "<sip:b;lr>, <sip:a;lr>"),
    )
    refresh = desk.next_ask()
    assert refresh.uri == "sip:FrontDesk@192.168.1.20:5060"
    assert refresh.headers.get_all("Route") == ["<sip:a;lr>", "<sip:b;lr>"]


def test_the_refresh_behind_a_strict_router_is_signed_for_the_uri_it_goes_to() -> None:
    """RFC 3261 sections 12.2.1.1 and 22.4."""
    desk = Desk()
    desk.answer(
        desk.subscribe(),
        200,
        ("Contact", "<sip:FrontDesk@192.168.1.20:5060>"),
        ("Record-Route", "<sip:b;lr>, <sip:a:5070>"),
    )
    refresh = desk.next_ask()
    assert refresh.uri == "sip:a:5070"
    assert refresh.headers.get_all("Route") == ["<sip:b;lr>", "<sip:FrontDesk@192.168.1.20:5060>"]
    desk.answer(refresh, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    signed = desk.sent()
    assert 'uri="sip:a:5070"' in (signed.headers.get("Authorization") or "")


def test_a_subscription_that_is_lost_is_begun_afresh_at_once() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.answer(desk.next_ask(), 481)
    again = desk.sent()
    assert desk.state() is SubscriptionState.NOTIFY_WAIT
    assert again.call_id != first.call_id
    assert again.from_.tag != first.from_.tag
    assert again.to.tag is None
    desk.answer(again, 200, tag="other")
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.notify(first, ACTIVE) is None
    assert desk.notify(again, ACTIVE, tag="other") is True


def test_one_of_many_that_is_lost_says_so_and_waits_for_its_turn() -> None:
    desk = Desk(asks_at_once=False)
    first = desk.accepted()
    desk.answer(desk.next_ask(), 481)
    assert desk.sent_bytes() == []
    assert desk.answers[1:] == [(481, None)]
    assert desk.due() == desk.now
    assert desk.flags() == (False, False)
    assert desk.notify(first, ACTIVE) is None
    again = desk.subscribe()
    assert again.to.tag is None
    assert again.call_id != first.call_id


def test_481_to_the_first_subscribe_is_a_refusal_like_any_other() -> None:
    desk = Desk()
    desk.answer(desk.subscribe(), 481)
    assert desk.sent_bytes() == []
    assert desk.answers == [(481, None)]
    assert desk.due() == 1.0


@pytest.mark.parametrize("status", [403, 404, 489, 500, 603])
def test_a_refused_subscribe_is_tried_afresh_after_growing_pauses(status: int) -> None:
    desk = Desk()
    first = request = desk.subscribe()
    pauses = []
    for _ in range(7):
        desk.answer(request, status)
        assert desk.state() is SubscriptionState.WAITING
        assert not desk.subscription.may_be_subscribed
        due = desk.due()
        assert due is not None
        pauses.append(due - desk.now)
        request = desk.next_ask()
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert desk.answers == [(status, None)] * 7
    assert request.call_id != first.call_id


def test_a_grant_of_nothing_is_a_refusal() -> None:
    """Else a SUBSCRIBE would go out every second, without back-off."""
    desk = Desk()
    desk.answer(desk.subscribe(), 200, ("Expires", "0"))
    assert desk.state() is SubscriptionState.WAITING
    assert desk.answers == [(200, None)]


@pytest.mark.parametrize("status", [400, 401, 423, 500, 503, 603])
def test_a_failed_refresh_does_not_forget_the_dialog(status: int) -> None:
    """The subscription lives on for the time it was granted (RFC 6665 section 4.1.2.2)."""
    desk = Desk()
    first = desk.accepted()
    desk.answer(desk.next_ask(), status)
    assert desk.state() is SubscriptionState.WAITING
    assert desk.notify(first, ACTIVE) is True
    again = desk.next_ask()
    assert (again.call_id, again.to.tag) == (first.call_id, "3e71")


@pytest.mark.parametrize(
    "status", [403, 404, 405, 408, 410, 416, 480, 482, 483, 484, 485, 489, 501, 604]
)
def test_some_answers_to_a_refresh_end_the_subscription(status: int) -> None:
    """RFC 6665 section 4.1.2.2; a rebooted SPA9000 says 403 (protocol.md B.7)."""
    desk = Desk()
    first = desk.accepted()
    desk.answer(desk.next_ask(), status)
    assert desk.answers == [(200, 3600), (status, None)]
    assert desk.notify(first, ACTIVE) is None
    again = desk.next_ask()
    assert again.call_id != first.call_id
    assert again.from_.tag != first.from_.tag
    assert again.to.tag is None


def test_a_refresh_granted_for_no_time_ends_the_subscription() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.answer(desk.next_ask(), 200, ("Expires", "0"))
    assert desk.state() is SubscriptionState.WAITING
    assert desk.next_ask().call_id != first.call_id


@pytest.mark.parametrize("is_unreachable", [True, False])
def test_a_refresh_nobody_answers_ends_the_subscription(is_unreachable: bool) -> None:
    desk = Desk()
    first = desk.accepted()
    desk.next_ask()
    if is_unreachable:
        desk.agent.transport_failed(PBX, desk.now)
    else:
        desk.give_up()
    assert desk.notify(first, ACTIVE) is None
    assert desk.next_ask().call_id != first.call_id


@pytest.mark.parametrize(
    "field",
    [
        ("Contact", "<sip:Front Desk@192.168.1.20>"),
        ("Record-Route", ",".join(["a"] * 30_000)),
    ],
)
def test_a_dialog_that_cannot_be_refreshed_is_begun_afresh(field: Field) -> None:
    desk = Desk()
    first = desk.subscribe()
    desk.answer(first, 200, field)
    desk.now = 1800.0
    desk.subscription.handle_timeout(desk.now)
    assert desk.sent_bytes() == []
    assert desk.state() is SubscriptionState.WAITING
    assert desk.due() == 1801.0
    assert desk.next_ask().call_id != first.call_id


def test_silence_is_a_refusal_too() -> None:
    desk = Desk()
    desk.subscribe()
    desk.give_up()
    assert desk.answers == [(408, None)]
    assert desk.due() == 17.0


def test_the_pause_is_short_again_after_a_subscription_that_lasted() -> None:
    desk = Desk()
    request = desk.subscribe()
    for _ in range(4):
        desk.answer(request, 500)
        request = desk.next_ask()
    desk.answer(request, 200)
    desk.answer(desk.next_ask(), 200)
    desk.answer(desk.next_ask(), 500)
    assert desk.due() == desk.now + 1.0


def test_a_challenge_is_answered_in_the_same_dialog() -> None:
    desk = Desk()
    first = desk.subscribe()
    desk.answer(first, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="1"'))
    second = desk.sent()
    assert "Authorization" in second.headers
    assert (second.call_id, second.from_, second.to) == (first.call_id, first.from_, first.to)
    desk.answer(second, 200)
    assert desk.state() is SubscriptionState.ACTIVE


def test_a_superseded_subscribe_no_longer_counts() -> None:
    desk = Desk()
    first = desk.subscribe()
    second = desk.subscribe()
    assert second.call_id == first.call_id
    desk.answer(first, 403)
    assert desk.state() is SubscriptionState.NOTIFY_WAIT
    assert desk.answers == []
    desk.answer(second, 200)
    assert desk.answers == [(200, 3600)]


def test_the_200_behind_a_pending_notify_leaves_it_pending() -> None:
    desk = Desk()
    request = desk.subscribe()
    desk.notify(request, "pending;expires=600")
    desk.answer(request, 200)
    assert desk.state() is SubscriptionState.PENDING


def test_a_subscription_may_be_refreshed_before_its_time() -> None:
    desk = Desk()
    desk.accepted()
    desk.now = 10.0
    assert desk.subscribe().to.tag == "3e71"
    assert desk.due() is None


def test_an_early_clock_asks_nothing() -> None:
    desk = Desk()
    desk.accepted()
    desk.subscription.handle_timeout(1799.9)
    assert desk.sent_bytes() == []


def test_a_subscription_given_up_does_not_ask_by_itself() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.subscription.forget()
    assert desk.due() is None
    assert desk.notify(first, ACTIVE) is None
    assert desk.subscribe().call_id != first.call_id


# NOTIFY


def test_a_notify_before_the_200_activates_and_tells_the_tag() -> None:
    desk = Desk()
    request = desk.subscribe()
    assert desk.notify(request, ACTIVE) is True
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.due() == 1800.0
    assert desk.answers == []
    desk.answer(request, 200, ("Expires", "600"))
    assert desk.answers == [(200, 600)]
    assert desk.due() == 300.0
    assert desk.next_ask().to.tag == "3e71"


def test_who_reports_first_is_the_peer_even_where_another_has_answered() -> None:
    """RFC 6665 section 4.4.1: refused with 481, the one who reports would end the subscription."""
    desk = Desk()
    request = desk.accepted()
    assert desk.notify(request, ACTIVE, tag="reports") is True
    assert desk.next_ask().to.tag == "reports"


def test_a_notify_without_subscription_state_changes_nothing() -> None:
    """As the SPA9000 writes them (protocol.md F.2)."""
    desk = Desk()
    request = desk.subscribe()
    assert desk.notify(request, None) is True
    assert desk.state() is SubscriptionState.NOTIFY_WAIT
    desk.answer(request, 200)
    assert desk.notify(request, None) is True
    assert desk.notify(request, "unheard-of;expires=1") is True
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.due() == 1800.0


@pytest.mark.parametrize("state", [ACTIVE, "ACTIVE ; Expires=3600", ' active;expires="3600"'])
def test_the_state_is_read_without_regard_to_case(state: str) -> None:
    desk = Desk()
    desk.notify(desk.subscribe(), state)
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.due() == 1800.0


def test_a_shorter_life_told_by_notify_brings_the_refresh_forward() -> None:
    desk = Desk()
    request = desk.accepted()
    desk.now = 100.0
    desk.notify(request, "active;expires=60")
    assert desk.due() == 130.0


def test_a_notify_that_tells_no_time_leaves_the_refresh_where_it_was() -> None:
    desk = Desk()
    request = desk.accepted()
    desk.now = 100.0
    desk.notify(request, "active")
    assert desk.due() == 1800.0


def test_notifies_do_not_put_the_refresh_off_until_it_is_too_late() -> None:
    """A busy desk: a report every four seconds, each with the true remaining time."""
    desk = Desk()
    request = desk.accepted(3600)
    refreshed_with = 0.0
    for second in range(4, 3600, 4):
        desk.now = float(second)
        desk.subscription.handle_timeout(desk.now)
        if desk.sent_bytes():
            refreshed_with = 3600 - desk.now
            break
        desk.notify(request, f"active;expires={3600 - second}")
    assert refreshed_with == 1800


def test_a_pending_subscription_is_kept_alive() -> None:
    desk = Desk()
    request = desk.accepted()
    desk.notify(request, "pending;expires=60")
    assert desk.state() is SubscriptionState.PENDING
    assert desk.subscription.is_accepted
    assert desk.next_ask().to.tag == "3e71"
    desk.notify(request, ACTIVE)
    assert desk.state() is SubscriptionState.ACTIVE


def test_a_notify_of_another_dialog_is_not_ours() -> None:
    desk = Desk()
    request = desk.accepted()
    assert desk.notify(request, ACTIVE) is True
    assert desk.notify(request, ACTIVE, tag="other") is None
    stranger = Request("SUBSCRIBE", "sip:a", [("From", request.headers.get("From") or "")])
    stranger.headers.add("Call-ID", "3ecb02c9-250f41cd@localhost")
    assert desk.notify(stranger, ACTIVE) is None


def test_an_overtaken_notify_is_no_news() -> None:
    desk = Desk()
    request = desk.accepted()
    assert desk.notify(request, ACTIVE, number=7) is True
    assert desk.notify(request, "terminated", number=6) is False
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.ended_at == []


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ("terminated", 11.0),
        ("terminated;reason=deactivated", 10.0),
        ("terminated;reason=deactivated;retry-after=20", 10.0),
        ("terminated;reason=timeout", 10.0),
        ("Terminated;Reason=probation;Retry-After=20", 30.0),
        ("terminated;reason=probation", 11.0),
        ("terminated;reason=giveup;retry-after=20", 30.0),
        ("terminated;reason=giveup", 11.0),
        ("terminated;reason=unheard-of;retry-after=20", 30.0),
        ("terminated;retry-after=20", 30.0),
        ("terminated;retry-after=86400", 310.0),
        ("terminated;retry-after=soon", 11.0),
    ],
)
def test_a_subscription_the_notifier_ends_is_begun_afresh(state: str, due: float) -> None:
    """RFC 6665 section 4.1.3: at once, or after a pause, as the reason says."""
    desk = Desk()
    request = desk.accepted()
    desk.now = 10.0
    assert desk.notify(request, state) is True
    assert desk.state() is SubscriptionState.WAITING
    assert not desk.subscription.is_accepted
    assert desk.ended_at == [10.0]
    assert desk.endings[0].retry_in == due - 10.0
    assert desk.due() == due
    again = desk.next_ask()
    assert again.call_id != request.call_id
    assert again.to.tag is None


@pytest.mark.parametrize("is_refresh", [True, False])
def test_the_200_behind_a_terminating_notify_is_no_success(is_refresh: bool) -> None:
    """Seldom in order: a rejecting notifier sends 200 and NOTIFY in one breath."""
    desk = Desk()
    request = desk.subscribe()
    if is_refresh:
        desk.answer(request, 200)
        request = desk.next_ask()
        desk.answers.clear()
    desk.notify(request, "terminated;reason=probation;retry-after=300")
    desk.answer(request, 200, ("Expires", "3600"))
    assert desk.state() is SubscriptionState.WAITING
    assert desk.answers == []


def test_a_notifier_that_ends_every_subscription_does_not_keep_us_busy() -> None:
    desk = Desk()
    request = desk.accepted()
    desk.notify(request, "terminated;retry-after=0")
    assert desk.due() == 1.0


def test_subscriptions_ended_before_they_are_granted_follow_after_growing_pauses() -> None:
    desk = Desk()
    pauses = []
    for _ in range(4):
        request = desk.subscribe()
        desk.notify(request, "terminated;retry-after=0")
        due = desk.due()
        assert due is not None
        pauses.append(due - desk.now)
        desk.now = due
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_notifier_that_deactivates_again_and_again_does_not_keep_us_busy() -> None:
    desk = Desk()
    pauses = []
    for _ in range(5):
        desk.notify(desk.accepted(), "terminated;reason=deactivated")
        due = desk.due()
        assert due is not None
        pauses.append(due - desk.now)
        desk.now = due
    assert pauses == [0.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("is_accepted", [True, False])
@pytest.mark.parametrize("reason", ["rejected", "noresource", "invariant", "Rejected"])
def test_a_final_reason_is_not_argued_with(reason: str, is_accepted: bool) -> None:
    """RFC 6665 section 4.1.3; its retry-after means nothing there."""
    desk = Desk()
    request = desk.accepted() if is_accepted else desk.subscribe()
    desk.notify(request, f"terminated;reason={reason};retry-after=20")
    assert desk.due() is None
    assert desk.state() is SubscriptionState.TERMINATED
    assert not desk.subscription.may_be_subscribed
    assert desk.endings == [Ending(reason.lower(), None)]
    desk.answer(request, 200)
    assert desk.state() is SubscriptionState.TERMINATED


def test_who_asks_all_the_same_begins_anew_behind_a_final_reason() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.notify(first, "terminated;reason=rejected")
    assert desk.subscribe().call_id != first.call_id


# What a refusal asks for


@pytest.mark.parametrize("is_refresh", [True, False])
@pytest.mark.parametrize("status", [404, 413, 480, 486, 500, 503, 600, 603])
def test_a_busy_notifier_is_left_alone_as_long_as_it_asks(status: int, is_refresh: bool) -> None:
    """RFC 3261 section 20.33, RFC 6665 section 4.1.2.1."""
    desk = Desk()
    request = desk.subscribe()
    if is_refresh:
        desk.answer(request, 200)
        request = desk.next_ask()
    desk.answer(request, status, ("Retry-After", "20 (busy)"))
    assert desk.due() == desk.now + 20.0


def test_no_notifier_makes_us_wait_for_hours() -> None:
    desk = Desk()
    desk.answer(desk.subscribe(), 503, ("Retry-After", "86400"))
    assert desk.due() == 300.0


def test_a_pending_request_is_waited_for() -> None:
    """RFC 3261 section 14.1."""
    desk = Desk()
    desk.answer(desk.subscribe(), 491)
    assert desk.due() == 2.1


@pytest.mark.parametrize("is_refresh", [True, False])
def test_an_interval_too_brief_is_asked_for_again_at_once(is_refresh: bool) -> None:
    """RFC 3261 section 21.4.17, RFC 6665 section 4.2.1.1: in the same dialog."""
    desk = Desk()
    first = request = desk.subscribe()
    if is_refresh:
        desk.answer(request, 200)
        request = desk.next_ask()
    desk.answers.clear()
    desk.answer(request, 423, ("Min-Expires", "7200"))
    again = desk.sent()
    assert again.headers.get("Expires") == "7200"
    assert (again.call_id, again.to.tag) == (first.call_id, request.to.tag)
    assert desk.answers == []
    desk.answer(again, 423, ("Min-Expires", "7201"))
    assert desk.sent_bytes() == []
    assert desk.answers == [(423, None)]
    desk.answer(desk.next_ask(), 200)
    assert desk.answers[-1] == (200, 7200)


def test_an_interval_that_became_too_brief_later_is_asked_for_again_too() -> None:
    """RFC 6665 section 4.2.1.1: once each time is enough, but each time."""
    desk = Desk()
    request = desk.subscribe()
    for least in ("7200", "14400"):
        desk.answer(request, 423, ("Min-Expires", least))
        again = desk.sent()
        assert again.headers.get("Expires") == least
        desk.answer(again, 200)
        request = desk.next_ask()


@pytest.mark.parametrize("status", [202, 200, 299])
def test_any_success_is_one(status: int) -> None:
    """RFC 6665 section 8.3.1: 202 from before says no less than 200."""
    desk = Desk()
    desk.answer(desk.subscribe(), status, ("Expires", "600"))
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.answers == [(status, 600)]


@pytest.mark.parametrize("status", [405, 408, 420, 481, 482, 483, 489, 501, 513, 604])
def test_what_cannot_be_mended_is_tried_again_after_growing_pauses(status: int) -> None:
    """RFC 3261 section 21.4: it is put right at the other end, or never."""
    desk = Desk()
    request = desk.subscribe()
    pauses = []
    for _ in range(6):
        desk.answer(request, status)
        due = desk.due()
        assert due is not None
        pauses.append(due - desk.now)
        request = desk.next_ask()
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_a_redirection_to_another_place_is_not_followed() -> None:
    """Decision 19."""
    desk = Desk()
    desk.answer(desk.subscribe(), 302, ("Contact", "<sip:FrontDesk@203.0.113.7>"))
    assert desk.sent_bytes() == []
    assert desk.answers == [(302, None)]


# Leaving


def test_unsubscribing_ends_the_subscription_in_its_dialog() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.subscription.unsubscribe(5.0)
    request = desk.sent()
    assert desk.state() is SubscriptionState.UNSUBSCRIBING
    assert desk.due() is None
    assert request.headers.get("Expires") == "0"
    assert (request.call_id, request.to.tag) == (first.call_id, "3e71")
    desk.now = 5.1
    desk.answer(request, 200, ("Expires", "0"))
    assert desk.state() is SubscriptionState.TERMINATED
    assert desk.unsubscribed_at == [5.1]
    assert len(desk.answers) == 1
    assert not desk.subscription.may_be_subscribed


@pytest.mark.parametrize("status", [403, 481, 500])
def test_unsubscribing_succeeds_whatever_the_answer(status: int) -> None:
    desk = Desk()
    desk.accepted()
    desk.subscription.unsubscribe(5.0)
    desk.answer(desk.sent(), status)
    assert desk.state() is SubscriptionState.TERMINATED
    assert len(desk.unsubscribed_at) == 1
    assert desk.sent_bytes() == []


def test_unsubscribing_ends_when_nobody_answers() -> None:
    desk = Desk()
    desk.accepted()
    desk.subscription.unsubscribe(0.0)
    desk.give_up()
    assert desk.unsubscribed_at == [16.0]


def test_a_first_subscribe_under_way_is_withdrawn_once_there_is_a_dialog() -> None:
    """RFC 6665 section 4.1.2.3: without the notifier's tag it would be another subscription."""
    desk = Desk()
    first = desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    assert desk.sent_bytes() == []
    assert desk.state() is SubscriptionState.LEAVE_WAIT
    assert not desk.subscription.may_be_subscribed
    desk.answer(first, 200)
    last = desk.sent()
    assert (last.headers.get("Expires"), last.to.tag) == ("0", "3e71")
    assert last.call_id == first.call_id
    assert (desk.answers, desk.unsubscribed_at) == ([], [])
    desk.now = 0.2
    desk.answer(last, 200)
    assert desk.unsubscribed_at == [0.2]
    assert desk.state() is SubscriptionState.TERMINATED


@pytest.mark.parametrize("state", [ACTIVE, "pending", None])
def test_a_notify_brings_the_dialog_to_leave_as_well(state: str | None) -> None:
    """RFC 6665 section 4.4.1: it may overtake the answer, which then no longer counts."""
    desk = Desk()
    first = desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    assert desk.notify(first, state) is True
    last = desk.sent()
    assert (last.headers.get("Expires"), last.to.tag) == ("0", "3e71")
    desk.answer(first, 200)
    assert desk.sent_bytes() == []
    desk.answer(last, 200)
    assert len(desk.unsubscribed_at) == 1


def test_a_first_subscribe_whose_dialog_a_notify_has_brought_is_withdrawn_at_once() -> None:
    desk = Desk()
    first = desk.subscribe()
    desk.notify(first, None)
    assert desk.state() is SubscriptionState.NOTIFY_WAIT
    desk.subscription.unsubscribe(0.1)
    assert desk.sent().to.tag == "3e71"


@pytest.mark.parametrize("status", [401, 403, 423, 481, 503])
def test_a_first_subscribe_refused_while_leaving_needs_no_withdrawal(status: int) -> None:
    """A challenge is not answered any more: the last SUBSCRIBE must not ask for an hour."""
    desk = Desk()
    first = desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    fields = [("WWW-Authenticate", 'Digest realm="r", nonce="1"'), ("Min-Expires", "7200")]
    desk.answer(first, status, *fields)
    assert desk.sent_bytes() == []
    assert len(desk.unsubscribed_at) == 1
    assert desk.due() is None


def test_a_first_subscribe_that_is_ended_while_leaving_needs_no_withdrawal() -> None:
    desk = Desk()
    first = desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    desk.notify(first, "terminated;reason=rejected")
    desk.answer(first, 200)
    assert desk.sent_bytes() == []
    assert len(desk.unsubscribed_at) == 1
    assert desk.ended_at == []


def test_a_first_subscribe_nobody_answers_lapses() -> None:
    desk = Desk()
    desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    desk.give_up()
    assert desk.unsubscribed_at == [16.0]
    assert desk.sent_bytes() == []


def test_a_first_subscribe_given_up_by_a_move_is_not_waited_for() -> None:
    """RFC 6665 section 4.1.2.3: its answer goes to where we are no more, so no dialog comes."""
    desk = Desk()
    desk.subscribe()
    desk.subscription.relocate()
    desk.subscription.unsubscribe(0.1)
    assert desk.sent_bytes() == []
    assert desk.unsubscribed_at == [0.1]
    assert desk.state() is SubscriptionState.TERMINATED


def test_an_answer_without_tag_makes_no_dialog_to_leave() -> None:
    desk = Desk()
    first = desk.subscribe()
    desk.subscription.unsubscribe(0.1)
    copied = [f for f in first.headers if f[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
    desk.agent.receive(Response(200, "OK", copied).to_bytes(), PBX, 0.2)
    assert desk.sent_bytes() == []
    assert len(desk.unsubscribed_at) == 1


def test_a_dialog_that_cannot_be_left_is_left_all_the_same() -> None:
    """What the notifier says of itself may be no SIP."""
    desk = Desk()
    desk.answer(desk.subscribe(), 200, ("Contact", "<sip:Front Desk@192.168.1.20>"))
    desk.subscription.unsubscribe(5.0)
    assert desk.sent_bytes() == []
    assert desk.unsubscribed_at == [5.0]


@pytest.mark.parametrize("answered_first", [True, False])
def test_the_last_notify_after_unsubscribing_is_no_ending(answered_first: bool) -> None:
    """A notifier owes one (RFC 6665 section 4.2.1.4)."""
    desk = Desk()
    first = desk.accepted()
    desk.subscription.unsubscribe(5.0)
    last = desk.sent()
    if answered_first:
        desk.answer(last, 200)
    desk.notify(first, "terminated;reason=timeout")
    if not answered_first:
        desk.answer(last, 200)
    assert desk.ended_at == []
    assert desk.state() is SubscriptionState.TERMINATED
    assert desk.due() is None
    assert len(desk.unsubscribed_at) == 1


def test_what_is_not_subscribed_cannot_be_unsubscribed() -> None:
    desk = Desk()
    desk.subscription.unsubscribe(0.0)
    desk.answer(desk.subscribe(), 403)
    desk.subscription.unsubscribe(0.1)
    assert desk.sent_bytes() == []
    assert desk.unsubscribed_at == []


def test_what_is_being_unsubscribed_is_not_forgotten_on_the_way() -> None:
    desk = Desk()
    desk.accepted()
    desk.subscription.unsubscribe(1.0)
    desk.subscription.forget()
    desk.answer(desk.sent(), 200)
    assert len(desk.unsubscribed_at) == 1


def test_after_unsubscribing_a_new_subscription_begins_a_new_dialog() -> None:
    desk = Desk()
    first = desk.accepted()
    desk.subscription.unsubscribe(1.0)
    desk.answer(desk.sent(), 200)
    again = desk.subscribe()
    assert (again.call_id != first.call_id, again.to.tag) == (True, None)
