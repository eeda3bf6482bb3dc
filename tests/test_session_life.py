"""The session outlives its network: another address, another PBX, silence and what comes after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from random import Random

import pytest

from callctrl.accounts import ControlPath, PbxKind, Policy, SipTransport
from callctrl.calls import (
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    Dropped,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
)
from callctrl.network import LOOK_EVERY
from callctrl.simulator import Config, Console, NotifyForm, Spa9000
from callctrl.simulator.answers import Answer, write_response
from callctrl.sip.headers import Uri
from callctrl.sip.message import Response
from callctrl.sip.packets import Address
from tests.desk import ACCOUNT, PBX, PC, PHONE, Desk
from tests.wire import Weather

ELSEWHERE = Address("10.0.0.7", 5062)
OTHER_PBX = Address("10.0.0.1", 6060)


def _contact(desk: Desk, method: str, index: int = -1) -> Uri:
    return Uri.parse(desk.requests(method)[index].contacts[0].uri)


# Relocation


def test_a_new_address_is_registered_at_once() -> None:
    """RFC 3261 section 10.2: the Contact is where we are reached, and so is the Via (18.1.1)."""
    desk = Desk().start(10)
    count = len(desk.requests("REGISTER"))
    desk.move(ELSEWHERE)
    request = desk.requests("REGISTER")[count]
    assert request.contacts[0].uri == "sip:RECEPTION@10.0.0.7:5062"
    assert (request.via.host, request.via.port) == ("10.0.0.7", 5062)
    assert request.from_.uri == "sip:RECEPTION@10.0.0.7"
    assert request.call_id == desk.requests("REGISTER")[0].call_id
    assert desk.state is SessionState.READY


def test_the_binding_of_before_is_withdrawn_after_the_new_one_is_granted() -> None:
    """RFC 3261 section 10.2.2: a Contact with Expires 0; only the one that was ours."""
    desk = Desk().start(10)
    desk.move(ELSEWHERE)
    gone = [each for each in desk.requests("REGISTER") if each.headers.get("Expires") == "0"]
    assert [each.contacts[0].uri for each in gone] == ["sip:RECEPTION@192.168.1.50:5060"]
    assert [each.contact for each in desk.pbx.bindings] == ["sip:RECEPTION@10.0.0.7:5062"]


def test_nothing_is_withdrawn_where_only_the_pbx_moved() -> None:
    desk = Desk().start(10)
    desk.wire.move(PBX, OTHER_PBX)
    count = len(desk.wire.sent)
    desk.wire.do(lambda now: desk.session.relocate(PC, OTHER_PBX, now))
    desk.wire.run(1)
    assert "0" not in [each.headers.get("Expires") for each in desk.requests("REGISTER")]
    assert desk.state is SessionState.READY
    assert {each.target for each in desk.wire.sent[count:] if each.source == PC} == {OTHER_PBX}


def test_a_registrar_that_withdraws_more_than_was_asked_is_registered_with_again() -> None:
    """RFC 3261 section 10.3 step 8: the answer lists what is still bound; ours is not there."""
    desk = Desk().start(10)
    desk.move(ELSEWHERE)
    removal = max(
        index
        for index, each in enumerate(desk.requests("REGISTER"))
        if each.headers.get("Expires") == "0"
    )
    behind = desk.requests("REGISTER")[removal + 1 :]
    assert [each.contacts[0].uri for each in behind] == ["sip:RECEPTION@10.0.0.7:5062"]


def test_the_subscription_moves_within_its_dialog() -> None:
    """RFC 6665 section 4.1.2.2, RFC 3261 section 12.2.1.1: a SUBSCRIBE refreshes the target."""
    desk = Desk().start(10)
    count = len(desk.requests("SUBSCRIBE"))
    desk.move(ELSEWHERE)
    request = desk.requests("SUBSCRIBE")[count]
    assert request.call_id == desk.requests("SUBSCRIBE")[0].call_id
    assert request.to.tag == desk.responses("SUBSCRIBE")[0].to.tag
    assert _contact(desk, "SUBSCRIBE").host == ELSEWHERE.host
    desk.say("ring 5551234")
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]


def test_a_subscription_that_is_lost_meanwhile_is_begun_afresh() -> None:
    """RFC 6665 section 4.1.2.2: 481 ends it."""
    desk = Desk(config=Config(password="4321", boot_time=0)).start(10)
    desk.say("reboot pbx")
    desk.move(ELSEWHERE)
    assert [each.status for each in desk.responses("SUBSCRIBE")][-2:] == [481, 200]
    assert desk.state is SessionState.READY
    assert desk.events(Refused) == []


def test_orders_go_the_new_way() -> None:
    desk = Desk().start(10)
    desk.move(ELSEWHERE)
    assert desk.perform(Dial("5551234")).accepted
    (control,) = desk.requests("NOTIFY")
    assert control.from_.uri == "sip:RECEPTION@10.0.0.7"


def test_an_order_given_before_the_new_binding_stands_is_carried_out_after_it() -> None:
    """protocol.md E21: what is forbidden to a stranger is asked again after a good round."""
    desk = Desk().start(10)
    desk.move(ELSEWHERE, seconds=0)
    desk.wire.do(lambda now: desk.session.perform(Dial("5551234"), now))
    desk.wire.run(3)
    assert [each.status for each in desk.events(CommandAnswered)] == [200]


def test_who_is_heard_follows_the_pbx(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    desk = Desk(account=replace(ACCOUNT, phone=PHONE.host, control=ControlPath.PHONE)).start(10)
    desk.wire.do(lambda now: desk.session.relocate(PC, OTHER_PBX, now))
    for source in (PBX, OTHER_PBX, PHONE):
        desk.wire.do(lambda now, source=source: desk.session.receive(b"rubbish", source, now))  # type: ignore[misc]
    strange = [line for line in caplog.messages if "neither PBX nor phone" in line]
    assert strange == [f"datagram from {PBX} dropped: neither PBX nor phone"]


def test_an_answer_that_is_under_way_to_the_old_address_is_not_waited_for() -> None:
    desk = Desk().start(29.99)
    desk.wire.run(0.012)  # the refresh is on its way
    desk.move(ELSEWHERE)
    assert desk.state is SessionState.READY
    assert desk.events(RegistrationChanged)[-1].status == 200
    assert {each.trouble for each in desk.events(SessionChanged)} == {None}


def test_who_has_stopped_neither_hears_nor_answers() -> None:
    desk = Desk().start(5)
    desk.wire.do(desk.session.stop)
    desk.wire.run(3)
    assert desk.state is SessionState.STOPPED
    (*_, last) = desk.requests("SUBSCRIBE")
    notify = last.to_bytes().replace(b"SUBSCRIBE", b"OPTIONS")
    for data in (notify, b"rubbish", b"\r\n\r\n"):
        desk.session.receive(data, PBX, desk.wire.now)
        desk.session.receive(data, ELSEWHERE, desk.wire.now)
    assert desk.session.packets_to_send() == []
    assert desk.session.dropped == Dropped()


def test_to_and_fro_leaves_one_binding() -> None:
    desk = Desk().start(10)
    for pc in (ELSEWHERE, PC, ELSEWHERE, PC):
        desk.move(pc, seconds=0.015)
    desk.wire.run(2)
    here = "sip:RECEPTION@192.168.1.50:5060"
    assert [each.contact for each in desk.pbx.bindings] == [here]
    assert desk.state is SessionState.READY
    gone = [each for each in desk.requests("REGISTER") if each.headers.get("Expires") == "0"]
    assert here not in [each.contacts[0].uri for each in gone]


def test_of_many_places_we_were_bound_at_only_the_last_few_are_withdrawn() -> None:
    """RFC 3261 section 10.2.2; what else is bound runs out by itself."""
    desk = Desk().start(10)
    for number in range(1, 7):
        desk.move(Address(f"10.0.0.{number}", 5060), seconds=0.0)
    desk.wire.run(5)
    gone = [each for each in desk.requests("REGISTER") if each.headers.get("Expires") == "0"]
    hosts = [Uri.parse(each.contacts[0].uri).host for each in gone]
    assert hosts == ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]


def test_a_session_that_has_not_begun_only_takes_note() -> None:
    desk = Desk()
    desk.move(ELSEWHERE)
    assert desk.wire.sent == []
    desk.start()
    assert _contact(desk, "REGISTER").host == ELSEWHERE.host


def test_who_leaves_moves_no_more() -> None:
    desk = Desk().start(10)
    desk.wire.do(desk.session.stop)
    count = len(desk.wire.sent)
    desk.wire.do(lambda now: desk.session.relocate(ELSEWHERE, PBX, now))
    desk.wire.run(3)
    assert [each.title for each in desk.wire.sent[count:] if each.source == PC] == [
        "REGISTER",
        "200 NOTIFY",
    ]
    assert len(desk.events(Stopped)) == 1


# Pauses


def test_a_pbx_that_comes_back_after_an_hour_is_registered_with_within_ten_seconds() -> None:
    """RFC 3261 section 10.2 leaves the pause to us; in silence it stays short."""
    for gone in range(3600, 3625):
        desk = Desk(config=Config(password="4321", silent=True)).start(gone)
        desk.say("silence off")
        desk.wire.run(10)
        assert desk.state is SessionState.READY, gone


def test_a_pbx_that_refuses_is_left_alone_for_longer_each_time() -> None:
    """protocol.md E7."""
    desk = Desk(password="wrong", policy=Policy(stay_open=True)).start(300)
    pauses = [each.retry_in or 0 for each in desk.events(SessionChanged) if each.trouble]
    assert max(pauses) > 24


def test_a_403_behind_a_refused_round_makes_its_pause_no_longer() -> None:
    """protocol.md E7: each round that fails doubles it once."""
    config = Config(password="4321", forbid=True)
    desk = Desk(password="wrong", config=config, policy=Policy(stay_open=True)).start(20)
    asked_at = [sent.at for sent in desk.wire.sent if sent.title == "REGISTER"][1:]
    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert all(pause < 2**doubled + 0.1 for doubled, pause in enumerate(pauses))
    assert len(pauses) == 4


def test_where_nothing_is_bound_nothing_is_withdrawn() -> None:
    desk = Desk(password="wrong", policy=Policy(stay_open=True)).start(0.5)
    assert desk.state is SessionState.RETRYING
    sent = len(desk.wire.sent)
    desk.wire.do(desk.session.stop)
    assert desk.events(Stopped) == [Stopped()]
    assert len(desk.wire.sent) == sent


# Fail-over to another place of the PBX, and back


def _desk_with_two(config: Config | None = None) -> tuple[Desk, Spa9000]:
    """A desk whose PBX has two places, and the simulator at the second."""
    desk = Desk(places=(PBX, OTHER_PBX), config=config)
    spare = Spa9000(replace(desk.pbx.config, silent=False), Random(7))
    desk.wire.join(OTHER_PBX, spare)
    desk.wire.do(spare.start)
    return desk, spare


def _targets(desk: Desk, title: str) -> list[str]:
    return [each.target.host for each in desk.wire.sent if each.title == title]


def test_a_place_that_does_not_answer_is_followed_by_the_next_at_once() -> None:
    """RFC 3263 section 4.3: a time-out is a failure; the next request is a new one."""
    desk, spare = _desk_with_two(Config(password="4321", silent=True))
    desk.start(17)
    assert desk.state is SessionState.READY
    assert desk.session.remote == OTHER_PBX
    assert [each.user for each in spare.bindings] == ["RECEPTION"]
    assert {each.trouble for each in desk.events(SessionChanged)} == {None}
    branches = {each.via.branch for each in desk.requests("REGISTER")}
    assert len(branches) == 3  # the one without an answer, and the two of the other place


def test_a_port_that_nobody_listens_on_is_followed_by_the_next_at_once() -> None:
    """RFC 3263 section 4.3: so is a transport error."""
    desk, _ = _desk_with_two(Config(password="4321", silent=True))
    desk.start(0.1)
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    desk.wire.run(1)
    assert desk.state is SessionState.READY
    assert desk.session.remote == OTHER_PBX


@pytest.mark.parametrize(("status", "remote"), [(503, OTHER_PBX), (500, PBX)])
def test_503_is_followed_by_the_next_and_any_other_refusal_is_not(
    status: int, remote: Address
) -> None:
    """RFC 3263 section 4.3."""
    desk, _ = _desk_with_two(Config(password="4321", silent=True))
    desk.start(0.1)
    request = desk.requests("REGISTER")[0]
    answer = write_response(request, Answer(status), "tag").to_bytes()
    desk.wire.do(lambda now: desk.session.receive(answer, PBX, now))
    assert desk.session.remote == remote


def _refuse_subscribe(desk: Desk, status: int, place: Address) -> None:
    """A place of the PBX that registers us, and takes no SUBSCRIBE."""
    answers = {"REGISTER": Answer(200), "SUBSCRIBE": Answer(status)}
    for method, answer in answers.items():
        request = desk.requests(method)[-1]
        data = write_response(request, answer, "tag").to_bytes()
        desk.wire.do(partial(desk.session.receive, data, place))


@pytest.mark.parametrize(("status", "remote"), [(503, OTHER_PBX), (500, PBX)])
def test_503_to_subscribe_is_followed_by_the_next_as_well(status: int, remote: Address) -> None:
    """RFC 3263 section 4.3: whatever was asked. Watching the phone is what we are here for."""
    desk, _ = _desk_with_two(Config(password="4321", silent=True))
    desk.start(0.1)
    _refuse_subscribe(desk, status, PBX)
    assert desk.session.remote == remote
    desk.wire.run(0.5)
    assert (desk.state is SessionState.READY) is (remote == OTHER_PBX)


def test_places_that_all_register_and_take_no_subscribe_are_tried_in_turn_with_pauses() -> None:
    """RFC 3263 section 4.3, protocol.md E7."""
    desk, spare = _desk_with_two(Config(password="4321", silent=True))
    spare.config = replace(spare.config, silent=True)
    desk.start(0.1)
    _refuse_subscribe(desk, 503, PBX)
    _refuse_subscribe(desk, 503, OTHER_PBX)
    last = desk.events(SessionChanged)[-1]
    assert (last.state, last.status) == (SessionState.RETRYING, 503)
    assert last.retry_in is not None
    rounds = len(desk.requests("REGISTER"))
    desk.wire.run(0.7)
    assert len(desk.requests("REGISTER")) == rounds
    desk.say("silence off")
    desk.wire.run(2)
    assert desk.state is SessionState.READY
    assert desk.session.remote == PBX


def test_only_when_every_place_was_tried_there_is_a_pause() -> None:
    """RFC 3263 section 4.3, protocol.md E7."""
    desk, spare = _desk_with_two(Config(password="4321", silent=True))
    spare.config = replace(spare.config, silent=True)
    desk.start(31.9)
    assert {each.trouble for each in desk.events(SessionChanged)} == {None}
    desk.wire.run(0.2)
    last = desk.events(SessionChanged)[-1]
    assert (last.state, last.trouble) == (SessionState.RETRYING, Trouble.NO_ANSWER)
    assert last.retry_in is not None
    desk.wire.run(5)
    assert desk.session.remote == PBX  # and from the beginning
    assert _targets(desk, "REGISTER")[-1] == PBX.host


def test_the_first_place_is_taken_again_when_it_answers() -> None:
    """It is asked by OPTIONS (RFC 3261 section 11), and any answer will do."""
    desk, spare = _desk_with_two(Config(password="4321", silent=True))
    desk.start(100)
    assert desk.session.remote == OTHER_PBX
    assert set(_targets(desk, "OPTIONS")) == {PBX.host}
    assert {each.uri for each in desk.requests("OPTIONS")} == {f"sip:{PBX.host}:{PBX.port}"}
    desk.say("silence off")
    desk.wire.run(65)
    assert desk.session.remote == PBX
    assert desk.state is SessionState.READY
    assert [each.user for each in desk.pbx.subscriptions] == ["RECEPTION"]
    asked = len(desk.requests("OPTIONS"))
    desk.wire.run(300)
    assert len(desk.requests("OPTIONS")) == asked
    assert spare.bindings == []  # it has run out


def test_a_first_place_that_answers_and_is_of_no_use_is_spared_for_longer_each_time() -> None:
    """Going to and fro each minute would cost the desk its calls on the screen."""
    desk, _ = _desk_with_two(Config(password="4321", silent=True))
    desk.start(0.1)
    away_for = []
    for _ in range(3):
        _refuse_subscribe(desk, 503, PBX)
        left_at = desk.wire.now
        asked = len(desk.requests("OPTIONS"))
        while len(desk.requests("OPTIONS")) == asked:
            desk.wire.run(1)
        away_for.append(round(desk.wire.now - left_at, -1))
        answer = write_response(desk.requests("OPTIONS")[-1], Answer(200), "tag").to_bytes()
        desk.wire.do(partial(desk.session.receive, answer, PBX))
        assert desk.session.remote == PBX
    assert away_for == [60, 120, 240]


@pytest.mark.parametrize(("status", "remote"), [(503, OTHER_PBX), (404, PBX)])
def test_the_first_place_is_back_with_any_answer_but_503(status: int, remote: Address) -> None:
    """RFC 3263 section 4.3: it still fails where it says that it does."""
    desk, _ = _desk_with_two(Config(password="4321", silent=True))
    desk.start(30)
    while not desk.requests("OPTIONS"):
        desk.wire.run(1)
    answer = write_response(desk.requests("OPTIONS")[0], Answer(status), "tag").to_bytes()
    desk.wire.do(lambda now: desk.session.receive(answer, PBX, now))
    assert desk.session.remote == remote


def test_an_answer_of_the_first_place_that_is_none_any_more_moves_nothing() -> None:
    """Nor does one that comes once we leave."""
    for change in (
        lambda desk, now: desk.session.relocate(PC, OTHER_PBX, now, places=(OTHER_PBX, PBX)),
        lambda desk, now: desk.session.stop(now),
    ):
        desk, _ = _desk_with_two(Config(password="4321", silent=True))
        desk.start(30)
        while not desk.requests("OPTIONS"):
            desk.wire.run(1)
        answer = write_response(desk.requests("OPTIONS")[0], Answer(200), "tag").to_bytes()
        desk.wire.do(partial(change, desk))
        desk.wire.do(partial(desk.session.receive, answer, PBX))
        assert desk.session.remote == OTHER_PBX


def test_calls_go_on_at_the_other_place() -> None:
    desk, spare = _desk_with_two()
    desk.start(10)
    desk.say("silence on")
    desk.wire.run(40)
    assert desk.state is SessionState.READY
    console = Console(spare)
    desk.wire.do(lambda now: console.execute("ring 5551234", now))
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]
    assert desk.perform(Dial("214")).accepted


def test_every_place_of_the_pbx_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    desk, _ = _desk_with_two()
    desk.start(5)
    for source in (PBX, OTHER_PBX):
        desk.wire.do(lambda now, source=source: desk.session.receive(b"rubbish", source, now))  # type: ignore[misc]
    assert desk.session.dropped.not_understood == 2
    assert "neither PBX nor phone" not in caplog.text


def test_a_pbx_with_one_place_is_asked_there_for_ever() -> None:
    desk = Desk(config=Config(password="4321", silent=True)).start(120)
    assert set(_targets(desk, "REGISTER")) == {PBX.host}
    assert desk.requests("OPTIONS") == []


# Outbound proxy


@pytest.mark.parametrize(
    ("proxy", "transport", "route"),
    [
        ("proxy.test", SipTransport.AUTO, "<sip:proxy.test;lr>"),
        ("192.168.1.10:5070", SipTransport.UDP, "<sip:192.168.1.10:5070;transport=udp;lr>"),
        ("[2001:db8::1]:5070", SipTransport.TCP, "<sip:[2001:db8::1]:5070;transport=tcp;lr>"),
    ],
)
def test_everything_for_the_pbx_is_routed_through_the_outbound_proxy(
    proxy: str, transport: SipTransport, route: str
) -> None:
    """RFC 3261 section 8.1.2: a pre-existing route set of one loose router."""
    account = replace(
        ACCOUNT, pbx="pbx.example.com", port=0, outbound_proxy=proxy, transport=transport
    )
    desk = Desk(account=account).start(70)
    assert desk.perform(Dial("5551234")).accepted
    requests = [
        *desk.requests("REGISTER"),
        *desk.requests("SUBSCRIBE"),
        *desk.requests("NOTIFY"),
    ]
    assert {each.headers.get("Route") for each in requests} == {route}
    assert {each.uri for each in requests} == {
        "sip:pbx.example.com",
        "sip:FrontDesk@pbx.example.com",
    } | {each.uri for each in desk.requests("SUBSCRIBE")[1:]}  # in the dialog: its target
    assert {each.target for each in desk.wire.sent if each.source == PC} == {PBX}


def test_answers_are_asked_back_through_an_address_translator() -> None:
    """RFC 3581 section 3; the documented program does not ask (S6)."""
    asking, documented = Desk(account=replace(ACCOUNT, kind=PbxKind.SIP)), Desk()
    for desk, asks in ((asking, True), (documented, False)):
        sent = desk.start(10).requests("REGISTER")
        assert {"rport" in each.via.parameters for each in sent} == {asks}
        assert all(";rport=" not in (each.headers.get("Via") or "") for each in sent)


def test_a_dialog_with_routes_of_its_own_keeps_to_them() -> None:
    """RFC 3261 section 12.2.1.1."""
    desk = Desk(account=replace(ACCOUNT, outbound_proxy="192.168.1.10")).start(0.041)
    subscribe = desk.requests("SUBSCRIBE")[0]
    fields = [(name, value) for name, value in write_response(subscribe, Answer(200), "t").headers]
    answer = Response(200, "OK", [*fields, ("Record-Route", "<sip:192.168.1.10:5060;lr>")])
    desk.wire.do(lambda now: desk.session.receive(answer.to_bytes(), PBX, now))
    desk.wire.run(65)
    assert desk.requests("SUBSCRIBE")[1].headers.get("Route") == "<sip:192.168.1.10:5060;lr>"


def test_the_pbx_behind_its_proxy_may_speak_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    """RFC 3261 section 16.6: a proxy that asks for no Record-Route leaves the dialog to the two."""
    caplog.set_level("INFO")
    desk = Desk(trusted=frozenset({OTHER_PBX.host}))
    desk.wire.do(lambda now: desk.session.receive(b"rubbish", OTHER_PBX, now))
    desk.wire.do(lambda now: desk.session.relocate(ELSEWHERE, PBX, now))
    desk.wire.do(lambda now: desk.session.receive(b"rubbish", OTHER_PBX, now))
    assert desk.session.dropped.not_understood == 2
    assert "neither PBX nor phone" not in caplog.text


def test_an_order_past_the_pbx_goes_past_its_proxy() -> None:
    account = replace(
        ACCOUNT, phone=PHONE.host, control=ControlPath.PHONE, outbound_proxy="192.168.1.10"
    )
    desk = Desk(account=account).start()
    assert desk.perform(Dial("5551234")).accepted
    (control,) = desk.requests("NOTIFY")
    assert control.headers.get("Route") is None


# Keep-alive


def test_line_ends_go_to_the_pbx_while_we_are_registered() -> None:
    """RFC 5626 section 3.5.1: CRLF CRLF; RFC 3261 section 7.5 lets every element skip them."""
    desk = Desk().start(60)
    assert [round(each.at - 1000) for each in desk.wire.line_ends] == [8, 16, 24, 32, 40, 48, 56]
    assert {(each.target, each.data) for each in desk.wire.line_ends} == {(PBX, b"\r\n\r\n")}
    assert desk.session.dropped == Dropped()


def test_without_a_binding_there_are_none() -> None:
    desk = Desk(config=Config(password="4321", silent=True)).start(300)
    assert desk.wire.line_ends == []
    desk.say("silence off")
    desk.wire.run(20)
    assert len(desk.wire.line_ends) == 2
    desk.wire.do(desk.session.stop)
    desk.wire.run(60)
    assert len(desk.wire.line_ends) == 2


def test_a_binding_that_has_run_out_is_kept_alive_no_longer() -> None:
    desk = Desk().start(5)
    desk.say("silence on")
    desk.wire.run(120)
    sent = len(desk.wire.line_ends)
    assert sent > 3
    desk.wire.run(60)
    assert len(desk.wire.line_ends) == sent


def test_the_policy_may_be_to_send_none() -> None:
    desk = Desk(policy=Policy(keep_alive=0)).start(300)
    assert desk.wire.line_ends == []


def test_the_policy_may_change_meanwhile() -> None:
    desk = Desk().start(10)
    desk.session.policy = Policy(keep_alive=0)
    desk.wire.run(300)
    assert len(desk.wire.line_ends) == 1
    desk.session.policy = Policy(keep_alive=100)
    desk.wire.run(300)
    assert len(desk.wire.line_ends) == 3


def test_a_port_that_closes_while_we_are_registered_is_noticed_by_the_next_ping() -> None:
    """The restart of a PBX shows by ICMP; it has forgotten us, so we begin anew (E21)."""
    desk = Desk(config=Config(password="4321", boot_time=7)).start(20)
    desk.say("reboot pbx")
    desk.wire.run(4.1)  # the next ping has gone out
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "3600"
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    assert desk.events(SessionChanged)[-1].trouble is Trouble.NO_ANSWER
    desk.wire.run(7)
    assert desk.state is SessionState.READY
    desk.say("ring 5551234")
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]


def test_a_pbx_behind_a_closed_port_is_asked_each_five_seconds() -> None:
    desk = Desk(config=Config(password="4321", silent=True)).start(0)
    for _ in range(1000):
        count = len(desk.wire.sent)
        desk.wire.run(0.1)
        if len(desk.wire.sent) > count:
            desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    pauses = [each.retry_in or 0 for each in desk.events(SessionChanged) if each.trouble]
    assert len(pauses) > 15
    assert max(pauses) <= 5


STREAM = Address(PBX.host, PBX.port, "TCP")


def _desk_over_a_stream() -> Desk:
    desk = Desk()
    desk.wire.move(PBX, STREAM)
    desk.wire.move(PC, Address(PC.host, PC.port, "TCP"))
    desk.pcs.append(Address(PC.host, PC.port, "TCP"))
    desk.wire.do(lambda now: desk.session.relocate(desk.pcs[-1], STREAM, now))
    return desk.start(5)


def test_a_stream_that_answered_once_and_stays_silent_is_lost() -> None:
    """RFC 5626 section 4.4.1: ten seconds for a pong, then the flow has failed."""
    desk = _desk_over_a_stream()
    desk.wire.run(4)  # a ping was answered meanwhile
    desk.pbx.config = replace(desk.pbx.config, silent=True)
    registered = len(desk.requests("REGISTER"))
    desk.wire.run(16.9)
    assert len(desk.requests("REGISTER")) == registered
    desk.pbx.config = replace(desk.pbx.config, silent=False)
    desk.wire.run(0.2)
    assert len(desk.requests("REGISTER")) == registered + 1
    desk.wire.run(1)
    assert desk.state is SessionState.READY


def test_an_order_on_a_stream_that_ends_may_have_arrived() -> None:
    """RFC 3261 section 18.4 tells of an error, not of what came through before: 408, not 503."""
    desk = _desk_over_a_stream()
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.perform(Dial("214"), now))
    desk.wire.do(lambda now: desk.session.transport_failed(STREAM, "closed", now))
    assert [each.status for each in desk.events(CommandAnswered)] == [408]


def test_a_stream_that_ends_again_and_again_is_opened_after_growing_pauses() -> None:
    """RFC 5626 section 4.5: a PBX that crashes on what we ask is not asked without a breath."""
    desk = _desk_over_a_stream()
    before = len(desk.requests("REGISTER"))
    pauses = []
    for _ in range(5):
        desk.wire.do(lambda now: desk.session.transport_failed(STREAM, "closed", now))
        pauses.append(desk.events(SessionChanged)[-1].retry_in or 0.0)
        while desk.state is not SessionState.READY:
            desk.wire.run(0.1)
    assert pauses[0] == 0.0
    assert all(1.5 <= pause <= 5 for pause in pauses[1:])
    assert pauses[-1] >= 4
    assert len(desk.requests("REGISTER")) - before == 5
    desk.wire.run(121)
    desk.wire.do(lambda now: desk.session.transport_failed(STREAM, "closed", now))
    assert desk.state is SessionState.REGISTERING  # long-lived: at once


def test_a_stream_opened_once_more_does_not_shorten_the_pauses() -> None:
    """RFC 5626 section 4.5: a PBX that ends the stream behind each REGISTER, unanswered."""
    desk = _desk_over_a_stream()
    pauses = []
    desk.say("silence on")
    for number in range(5):
        while desk.state is not SessionState.REGISTERING:
            end = Address(PC.host, 50_000 + number, "TCP")
            desk.wire.do(partial(desk.session.relocate, end, STREAM))
        desk.wire.do(lambda now: desk.session.transport_failed(STREAM, "closed", now))
        pauses.append(desk.events(SessionChanged)[-1].retry_in or 0.0)
    assert pauses[:3] == sorted(pauses[:3])
    assert min(pauses[3:]) >= 4


def test_places_that_all_end_their_streams_are_tried_once_before_there_is_a_pause() -> None:
    """RFC 3263 section 4.3: that a stream came about does not make a place a good one."""
    desk = Desk(config=Config(password="4321", silent=True)).start(0.1)
    places = (STREAM, OTHER_PBX._replace(transport="TCP"))
    ends = [Address(PC.host, 50_000 + number, "TCP") for number in range(2)]
    desk.wire.do(partial(desk.session.relocate, ends[0], STREAM, places=places))
    for end, place in zip(ends, places, strict=True):
        desk.wire.do(partial(desk.session.relocate, end, place))
        assert desk.session.remote == place
        desk.wire.do(partial(desk.session.transport_failed, place, "closed"))
    assert desk.events(SessionChanged)[-1].state is SessionState.RETRYING


def test_a_round_on_a_dead_stream_is_not_waited_for() -> None:
    """RFC 5626 section 4.4.1: the flow has failed, and all that was asked on it."""
    desk = _desk_over_a_stream()
    desk.wire.run(22)
    desk.wire.do(lambda now: desk.session.receive(b"\r\n", STREAM, now))
    desk.say("silence on")
    desk.wire.run(10)  # a refresh is under way when the answer to the next ping is overdue
    registered = len(desk.requests("REGISTER"))
    desk.wire.run(10)
    assert len(desk.requests("REGISTER")) == registered + 1
    assert (desk.session.next_timeout() or 0) > desk.wire.now


def test_a_stream_that_answers_every_ping_is_kept() -> None:
    """RFC 5626 section 4.4.1."""
    desk = _desk_over_a_stream()
    for _ in range(20):
        desk.wire.do(lambda now: desk.session.receive(b"\r\n", STREAM, now))
        desk.wire.run(1)
    assert len(desk.requests("REGISTER")) == 2


def test_a_pong_on_another_connection_answers_no_ping() -> None:
    """RFC 5626 section 4.4.1: each flow is kept alive by itself."""
    desk = _desk_over_a_stream()
    desk.wire.run(4)
    desk.say("silence on")
    registered = len(desk.requests("REGISTER"))
    other = Address(PBX.host, 40_000, "TCP")
    for _ in range(18):
        desk.wire.do(lambda now: desk.session.receive(b"\r\n", other, now))
        desk.wire.run(1)
    assert len(desk.requests("REGISTER")) == registered + 1


def test_a_ping_to_the_place_of_before_is_no_longer_waited_for_at_the_next() -> None:
    """RFC 5626 section 4.4.1: each flow is kept alive by itself."""
    desk, other = _desk_over_a_stream(), OTHER_PBX._replace(transport="TCP")
    spare = Spa9000(desk.pbx.config, Random(7))
    desk.wire.join(other, spare)
    desk.wire.do(spare.start)
    places = (STREAM, other)
    desk.wire.do(partial(desk.session.relocate, desk.pcs[-1], STREAM, places=places))
    desk.wire.run(18)  # two pings were answered
    desk.say("silence on")
    desk.wire.run(15)  # the next two were not
    desk.wire.do(desk.session.refresh)
    request = desk.requests("REGISTER")[-1]
    answer = write_response(request, Answer(503), "tag").to_bytes()
    desk.wire.do(partial(desk.session.receive, answer, STREAM))
    desk.wire.run(1)
    assert (desk.session.remote, desk.state) == (other, SessionState.READY)
    registered = len(desk.requests("REGISTER"))
    desk.wire.run(15)
    assert len(desk.requests("REGISTER")) == registered


def test_a_ping_of_the_peer_is_answered_over_a_stream_only() -> None:
    """RFC 5626 section 3.5.1: one CRLF for two."""
    desk = _desk_over_a_stream()
    desk.wire.do(lambda now: desk.session.receive(b"\r\n\r\n", PBX, now))
    assert [each for each in desk.wire.line_ends if each.data == b"\r\n"] == []
    desk.wire.do(lambda now: desk.session.receive(b"\r\n\r\n", STREAM, now))
    (pong,) = [each for each in desk.wire.line_ends if each.data == b"\r\n"]
    assert pong.target == STREAM


# Calls that end while we are away


def _after_an_absence(
    *deeds: str, policy: Policy | None = None, config: Config | None = None
) -> Desk:
    """Two calls, then a network that is gone while these things happen at the phone."""
    desk = Desk(policy=policy, config=config or Config(password="4321")).start(10)
    for line in ('ring 5551234 "Anna Lee"', "answer", "ring 5550199", "answer"):
        desk.say(line)
        desk.wire.run(1)
    desk.wire.weather = Weather(loss=1.0)
    for deed in deeds:
        desk.say(deed)
    desk.wire.run(120)
    desk.wire.weather = Weather()
    desk.wire.run(10)
    assert desk.state is SessionState.READY
    return desk


def _away(desk: Desk) -> list[str]:
    return [each.call.id for each in desk.events(CallChanged) if each.call.ended_away]


@pytest.mark.parametrize("form", list(NotifyForm))
def test_what_the_picture_after_an_absence_does_not_name_ended_while_we_were_away(
    form: NotifyForm,
) -> None:
    """RFC 6665 section 4.2.1.2: the NOTIFY after a SUBSCRIBE tells the whole state."""
    desk = _after_an_absence("hangup 1", config=Config(password="4321", notify_form=form))
    assert _away(desk) == ["1"]
    assert [(each.id, each.state) for each in desk.session.calls] == [("2", CallState.CONNECTED)]


def test_a_subscription_the_pbx_has_lost_was_an_absence_too() -> None:
    """The refresh meets 481 (RFC 6665 section 4.1.2.2); what came before it was told to nobody."""
    desk = Desk(config=Config(password="4321")).start(10)
    desk.say("ring 5551234")
    desk.wire.run(1)
    desk.pbx._subscriptions.clear()
    desk.say("hangup 1")
    desk.wire.run(60)
    assert "481 SUBSCRIBE" in desk.wire.titles()
    assert _away(desk) == ["1"]
    assert len(desk.session.calls) == 0


def test_all_calls_may_have_ended_meanwhile() -> None:
    desk = _after_an_absence("hangup 1", "hangup 2")
    assert sorted(_away(desk)) == ["1", "2"]
    assert len(desk.session.calls) == 0


def test_a_number_that_has_another_call_now_has_lost_the_one_before() -> None:
    desk = _after_an_absence("hangup 1", "ring 5557788")
    assert _away(desk) == ["1"]
    assert {each.number for each in desk.session.calls} == {"5550199", "5557788"}


def test_calls_that_go_on_go_on() -> None:
    desk = _after_an_absence()
    assert _away(desk) == []
    assert len(desk.session.calls) == 2


def test_without_pictures_a_call_stays_until_the_phone_speaks_of_it() -> None:
    """protocol.md E2: nobody knows whether the SPA9000 sends one; taking a call away is worse."""
    desk = _after_an_absence("hangup 1", config=Config(password="4321", picture_first=False))
    assert _away(desk) == []
    assert len(desk.session.calls) == 2
    desk.say("ring 5557788")
    desk.wire.run(1)
    assert {each.number for each in desk.session.calls} == {"5550199", "5557788"}


def test_the_policy_may_be_to_believe_in_no_picture() -> None:
    desk = _after_an_absence("hangup 1", policy=Policy(believe_picture=False))
    assert _away(desk) == []
    assert len(desk.session.calls) == 2


def test_a_phone_that_has_restarted_ended_its_calls_while_we_were_away() -> None:
    """protocol.md B.7: nobody saw them end, nor knows when that was."""
    desk = _after_an_absence("reboot phone")
    assert sorted(_away(desk)) == ["1", "2"]


def test_an_end_that_we_see_is_an_end() -> None:
    desk = Desk().start(10)
    desk.say("ring 5551234")
    desk.wire.run(1)
    desk.say("hangup 1")
    desk.wire.run(1)
    assert [each.call.ended_away for each in desk.events(CallChanged)] == [False, False]


# Bad weather


def test_twenty_per_cent_loss_and_200_ms_delay_cost_no_more_than_ten_seconds() -> None:
    """RFC 3261 section 17.1.2.2: what is lost is repeated, after half a second at first."""
    weather = Weather(loss=0.2, latency=0.2)
    late = 0
    for seed in range(100):
        desk = Desk(weather=weather, seed=seed).start(60)
        desk.move(ELSEWHERE, seconds=10)
        late += desk.state is not SessionState.READY
        desk.wire.run(30)
        assert desk.state is SessionState.READY, f"seed {seed}\n{desk.wire.ladder()}"
        assert [each.contact for each in desk.pbx.bindings] == ["sip:RECEPTION@10.0.0.7:5062"]
    assert late <= 2


# Rest


def test_an_idle_hour_wakes_the_computer_less_than_every_other_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refreshes, line ends and what comes back; and the looks at the network beside them."""
    desk = Desk().start(10)
    woken = 0
    for verb in ("handle_timeout", "receive"):
        plain = getattr(desk.session, verb)

        def counted(*arguments: object, plain: Callable[..., None] = plain) -> None:
            nonlocal woken
            woken += 1
            plain(*arguments)

        monkeypatch.setattr(desk.session, verb, counted)
    desk.wire.run(3600)
    assert woken / 3600 + 1 / LOOK_EVERY < 0.5
