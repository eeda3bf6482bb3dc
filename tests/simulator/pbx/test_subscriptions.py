"""Who watches what, and when it is told (RFC 6665)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator.events import SubscriptionEnded
from callctrl.simulator.pbx import Style
from callctrl.sip.packets import Address

from .peer import CONFIG, PC, Program, pbx


def again(program: Program, response_to: str, **headers: str) -> int:
    """Refresh in the dialog of the first SUBSCRIBE."""
    return program.subscribe(To=response_to, **headers).status


def test_state_is_told_at_once_and_at_each_change() -> None:
    program = Program(pbx())
    response = program.subscribe()
    assert (response.status, response.expires) == (200, 600)
    program.type("ring 1003 5551234")
    program.type("answer 1003")
    program.type("hangup 1003")
    states = [body.split("<state>")[1].split("<")[0] for body in program.bodies]
    assert states == ["terminated", "early", "confirmed", "terminated"]
    versions = [body.split('version="')[2].split('"')[0] for body in program.bodies]
    assert versions == ["0", "1", "2", "3"]
    first = program.notifies[0]
    assert first.headers.get("Subscription-State") == "active;expires=600"
    assert (first.from_tag, first.to_tag) == (response.to_tag, "mine")
    assert first.uri == "sip:callctrl@192.168.1.50:5060"


def test_changes_elsewhere_are_not_told() -> None:
    program = Program(pbx())
    program.subscribe("1003")
    program.type("ring 1004 5551234")
    assert len(program.notifies) == 1


def test_a_notify_waits_for_the_answer_to_the_one_before() -> None:
    program = Program(pbx())
    program.answers = None
    program.subscribe()
    program.type("busy 1003")
    assert len(program.notifies) == 1
    program.answer(program.notifies[0], 200)
    program.collect()
    assert len(program.notifies) == 2


def test_refresh_keeps_the_dialog_and_tells_all_again() -> None:
    program = Program(pbx())
    to = program.subscribe().headers.get("To") or ""
    assert again(program, to) == 200
    assert len(program.engine.subscriptions) == 1
    assert 'version="1"' in program.bodies[-1]


def test_expires_zero_ends_it_with_a_last_notify() -> None:
    program = Program(pbx())
    to = program.subscribe().headers.get("To") or ""
    assert again(program, to, Expires="0") == 200
    assert program.engine.subscriptions == []
    state = program.notifies[-1].headers.get("Subscription-State")
    assert state == "terminated;reason=timeout"
    assert again(program, to) == 481


def test_it_lapses_when_it_is_not_refreshed() -> None:
    program = Program(pbx())
    program.subscribe()
    program.run(600)
    assert program.engine.subscriptions == []
    assert SubscriptionEnded("callctrl", "1003 (dialog), time is up") == program.events()[-1]


@pytest.mark.parametrize("status", [481, 489])
def test_refused_notify_ends_it(status: int) -> None:
    program = Program(pbx())
    program.answers = status
    program.subscribe()
    assert program.engine.subscriptions == []


def test_unanswered_notify_ends_it() -> None:
    program = Program(pbx())
    program.answers = None
    program.subscribe()
    program.run(40)
    assert program.engine.subscriptions == []


def test_cseq_that_does_not_rise_is_refused() -> None:
    """RFC 3261 section 12.2.2."""
    program = Program(pbx())
    to = program.subscribe().headers.get("To") or ""
    assert again(program, to, CSeq="1 SUBSCRIBE") == 500


@pytest.mark.parametrize(
    ("number", "headers", "status"),
    [
        ("1077", {}, 404),
        ("1003", {"Event": "x-spa-cti"}, 489),
        ("1003", {"Accept": "text/plain"}, 489),
        ("1003", {"Accept": "text/plain, application/dialog-info+xml;q=1"}, 200),
        ("1003", {"Contact": ""}, 400),
        ("1003", {"To": "<sip:1003@192.168.1.10>;tag=unheard"}, 481),
    ],
)
def test_refuses_what_it_cannot_do(number: str, headers: dict[str, str], status: int) -> None:
    assert Program(pbx()).subscribe(number, **headers).status == status


def test_too_brief_an_interval_is_refused_with_the_least() -> None:
    """RFC 6665 section 4.2.1.1."""
    program = Program(pbx(replace(CONFIG, min_expires=60)))
    response = program.subscribe(Expires="30")
    assert (response.status, response.headers.get("Min-Expires")) == (423, "60")
    assert program.subscribe(Expires="0").status == 200


def test_no_more_is_granted_than_it_has() -> None:
    program = Program(pbx(replace(CONFIG, subscription_expires=120)))
    assert program.subscribe().expires == 120


def test_kept_subscriptions_are_told_by_itself_after_a_restart() -> None:
    """As Asterisk does: same dialog, version and CSeq going on, the state of now."""
    program = Program(pbx())
    program.subscribe()
    program.type("restart")
    program.type("busy 1003")
    assert len(program.notifies) == 1
    program.run(3.6)
    assert len(program.notifies) == 1
    program.run(0.2)
    first, second = program.notifies
    assert second.to_tag == first.to_tag
    assert second.cseq.number == first.cseq.number + 1
    assert "<state>confirmed</state>" in program.bodies[-1]
    assert 'version="1"' in program.bodies[-1]


def test_forgotten_subscriptions_are_refused_after_a_restart() -> None:
    program = Program(pbx(replace(CONFIG, keeps_subscriptions=False)))
    to = program.subscribe().headers.get("To") or ""
    program.type("restart")
    program.run(10)
    assert len(program.notifies) == 1
    assert again(program, to) == 481


def test_it_is_deaf_while_it_starts() -> None:
    program = Program(pbx())
    program.type("restart")
    assert program.send("OPTIONS", "sip:192.168.1.10") == []
    program.run(3)
    assert program.send("OPTIONS", "sip:192.168.1.10")[0].status == 200


def test_a_restart_ends_the_connections() -> None:
    program = Program(pbx(), remote=Address("192.168.1.50", 40_000, "TCP"))
    program.subscribe()
    program.sent.clear()
    program.type("restart")
    assert program.sent == [b""]
    program.send("OPTIONS", "sip:192.168.1.10")
    assert program.sent == [b"", b""]


def test_kamailio_begins_without_a_body_and_tells_twice() -> None:
    program = Program(pbx(replace(CONFIG, style=Style.KAMAILIO)))
    program.subscribe()
    (first,) = program.notifies
    assert first.body == b""
    assert "Content-Type" not in first.headers
    program.type("ring 1003 5551234")
    assert len(program.notifies) == 3
    assert program.bodies[1] == program.bodies[2]


def test_kamailio_says_nothing_of_a_phone_that_is_switched_off() -> None:
    program = Program(pbx(replace(CONFIG, style=Style.KAMAILIO)))
    program.subscribe()
    program.type("off 1003")
    assert len(program.notifies) == 1


def test_kamailio_takes_any_name() -> None:
    program = Program(pbx(replace(CONFIG, style=Style.KAMAILIO)))
    assert program.subscribe("1077").status == 200
    assert program.bodies == [""]


def test_over_a_stream_everything_stays_on_the_connection() -> None:
    program = Program(pbx(), remote=PC._replace(port=40_000, transport="TCP"))
    program.subscribe()
    assert program.notifies[0].via.transport == "TCP"
    assert program.notifies[0].contacts[0].uri == "sip:192.168.1.10:5060;transport=tcp"
    assert program.engine.subscriptions[0].remote == program.remote


def test_what_runs_out_during_a_restart_ends_after_it() -> None:
    program = Program(pbx())
    program.subscribe(Expires="1")
    program.type("restart")
    program.run(5)
    assert program.engine.subscriptions == []
    assert len(program.notifies) == 3  # the last two: as it starts, and that it is over
