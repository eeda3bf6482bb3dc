"""A program rings a phone and refers it (RFC 3261 section 13, RFC 3515).

program                        PBX                        phone     target
   | INVITE ------------------> |                           |         |
   | <---- 401, 100, 180 ------ | ---- rings -------------> |         |
   | <---- 200 ---------------- | <--- handset up --------- |         |
   | ACK, REFER --------------> |                           |         |
   | <---- 202, NOTIFY 100 ---- | ---- calls -------------------- --> |
   | <---- NOTIFY 180, 200 ---- |                           | <=====> |
   | BYE ---------------------> |                           |         |
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator.pbx import Login, PbxConfig, Style
from callctrl.sip.message import Response
from callctrl.sip.packets import Address
from tests.simulator.peer import readable

from .peer import CONFIG, PASSWORD, PBX, PC, Program, pbx

URI = "sip:1001@192.168.1.10"
KAMAILIO = replace(CONFIG, style=Style.KAMAILIO)
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.168.1.50\r\ns=-\r\nc=IN IP4 192.168.1.50\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0 8\r\na=inactive\r\n"
)


class Caller(Program):
    """A program that places a call and keeps its dialog."""

    def __init__(self, config: PbxConfig = CONFIG, remote: Address = PC) -> None:
        super().__init__(pbx(config), remote=remote)
        self.sdp = SDP

    def call(self, number: str = "1001", **headers: str) -> list[int]:
        """INVITE, with credentials where they are asked for; what came at once."""
        fields = {"Content-Type": "application/sdp" if self.sdp else "", **headers}
        responses = self.ask("INVITE", f"sip:{number}@{PBX.host}", self.sdp, **fields)
        return [each.status for each in responses]

    @property
    def responses(self) -> list[Response]:
        return [each for each in readable(self.sent) if isinstance(each, Response)]

    @property
    def accepted(self) -> Response:
        """The 200 to the INVITE."""
        return next(
            each for each in self.responses if each.status == 200 and each.cseq.method == "INVITE"
        )

    def inside(self, method: str, **headers: str) -> list[int]:
        """A request in the dialog that the 200 made."""
        response = self.accepted
        fields = {
            "To": response.headers.get("To") or "",
            "Route": response.headers.get("Record-Route") or "",
            **headers,
        }
        return [each.status for each in self.send(method, response.contacts[0].uri, **fields)]

    def ack(self, **headers: str) -> None:
        number = self.accepted.cseq.number
        self.inside("ACK", CSeq=f"{number} ACK", **headers)

    def pick_up(self) -> None:
        """Let the phone be picked up, and acknowledge."""
        self.run(2.5)
        self.ack()

    def refer(self, target: str, **headers: str) -> list[int]:
        return self.inside("REFER", Refer_To=f"<sip:{target}@{PBX.host}>", **headers)

    @property
    def news(self) -> list[str]:
        """What was told of the REFER."""
        return [body.removeprefix("SIP/2.0 ").split(" ")[0] for body in self.bodies]

    @property
    def methods(self) -> list[str]:
        return [each.method for each in self.requests]

    def legs(self, number: str = "1001") -> list[tuple[str, str]]:
        phone = self.engine.office.phones[number]
        return [(leg.peer, leg.state.value) for leg in phone.legs]


@pytest.mark.parametrize("style", list(Style))
def test_the_whole_ladder(style: Style) -> None:
    caller = Caller(replace(CONFIG, style=style))
    assert caller.call() == [100, 180]
    assert caller.legs() == [("callctrl", "early")]
    caller.pick_up()
    assert b"a=inactive" in caller.accepted.body
    assert caller.refer("1003") == [202]
    assert caller.news == ["100"]
    caller.run(0.2)
    assert caller.legs("1003") == [("1001", "early")]
    caller.run(2)
    assert caller.news == ["100", "180", "200"]
    assert caller.inside("BYE") == [200]
    assert caller.legs() == [("1003", "confirmed")]
    assert caller.legs("1003") == [("1001", "confirmed")]
    caller.run(60)
    assert "BYE" not in caller.methods


def test_news_tell_whether_more_will_come() -> None:
    """RFC 3515 section 2.4.4."""
    caller = Caller()
    caller.call()
    caller.pick_up()
    caller.refer("1003")
    caller.run(3)
    assert [each.headers.get("Subscription-State") for each in caller.notifies] == [
        "active;expires=60",
        "active;expires=60",
        "terminated;reason=noresource",
    ]
    assert {each.headers.get("Event") for each in caller.notifies} == {"refer"}
    assert caller.notifies[0].headers.get("Content-Type") == "message/sipfrag;version=2.0"


def test_at_kamailio_the_phone_names_the_refer_it_speaks_of() -> None:
    caller = Caller(KAMAILIO)
    caller.call()
    caller.pick_up()
    caller.refer("1003")
    number = next(each.cseq.number for each in caller.responses if each.status == 202)
    assert caller.notifies[0].headers.get("Event") == f"refer;id={number}"


@pytest.mark.parametrize("style", list(Style))
def test_what_is_told_inside_the_dialog_comes_from_its_contact(style: Style) -> None:
    """A NOTIFY may move the dialog (RFC 6665 section 4.4.1), and must not by mistake."""
    caller = Caller(replace(CONFIG, style=style))
    caller.call()
    caller.pick_up()
    caller.refer("1003")
    assert caller.notifies[0].contacts == caller.accepted.contacts


def test_a_proxy_challenges_a_call_as_one() -> None:
    caller = Caller(KAMAILIO)
    (response,) = caller.send("INVITE", URI, SDP, Content_Type="application/sdp")
    assert (response.status, "Proxy-Authenticate" in response.headers) == (407, True)


@pytest.mark.parametrize(
    ("target", "lines", "news"),
    [
        ("1077", [], ["100", "404"]),
        ("1003", ["off 1003"], ["100", "503"]),
        ("1003", ["dnd 1003 on"], ["100", "486"]),
        ("1003", ["manner 1003 rejects"], ["100", "180", "486"]),
        ("5550486", [], ["100", "486"]),
        ("5550404", [], ["100", "404"]),
        ("5551234", [], ["100", "180", "200"]),
        ("1003", ["manner 1003 rings"], ["100", "180"]),
    ],
)
def test_what_fails_is_told_and_the_handset_stays_up_until_our_bye(
    target: str, lines: list[str], news: list[str]
) -> None:
    caller = Caller()
    for line in lines:
        caller.type(line)
    caller.call()
    caller.pick_up()
    caller.refer(target)
    caller.run(5)
    assert caller.news == news
    assert caller.legs()[0] == ("callctrl", "confirmed")
    assert "BYE" not in caller.methods
    caller.inside("BYE")
    assert ("callctrl", "confirmed") not in caller.legs()


@pytest.mark.parametrize(
    ("style", "line", "number", "status"),
    [
        (Style.ASTERISK, "off 1001", "1001", 503),
        (Style.KAMAILIO, "off 1001", "1001", 404),
        (Style.ASTERISK, "dnd 1001 on", "1001", 486),
        (Style.ASTERISK, "forbid on", "1001", 403),
        (Style.ASTERISK, "on 1001", "1077", 404),
    ],
)
def test_a_phone_that_cannot_be_rung(style: Style, line: str, number: str, status: int) -> None:
    caller = Caller(replace(CONFIG, style=style))
    caller.type(line)
    assert caller.call(number)[-1] == status


def test_the_own_handset_rejects() -> None:
    caller = Caller()
    caller.type("manner 1001 rejects")
    caller.call()
    caller.run(1.4)
    assert caller.responses[-1].status == 180
    caller.run(0.2)
    assert caller.responses[-1].status == 486


def test_the_own_handset_is_not_picked_up_and_we_cancel() -> None:
    """RFC 3261 section 9.2."""
    caller = Caller()
    caller.type("manner 1001 rings")
    caller.call()
    caller.run(30)
    assert caller.legs() == [("callctrl", "early")]
    number = caller.responses[-1].cseq.number
    via = caller.responses[-1].headers.get("Via") or ""
    fields = {"CSeq": f"{number} CANCEL", "Via": via, "Contact": ""}
    statuses = {each.status for each in caller.send("CANCEL", URI, **fields)}
    assert statuses == {200, 487}
    assert caller.legs() == []


def test_a_cancel_of_nothing_is_told_so() -> None:
    caller = Caller()
    assert [each.status for each in caller.send("CANCEL", URI)] == [481]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_an_acceptance_is_repeated_until_the_ack(transport: str) -> None:
    """RFC 3261 section 13.3.1.4: over streams too."""
    caller = Caller(remote=PC._replace(transport=transport))
    caller.call()
    caller.run(2)
    caller.sent.clear()
    caller.run(1.6)
    assert [each.status for each in caller.responses] == [200, 200]
    caller.ack()
    caller.sent.clear()
    caller.run(30)
    assert caller.sent == []


def test_without_an_ack_the_phone_is_hung_up() -> None:
    caller = Caller()
    caller.call()
    caller.run(40)
    assert caller.methods == ["BYE"]
    assert caller.legs() == []


def test_a_repeated_invite_rings_once() -> None:
    caller = Caller()
    caller.call()
    again = caller.responses[-1]
    fields = {"Via": again.headers.get("Via") or "", "CSeq": f"{again.cseq.number} INVITE"}
    assert [each.status for each in caller.send("INVITE", URI, SDP, **fields)] == [180]
    assert len(caller.legs()) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"m=audio 9", b"m=audio 0"),
        (b"RTP/AVP", b"RTP/SAVP"),
        (b"RTP/AVP 0 8", b"RTP/AVP 18"),
        (b"v=0\r\n", b""),
        (b"c=IN IP4 192.168.1.50\r\n", b""),
        (b"m=audio", b"m=video"),
    ],
)
def test_an_offer_nobody_can_talk_by_is_not_acceptable(old: bytes, new: bytes) -> None:
    caller = Caller()
    caller.sdp = SDP.replace(old, new)
    assert caller.call()[-1] == 488


def test_without_an_offer_the_refer_stays_unanswered() -> None:
    caller = Caller()
    caller.sdp = b""
    caller.call()
    caller.pick_up()
    assert caller.refer("1003") == []
    assert caller.inside("BYE") == [200]


def test_a_phone_deaf_to_refer_answers_none() -> None:
    caller = Caller()
    caller.type("manner 1001 deaf-to-refer")
    caller.call()
    caller.pick_up()
    assert caller.refer("1003") == []
    caller.run(5)
    assert caller.inside("BYE") == [200]
    assert caller.legs() == []


def test_a_phone_may_hold_us_before_it_obeys() -> None:
    caller = Caller()
    caller.type("manner 1001 holds-first")
    caller.call()
    caller.pick_up()
    assert caller.refer("1003") == [202]
    assert caller.methods == ["INVITE", "NOTIFY", "ACK"]
    assert b"a=sendonly" in caller.requests[0].body
    caller.run(3)
    assert caller.news == ["100", "180", "200"]


def test_putting_the_handset_down_ends_our_leg() -> None:
    caller = Caller()
    caller.call()
    caller.pick_up()
    caller.type("hangup 1001")
    assert caller.methods == ["BYE"]
    assert caller.inside("BYE") == [481]


def test_putting_the_handset_down_ends_what_it_was_referred_to_as_well() -> None:
    caller = Caller()
    caller.call()
    caller.pick_up()
    caller.refer("1003")
    caller.run(0.5)
    caller.type("hangup 1001")
    assert caller.methods[-1] == "BYE"
    assert caller.legs() == caller.legs("1003") == []


def test_it_answers_questions_inside_the_dialog() -> None:
    caller = Caller()
    caller.call()
    caller.pick_up()
    assert [caller.inside(method) for method in ("OPTIONS", "UPDATE", "INFO", "PUBLISH")] == [
        [200],
        [200],
        [200],
        [501],
    ]


def test_a_second_refer_is_refused() -> None:
    caller = Caller()
    caller.call()
    caller.pick_up()
    assert caller.refer("1003") == [202]
    assert caller.refer("1004") == [491]


def test_a_refer_outside_a_call_is_not_obeyed() -> None:
    caller = Caller()
    (response,) = caller.send("REFER", URI, Refer_To="<sip:1003@192.168.1.10>")
    assert response.status == 501


def test_requests_beside_the_dialog_are_not_found() -> None:
    """RFC 3261 section 12.2.1.1: the Contact is where they go, by the route that was recorded."""
    for config, headers in ((CONFIG, {}), (KAMAILIO, {"Route": ""})):
        caller = Caller(config)
        caller.call()
        caller.pick_up()
        to = caller.accepted.headers.get("To") or ""
        uri = URI if config is CONFIG else caller.accepted.contacts[0].uri
        assert [each.status for each in caller.send("BYE", uri, To=to, **headers)] == [404]


def test_an_ack_that_leaves_out_the_recorded_route_gets_lost() -> None:
    caller = Caller(KAMAILIO)
    caller.call()
    caller.run(2)
    caller.ack(Route="")
    caller.sent.clear()
    caller.run(2)
    assert {each.status for each in caller.responses} == {200}


def test_a_phone_shows_the_account_at_asterisk_and_our_own_words_at_a_proxy() -> None:
    config = replace(CONFIG, logins=(Login("callctrl", PASSWORD, "Front desk PC"),))
    for style, name in ((Style.ASTERISK, "Front desk PC"), (Style.KAMAILIO, "Call Ctrl: 1003")):
        caller = Caller(replace(config, style=style))
        caller.call(From='"Call Ctrl: 1003" <sip:callctrl@192.168.1.10>;tag=mine')
        (leg,) = caller.engine.office.phones["1001"].legs
        assert leg.peer_name == name


def test_an_invite_without_a_contact_is_no_good() -> None:
    assert Caller().call(Contact="")[-1] == 400


def test_a_restart_forgets_the_call() -> None:
    caller = Caller()
    caller.call()
    caller.pick_up()
    caller.type("restart")
    caller.run(5)
    assert caller.inside("BYE") == [481]
