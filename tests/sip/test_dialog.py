from __future__ import annotations

import tracemalloc

import pytest

from callctrl.sip.dialog import Dialog, InviteDialog
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response

TARGET = "sip:FrontDesk@192.168.1.10:6060"
OURS = "sip:RECEPTION@192.168.1.10"
THEIRS = "sip:FrontDesk@192.168.1.10"
CONTACT = "sip:FrontDesk@192.168.1.20:5060"


def early() -> Dialog:
    return Dialog("call-1", NameAddr(OURS, parameters={"tag": "6236126"}), NameAddr(THEIRS), TARGET)


def accepted(tag: str | None = "3e71", *fields: tuple[str, str]) -> Response:
    to = f"{THEIRS};tag={tag}" if tag else THEIRS
    return Response(200, "OK", [("To", to), ("From", f"{OURS};tag=6236126"), *fields])


def notify(
    number: int = 1,
    *fields: tuple[str, str],
    call_id: str = "call-1",
    to_tag: str | None = "6236126",
    from_tag: str | None = "3e71",
) -> Request:
    return Request(
        "NOTIFY",
        "sip:RECEPTION@192.168.1.50:5060",
        [
            ("From", f"{THEIRS};tag={from_tag}" if from_tag else THEIRS),
            ("To", f"{OURS};tag={to_tag}" if to_tag else OURS),
            ("Call-ID", call_id),
            ("CSeq", f"{number} NOTIFY"),
            *fields,
        ],
    )


def confirmed() -> Dialog:
    dialog = early()
    dialog.confirm(accepted())
    return dialog


def test_a_dialog_is_early_until_the_peers_tag_is_known() -> None:
    dialog = early()
    steps = [dialog.is_confirmed]
    for tag in (None, "3e71"):
        dialog.confirm(accepted(tag))
        steps.append(dialog.is_confirmed)
    assert steps == [False, False, True]
    assert dialog.remote == NameAddr(THEIRS, parameters={"tag": "3e71"})


@pytest.mark.parametrize(
    ("recorded", "uri", "routes"),
    [
        ("<sip:b;lr>, <sip:a;lr=on>", CONTACT, ["<sip:a;lr=on>", "<sip:b;lr>"]),
        ("<sip:b>, <sip:a;lr>", CONTACT, ["<sip:a;lr>", "<sip:b>"]),
        ("<sip:b;lr>, <sip:a:5070>", "sip:a:5070", ["<sip:b;lr>", f"<{CONTACT}>"]),
        (
            "<sip:b>, <sip:a;transport=tcp;method=INVITE?X=1>",
            "sip:a;transport=tcp",
            ["<sip:b>", f"<{CONTACT}>"],
        ),
    ],
)
def test_a_strict_router_gets_the_request_uri_and_the_peer_ends_the_route(
    recorded: str, uri: str, routes: list[str]
) -> None:
    """RFC 3261 sections 12.2.1.1 and 16.12.1.2."""
    dialog = early()
    dialog.confirm(accepted("3e71", ("Contact", f"<{CONTACT}>"), ("Record-Route", recorded)))
    assert dialog.way == (uri, tuple(routes))


def test_tolerate_lr_outside_the_brackets() -> None:
    """It makes a loose router too: RFC 3261 section 20.30 has the brackets, some servers not."""
    dialog = early()
    dialog.confirm(accepted("3e71", ("Record-Route", "sip:a;lr")))
    assert dialog.way == (TARGET, ("sip:a;lr",))


@pytest.mark.parametrize("recorded", ["<tel:1>", "a b", "<sip:>", '<sip:a;x="b c">'])
def test_a_route_that_can_be_no_request_uri_stays_a_route(recorded: str) -> None:
    """RFC 3261 section 12.2.1.1 cannot be kept with it, and the call is still to be hung up."""
    dialog = early()
    dialog.confirm(accepted("3e71", ("Record-Route", recorded)))
    assert dialog.way == (TARGET, (recorded,))


def test_without_a_contact_the_target_stays() -> None:
    """The SPA9000's 200 has none (protocol.md B.5 no. 6)."""
    assert confirmed().target == TARGET


def test_a_contact_becomes_the_target() -> None:
    dialog = early()
    dialog.confirm(accepted("3e71", ("Contact", f"<{CONTACT}>;expires=60")))
    assert dialog.target == CONTACT


