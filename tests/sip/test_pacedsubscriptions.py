"""Many subscriptions at one notifier (RFC 6665); `tests/lamps` has the rest."""

from __future__ import annotations

from random import Random

import pytest

from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.pacedsubscriptions import PacedSubscription, PacedSubscriptions, Standing
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060, "TCP")
PBX = Address("192.168.1.10", 5060, "TCP")
GRANTED, REFUSED, LOST = Standing.GRANTED, Standing.REFUSED, Standing.LOST
ABLE = Capabilities((), ("dialog",), ("application/dialog-info+xml",))


class Unchanced(Tokens):
    """No pause is shortened, and each first refresh comes as soon as it may."""

    def fraction(self) -> float:
        return 0.0


class Desk:
    """Many subscriptions, the clock they run by, and what became of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stood: list[tuple[str, Standing, int | None]] = []
        tokens = Unchanced(Random(1))
        self.agent = UserAgent(
            local=PC, remote=PBX, contact_user="app", product="test", tokens=tokens
        )
        self.many = PacedSubscriptions(
            self.agent,
            from_="sip:app@pbx",
            authenticator=Authenticator(Credentials("app", "4321"), tokens),
        )

    def begin(self, who: str) -> PacedSubscription:
        def stands(standing: Standing, outcome: Outcome | None, _now: float) -> None:
            self.stood.append((who, standing, None if outcome is None else outcome.status))

        uri = f"sip:{who}@pbx"
        return self.many.begin(
            ABLE, target=uri, to=uri, on_standing=stands, on_notify=lambda _notify, _now: None
        )

    def sent(self, now: float | None = None) -> list[Request]:
        self.now = self.now if now is None else now
        self.agent.handle_timeout(self.now)
        self.many.handle_timeout(self.now)
        requests = [parse(packet.data) for packet in self.agent.packets_to_send()]
        return [request for request in requests if isinstance(request, Request)]

    def granted(self, *who: str, expires: int = 600) -> list[PacedSubscription]:
        """Begin these, grant each, and refresh it once; what is next comes after a minute."""
        begun = [self.begin(each) for each in who]
        for _ in range(2):
            for at in (self.now, self.now + 1.0):
                for request in self.sent(at):
                    self.answer(request, 200, ("Expires", str(expires)))
        assert [each.standing for each in begun] == [GRANTED] * len(begun)
        return begun

    def answer(self, request: Request, status: int, *fields: tuple[str, str]) -> None:
        copied = [
            (name, f"{value};tag=t" if name == "To" and ";tag=" not in value else value)
            for name, value in request.headers
            if name in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        response = Response(status, "Reason", [*copied, *fields])
        self.agent.receive(response.to_bytes(), PBX, self.now)

    def notify(self, of: Request, state: str, number: int = 1, tag: str = "t") -> Request:
        request = Request(
            "NOTIFY",
            "sip:app@192.168.1.50",
            [
                ("Via", f"SIP/2.0/TCP 192.168.1.10;branch=z9hG4bK-{number}"),
                ("From", f"{of.headers.get('To')};tag={tag}"),
                ("To", of.headers.get("From") or ""),
                ("Call-ID", of.call_id),
                ("CSeq", f"{number} NOTIFY"),
                ("Event", "dialog"),
                ("Subscription-State", state),
            ],
        )
        transaction = self.agent.receive(request.to_bytes(), PBX, self.now)
        assert transaction is not None
        return transaction.request


def test_a_request_of_the_server_is_found_by_its_dialog() -> None:
    desk = Desk()
    first = desk.begin("2002")
    desk.begin("2003")
    (subscribe,) = desk.sent()
    assert desk.many.find(desk.notify(subscribe, "active")) is first
    desk.answer(subscribe, 200)
    (other,) = desk.sent(0.5)
    found = desk.many.find(desk.notify(other, "active", 2))
    assert found is not None
    assert found is not first
    assert desk.many.find(desk.notify(subscribe, "active", 3, tag="t")) is first
    assert desk.many.find(desk.notify(subscribe, "active", 4)) is first


def test_a_stranger_with_our_call_id_is_not_found() -> None:
    desk = Desk()
    each = desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 200)
    notify = desk.notify(subscribe, "active")
    assert desk.many.receive_notify(each, notify, desk.now)
    assert desk.many.find(desk.notify(subscribe, "active", 2, tag="stranger")) is None


def test_what_becomes_of_it_is_told_with_the_answer() -> None:
    desk = Desk()
    desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 200, ("Expires", "600"))
    (refresh,) = desk.sent(300.0)
    desk.answer(refresh, 481)
    (fresh,) = desk.sent(301.0)
    assert fresh.call_id != subscribe.call_id
    desk.answer(fresh, 404)
    assert desk.stood == [("2002", GRANTED, 200), ("2002", LOST, 481), ("2002", REFUSED, 404)]
    assert desk.sent(500.0) == []
    assert len(desk.sent(602.0)) == 1


def test_a_contact_that_makes_no_sip_is_met_by_a_fresh_subscription() -> None:
    desk = Desk()
    desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 200, ("Expires", "60"), ("Contact", "<sip:a b@pbx>"))
    assert desk.sent(30.0) == []
    assert desk.stood[1:] == [("2002", LOST, None)]
    (fresh,) = desk.sent(31.0)
    assert fresh.to.tag is None


def test_what_is_taken_back_at_once_never_goes_out_again() -> None:
    desk = Desk()
    each = desk.begin("2002")
    desk.sent()
    desk.many.end(each, desk.now)
    desk.many.end(each, desk.now)
    assert desk.sent(9.0) == []
    assert desk.sent(16.0) == [], "the answer to the first is waited for, and does not come"
    assert desk.sent(100.0) == []


def test_what_is_taken_back_behind_a_move_is_waited_for_by_nobody() -> None:
    desk = Desk()
    each = desk.begin("2002")
    desk.sent()
    desk.many.relocate(1.0)
    desk.many.end(each, 1.0)
    desk.sent(1.0)
    desk.begin("2003")
    (subscribe,) = desk.sent(2.0)
    assert subscribe.uri == "sip:2003@pbx"


def uris(requests: list[Request]) -> list[str]:
    return [request.uri.removeprefix("sip:").removesuffix("@pbx") for request in requests]


def test_a_doubt_asks_again_for_all_but_who_is_being_asked() -> None:
    desk = Desk()
    desk.granted("2002")
    (refresh,) = desk.sent(desk.now + 60.0)
    desk.granted("2003")
    desk.many.doubt(desk.now)
    assert uris(desk.sent()) == ["2003"]
    desk.answer(refresh, 200, ("Expires", "600"))


def test_whoever_is_there_again_is_asked_at_once_for_what_was_asked_in_vain() -> None:
    """A TCP connection that is silent, say: timer F has sixteen seconds to go."""
    desk = Desk()
    desk.begin("2002")
    assert uris(desk.sent()) == ["2002"]
    assert desk.sent(1.0) == []
    desk.many.doubt(1.0)
    assert uris(desk.sent(1.0)) == ["2002"]


def test_a_server_elsewhere_that_is_silent_is_left_alone_for_a_while_too() -> None:
    desk = Desk()
    desk.begin("2002")
    desk.sent()
    desk.agent.transport_failed(PBX, 0.0)
    desk.many.relocate(0.5)
    assert uris(desk.sent(0.5)) == ["2002"]
    desk.agent.transport_failed(PBX, 0.5)
    assert desk.sent(1.4) == []
    assert uris(desk.sent(1.5)) == ["2002"]


def test_another_server_is_asked_at_once_however_long_the_last_one_wants_to_be_left_alone() -> None:
    """RFC 3263 section 4.3: its Retry-After (RFC 3261 section 21.5.4) is its own."""
    desk = Desk()
    desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 503, ("Retry-After", "300"))
    assert desk.sent(1.0) == []
    desk.many.forget(2.0)
    assert uris(desk.sent(2.0)) == ["2002"]


def test_nobody_is_left_who_has_never_answered() -> None:
    desk = Desk()
    desk.begin("2002")
    desk.sent()
    desk.many.stop(1.0)
    assert desk.many.has_left
    assert desk.sent(1.0) == []


def test_the_full_state_is_asked_for_each_five_seconds_at_most() -> None:
    """RFC 4235 section 4.3; a notifier with gaps in each report must not keep us busy."""
    desk = Desk()
    (each,) = desk.granted("2002")
    asked_at = each.asked_at
    desk.many.ask_for_full_state(each, asked_at + 1.0)
    assert desk.sent(asked_at + 4.9) == []
    assert uris(desk.sent(asked_at + 5.0)) == ["2002"]


def test_a_notify_may_bring_the_next_refresh_forward() -> None:
    """RFC 6665 section 4.1.2.1: what it says of the time left counts."""
    desk = Desk()
    (each,) = desk.granted("2002", expires=3600)
    (subscribe,) = desk.sent(desk.now + 60.0)
    desk.answer(subscribe, 200, ("Expires", "3600"))
    notified_at = desk.now
    notify = desk.notify(subscribe, "active;expires=20")
    assert desk.many.receive_notify(each, notify, notified_at)
    assert desk.sent(notified_at + 9.9) == []
    assert uris(desk.sent(notified_at + 10.0)) == ["2002"]


@pytest.mark.parametrize(("status", "others"), [(481, ["2002"]), (404, []), (500, [])])
def test_a_refresh_that_meets_481_and_no_other_refusal_casts_doubt_on_all(
    status: int, others: list[str]
) -> None:
    """RFC 6665 section 4.1.2.2: the others speak of one, or tell nothing of its dialog."""
    desk = Desk()
    desk.granted("2002", "2003")
    first, second = desk.sent(desk.now + 60.0)
    desk.answer(first, 200, ("Expires", "600"))
    desk.answer(second, status)
    assert [each for each in uris(desk.sent(desk.now + 0.3)) if each != "2003"] == others


def test_what_cannot_be_asked_keeps_nobody_waiting() -> None:
    """One at a time behind a move; what a notifier says of itself may be no SIP."""
    desk = Desk()
    desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 200, ("Expires", "600"), ("Contact", "<sip:a b@pbx>"))
    desk.begin("2003")
    desk.many.relocate(0.5)
    assert uris(desk.sent(0.5)) == ["2003"]


def test_requests_that_fail_together_are_one_failure() -> None:
    desk = Desk()
    desk.granted("2002", "2003", "2004", "2005")
    assert len(desk.sent(desk.now + 60.0)) == 4
    desk.agent.transport_failed(PBX, desk.now)
    assert desk.sent(desk.now + 0.9) == []
    assert len(desk.sent(desk.now + 0.1)) == 1


def test_a_refusal_is_not_asked_about_sooner_because_a_refresh_is_due() -> None:
    desk = Desk()
    desk.begin("2002")
    (subscribe,) = desk.sent()
    desk.answer(subscribe, 404)
    refused_at = desk.now
    desk.now += 50.0
    desk.granted("2003")
    asked: list[tuple[float, str]] = []
    while desk.now < refused_at + 299.0:
        for request in desk.sent(desk.now + 1.0):
            desk.answer(request, 200, ("Expires", "600"))
            asked.append((desk.now, uris([request])[0]))
    assert asked[-1][0] > refused_at + 285.0, "within the seconds by which a refresh may be early"
    assert {who for _, who in asked} == {"2003"}


def test_nothing_is_due_where_nothing_is_asked_for() -> None:
    desk = Desk()
    assert desk.many.next_timeout() is None
    assert desk.many.has_left
    each = desk.begin("2002")
    assert desk.many.next_timeout() is not None
    desk.many.end(each, desk.now)
    assert desk.many.next_timeout() is None
