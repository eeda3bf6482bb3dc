"""Many subscriptions at one notifier (RFC 6665); `tests/lamps` has the rest."""

from __future__ import annotations

from random import Random

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


class Desk:
    """Many subscriptions, the clock they run by, and what became of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stood: list[tuple[str, Standing, int | None]] = []
        tokens = Tokens(Random(1))
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
    (other,) = desk.sent(1.0)
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


def test_nothing_is_due_where_nothing_is_asked_for() -> None:
    desk = Desk()
    assert desk.many.next_timeout() is None
    assert desk.many.has_left
    each = desk.begin("2002")
    assert desk.many.next_timeout() is not None
    desk.many.end(each, desk.now)
    assert desk.many.next_timeout() is None