def test_the_route_set_is_the_record_route_backwards() -> None:
    dialog = early()
    dialog.confirm(
        accepted(
            "3e71",
            ("Record-Route", "<sip:last;lr>, <sip:middle;lr>"),
            ("Record-Route", "<sip:first;lr>"),
        )
    )
    assert dialog.route_set == ["<sip:first;lr>", "<sip:middle;lr>", "<sip:last;lr>"]


def test_a_refresh_does_not_change_the_route_set() -> None:
    dialog = early()
    dialog.confirm(accepted("3e71", ("Record-Route", "<sip:old;lr>")))
    dialog.confirm(accepted("3e71", ("Record-Route", "<sip:new;lr>")))
    assert dialog.route_set == ["<sip:old;lr>"]


def test_a_request_belongs_to_the_dialog_by_call_id_and_both_tags() -> None:
    dialog = confirmed()
    assert dialog.matches(notify())
    assert not dialog.matches(notify(call_id="3ecb02c9-250f41cd@localhost"))
    assert not dialog.matches(notify(call_id="CALL-1"))
    assert not dialog.matches(notify(to_tag="1"))
    assert not dialog.matches(notify(to_tag=None))
    assert not dialog.matches(notify(from_tag=None))
    dialog.accept(notify())
    assert not dialog.matches(notify(from_tag="other"))


def test_an_early_dialog_is_confirmed_by_the_request_that_comes_first() -> None:
    dialog = early()
    first = notify(
        56195,
        ("Contact", f"<{CONTACT}>"),
        ("Record-Route", "<sip:first;lr>"),
        ("Record-Route", "<sip:last;lr>"),
    )
    assert dialog.matches(first)
    assert dialog.accept(first)
    assert dialog.remote.tag == "3e71"
    assert dialog.target == CONTACT
    assert dialog.route_set == ["<sip:first;lr>", "<sip:last;lr>"]
    assert not dialog.matches(notify(56196, from_tag="other"))


def test_the_first_request_decides_who_the_peer_is_whatever_answered_before() -> None:
    """RFC 6665 section 4.4.1: a proxy forked our SUBSCRIBE, and only one 200 came through."""
    dialog = early()
    dialog.confirm(accepted("answered", ("Record-Route", "<sip:last;lr>, <sip:first;lr>")))
    first = notify(1, ("Record-Route", "<sip:only;lr>"), from_tag="reports")
    assert dialog.matches(first)
    assert dialog.accept(first)
    assert (dialog.remote.tag, dialog.route_set) == ("reports", ["<sip:only;lr>"])
    assert not dialog.matches(notify(2, from_tag="answered"))


def test_an_answer_from_another_branch_of_a_fork_changes_nothing() -> None:
    """RFC 6665 section 4.4.1, the other way round: the NOTIFY was faster."""
    dialog = early()
    dialog.accept(notify(1, ("Contact", f"<{CONTACT}>"), from_tag="reports"))
    dialog.confirm(
        accepted("answered", ("Contact", "<sip:elsewhere>"), ("Record-Route", "<sip:r>"))
    )
    assert (dialog.remote.tag, dialog.target, dialog.route_set) == ("reports", CONTACT, [])


def test_a_first_request_without_route_keeps_that_of_the_answer() -> None:
    """Proxies that know only RFC 3265 record a route for the SUBSCRIBE alone."""
    dialog = early()
    dialog.confirm(accepted("3e71", ("Record-Route", "<sip:first;lr>")))
    dialog.accept(notify(1))
    assert dialog.route_set == ["<sip:first;lr>"]


def test_a_later_request_moves_the_target() -> None:
    dialog = confirmed()
    dialog.accept(notify(1))
    assert dialog.target == TARGET
    dialog.accept(notify(2, ("Contact", CONTACT)))
    assert dialog.target == CONTACT


def test_numbers_must_rise() -> None:
    dialog = confirmed()
    assert dialog.accept(notify(100))
    assert dialog.accept(notify(100)), "which is not lower"
    assert not dialog.accept(notify(99))
    assert dialog.accept(notify(101))
    assert dialog.accept(notify(5000))


def test_an_answer_without_a_tag_may_be_that_of_the_peer() -> None:
    """It is who answers our requests, whatever he leaves out (RFC 3261 section 12.2.1.2)."""
    dialog = confirmed()
    dialog.accept(notify())
    dialog.confirm(accepted(None, ("Contact", f"<{CONTACT}>")))
    assert (dialog.target, dialog.remote.tag) == (CONTACT, "3e71")


