"""Calls as the dialog documents of RFC 4235 tell them, in the forms seen (any SIP PBX)."""

from __future__ import annotations

import pytest

from callctrl.calls import (
    Answer,
    CallReport,
    CallState,
    Dial,
    Direction,
    Feature,
    No,
    Reason,
    Untested,
)
from callctrl.phones import StatusError
from callctrl.phones.generic import GenericPhone


def document(*dialogs: str, state: str = "full", version: int = 1) -> bytes:
    return (
        '<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
        f'version="{version}" state="{state}" entity="sip:1001@pbx.example">'
        f"{''.join(dialogs)}</dialog-info>"
    ).encode()


def dialog(state: str, direction: str = "", inside: str = "", name: str = "d1") -> str:
    direction = f'direction="{direction}"' if direction else ""
    return f'<dialog id="{name}" {direction}><state>{state}</state>{inside}</dialog>'


def reported(*dialogs: str) -> list[CallReport]:
    return GenericPhone().read_status(document(*dialogs))


@pytest.mark.parametrize(
    ("state", "direction", "expected"),
    [
        ("Trying", "initiator", CallState.CALLING),  # kamailio's capital letter
        ("proceeding", "initiator", CallState.PROCEEDING),
        ("early", "initiator", CallState.PROCEEDING),
        ("trying", "recipient", CallState.RINGING),
        ("early", "recipient", CallState.RINGING),
        ("early", "", CallState.RINGING),
        ("confirmed", "", CallState.CONNECTED),  # Asterisk's own calls begin so
        ("confirmed", "initiator", CallState.CONNECTED),
        ("gone fishing", "recipient", CallState.UNKNOWN),
    ],
)
def test_a_dialog_is_a_call_in_such_a_state(
    state: str, direction: str, expected: CallState
) -> None:
    (report,) = reported(dialog(state, direction))
    assert report.state is expected


def test_our_own_part_of_a_call_that_was_placed_is_no_call_of_a_person() -> None:
    """kamailio tells of the call to the own phone that is to refer it (RFC 3515)."""
    ours = "<remote><identity>sip:app1001@pbx.example</identity></remote>"
    theirs = "<remote><identity>sip:1003@pbx.example</identity></remote>"
    dialogs = (
        dialog("confirmed", "recipient", ours, "ours"),
        dialog("early", "initiator", theirs, "theirs"),
    )
    phone = GenericPhone("app1001")
    (report,) = phone.read_status(document(*dialogs))
    assert report.id == "theirs"
    assert phone.read_status(document(*dialogs[1:], version=2)) == [report]


def test_who_began_it_and_who_is_there_are_told_where_the_pbx_tells() -> None:
    remote = '<remote><identity display="Anna Lee">sip:2125550134@far</identity></remote>'
    (report,) = reported(dialog("early", "recipient", remote))
    assert (report.number, report.name) == ("2125550134", "Anna Lee")
    assert report.direction is Direction.INCOMING
    (bare,) = reported(dialog("confirmed"))
    assert (bare.number, bare.name, bare.direction) == (None, None, Direction.UNKNOWN)


def test_what_plays_nothing_is_held() -> None:
    silent = '<param pname="+sip.rendering" pval="no"/>'
    held = f'<local><target uri="sip:1001@pbx">{silent}</target></local>'
    (report,) = reported(dialog("confirmed", inside=held))
    assert report.state is CallState.HELD


def test_a_call_is_over_when_it_is_terminated_or_left_out() -> None:
    phone = GenericPhone()
    phone.read_status(document(dialog("confirmed"), dialog("early", "recipient", name="d2")))
    reports = phone.read_status(document(dialog("terminated")))
    assert [(each.id, each.state) for each in reports] == [
        ("d1", CallState.ENDED),
        ("d2", CallState.ENDED),
    ]
    assert phone.read_status(document(dialog("terminated"))) == []


def test_another_subscription_begins_with_nothing() -> None:
    phone = GenericPhone()
    phone.read_status(document(dialog("confirmed")))
    assert phone.forget() == [CallReport("d1", CallState.ENDED)]
    assert phone.forget() == []


def test_a_change_that_was_missed_is_noticed_until_all_is_told() -> None:
    phone = GenericPhone()
    behind = []
    for body in (
        document(version=1),
        document(dialog("early"), state="partial", version=2),
        document(dialog("confirmed"), state="partial", version=4),
        document(dialog("confirmed"), version=5),
    ):
        phone.read_status(body)
        behind.append(phone.is_behind)
    assert behind == [False, False, True, False]


@pytest.mark.parametrize("body", [b"", b"<presence/>", b"<dialog-info", b"\xff\xfe"])
def test_what_is_no_such_document_is_said_so(body: bytes) -> None:
    with pytest.raises(StatusError):
        GenericPhone().read_status(body)


def test_nothing_can_be_ordered_of_it_but_a_call_that_the_pbx_places() -> None:
    phone = GenericPhone()
    assert phone.ability(Dial, None) == Untested()
    assert phone.ability(Answer, None) == No(Reason.BYSTANDER)
    assert phone.ability(Feature.TRANSFER, None) == No(Reason.BYSTANDER)