def test_a_leap_of_the_count_costs_no_memory() -> None:
    """RFC 3261 section 12.2.2 allows any number that is higher."""
    dialog = confirmed()
    dialog.accept(notify(1))
    tracemalloc.start()
    assert dialog.accept(notify(2**26))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_an_overtaken_request_changes_nothing() -> None:
    dialog = confirmed()
    dialog.accept(notify(100))
    assert not dialog.accept(notify(99, ("Contact", CONTACT)))
    assert dialog.target == TARGET


@pytest.mark.parametrize(("number", "is_news"), [(937, False), (936, True), (1, True)])
def test_a_number_far_below_the_last_begins_a_new_count(number: int, is_news: bool) -> None:
    dialog = confirmed()
    assert dialog.accept(notify(1000))
    assert dialog.accept(notify(number)) is is_news
    assert dialog.accept(notify(number + 1)) is is_news


@pytest.mark.parametrize("missing", [(), (3, 7)])
def test_a_number_that_has_been_there_begins_a_new_count(missing: tuple[int, ...]) -> None:
    """A server has restarted, and has not noted its latest numbers."""
    dialog = confirmed()
    for number in range(1, 11):
        if number not in missing:
            assert dialog.accept(notify(number))
    assert not any(dialog.accept(notify(number)) for number in missing), "these are overtaken"
    assert [dialog.accept(notify(number)) for number in (8, 9, 10, 11)] == [True] * 4
    assert dialog.accept(notify(9))
    assert not dialog.accept(notify(8)), "the new count began at 9"


# Of an INVITE: RFC 3261 sections 12.1.2 and 13.2.2.4


def invited(*fields: tuple[str, str], number: int = 2) -> InviteDialog:
    local = NameAddr(OURS, parameters={"tag": "6236126"})
    dialog = InviteDialog("call-1", local, NameAddr(THEIRS), TARGET, number)
    dialog.confirm(accepted("3e71", *fields))
    return dialog


def test_our_requests_count_on_from_the_invite_without_a_gap() -> None:
    """Section 12.2.1.1."""
    dialog = invited(number=2)
    assert [dialog.next_number() for _ in range(3)] == [3, 4, 5]


def test_who_answers_an_invite_has_the_dialog_for_himself() -> None:
    dialog = invited()
    assert dialog.matches(notify())
    assert not dialog.matches(notify(from_tag="other"))
    assert not dialog.matches(notify(to_tag="1"))
    assert not dialog.matches(notify(call_id="call-2"))


def test_the_peers_first_request_moves_no_route() -> None:
    dialog = invited(("Record-Route", "<sip:last;lr>, <sip:first;lr>"))
    dialog.accept(notify(1, ("Record-Route", "<sip:elsewhere;lr>")))
    assert dialog.route_set == ["<sip:first;lr>", "<sip:last;lr>"]


def test_the_2xx_has_the_last_word_on_the_route() -> None:
    """Section 13.2.2.4: what was early is computed anew."""
    dialog = invited(("Record-Route", "<sip:early;lr>"), ("Contact", "<sip:early>"))
    dialog.confirm(accepted("3e71", ("Contact", f"<{CONTACT}>")))
    assert (dialog.route_set, dialog.target) == ([], CONTACT)


def test_an_answer_to_a_later_request_moves_the_target_alone() -> None:
    """Section 12.2.1.2."""
    dialog = invited(("Record-Route", "<sip:first;lr>"))
    dialog.refresh(accepted("3e71", ("Contact", f"<{CONTACT}>"), ("Record-Route", "<sip:new>")))
    assert (dialog.route_set, dialog.target) == (["<sip:first;lr>"], CONTACT)


@pytest.mark.parametrize(("method", "moves"), [("INVITE", True), ("UPDATE", True), ("BYE", False)])
def test_only_a_request_that_refreshes_the_target_moves_it(method: str, moves: bool) -> None:
    """Section 12.2.2, RFC 5057 section 5.4."""
    dialog = invited()
    request = notify(1, ("Contact", f"<{CONTACT}>"))
    request.method = method
    assert dialog.accept(request)
    assert dialog.target == (CONTACT if moves else TARGET)
