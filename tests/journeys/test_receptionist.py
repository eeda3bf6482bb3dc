"""A receptionist's day on the wire: what she does, what goes out, and what her screen is told.

Each journey is a script of commands given on the PC and lines typed at the simulator: the world
outside, or a hand on the phone's own keys. It is told in both NOTIFY forms (protocol.md B.5 no. 9)
and in three kinds of weather.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import pytest

from callctrl.calllist import CallList
from callctrl.calls import (
    Answer,
    CallChanged,
    Command,
    CommandAnswered,
    Dial,
    Divert,
    HangUp,
    Hold,
    PhoneRestarted,
    Reject,
    Resume,
)
from callctrl.phones.spa import SpaPhone
from callctrl.simulator import Config, NotifyForm
from callctrl.sip.message import Request, parse
from tests.desk import PBX, PC, Desk
from tests.wire import Weather

CLEAR = Weather()
WINDY = Weather(duplicate=0.5, reorder=0.5)
STORMY = Weather(loss=0.2, duplicate=0.2, reorder=0.3)


@dataclass(frozen=True)
class Journey:
    """What is done, in order; what each call went through; and the orders on the wire."""

    title: str
    script: tuple[Command | str, ...]
    states: dict[str, str]
    orders: tuple[tuple[str, int], ...]
    """The element, and the Content-Length that protocol.md B.5 no. 10 gives for its like."""


JOURNEYS = [
    Journey(
        "a call is answered, held, resumed and hung up",
        ("ring 5551234 Anna", Answer("1"), Hold(), Resume("1"), HangUp("1")),
        {"1": "ringing answering connected holding held resuming connected ended"},
        (
            ('<answer call="1"/>', 51),
            ("<hold/>", 40),
            ('<resume call="1"/>', 51),
            ('<endcall call="1"/>', 52),
        ),
    ),
    Journey(
        "a second call is answered while the first one waits",
        (
            *("ring 5551234", Answer("1"), "ring 5550199", Answer("2")),
            *(HangUp("2"), Resume("1"), HangUp("1")),
        ),
        {
            "1": "ringing answering connected holding held resuming connected ended",
            "2": "ringing answering connected ended",
        },
        (
            ('<answer call="1"/>', 51),
            ('<answer call="2"/>', 51),
            ('<endcall call="2"/>', 52),
            ('<resume call="1"/>', 51),
            ('<endcall call="1"/>', 52),
        ),
    ),
    Journey(
        "a call is rejected",
        ("ring 5551234", Reject("1")),
        {"1": "ringing ended"},
        (('<reject call="1"/>', 51),),
    ),
    Journey(
        "a call is diverted",
        ("ring 5551234", Divert("1", "301")),
        {"1": "ringing ended"},
        (('<reject uri="301@$PROXY" call="1" reason="redir"/>', 83),),
    ),
    Journey(
        "a number is dialled and answers",
        (Dial("5551234"), HangUp("1")),
        {"1": "dialing calling proceeding connected ended"},
        (('<newcall uri="5551234@$PROXY" call="1"/>', 73), ('<endcall call="1"/>', 52)),
    ),
    Journey(
        "a number is dialled and busy: the line is off hook until it is hung up",
        (Dial("5550486"), HangUp("1")),
        {"1": "dialing calling failed ended"},
        (('<newcall uri="5550486@$PROXY" call="1"/>', 73), ('<endcall call="1"/>', 52)),
    ),
    Journey(
        "a number is dialled and nobody answers",
        (Dial("5550480"), HangUp("1")),
        {"1": "dialing calling proceeding ended"},
        (('<newcall uri="5550480@$PROXY" call="1"/>', 73), ('<endcall call="1"/>', 52)),
    ),
    Journey(
        "a call is placed while another is held",
        ("ring 5551234", Answer("1"), Dial("5557788"), HangUp("2"), Resume("1"), HangUp("1")),
        {
            "1": "ringing answering connected holding held resuming connected ended",
            "2": "dialing calling proceeding connected ended",
        },
        (
            ('<answer call="1"/>', 51),
            ('<newcall uri="5557788@$PROXY" call="2"/>', 73),
            ('<endcall call="2"/>', 52),
            ('<resume call="1"/>', 51),
            ('<endcall call="1"/>', 52),
        ),
    ),
    Journey(
        "the far end hangs up: the line is off hook until it is hung up",
        ("ring 5551234", Answer("1"), "far-hangup", HangUp("1")),
        {"1": "ringing answering connected failed ended"},
        (('<answer call="1"/>', 51), ('<endcall call="1"/>', 52)),
    ),
    Journey(
        "the caller gives up",
        ("ring 5551234", "far-hangup"),
        {"1": "ringing ended"},
        (),
    ),
    Journey(
        "the phone's keys are used instead of the PC",
        ("ring 5551234", "answer", "hold", "resume", "hangup", "dial 5557788", "hangup"),
        {
            "1": "ringing answering connected holding held resuming connected ended "
            "dialing calling proceeding connected ended"
        },
        (),
    ),
]


@pytest.mark.parametrize("weather", [CLEAR, WINDY, STORMY], ids=["clear", "windy", "stormy"])
@pytest.mark.parametrize("form", list(NotifyForm), ids=lambda form: form.value)
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_every_state_arrives_in_order_and_every_order_is_to_the_byte(
    journey: Journey, form: NotifyForm, weather: Weather
) -> None:
    config = Config(password="4321", notify_form=form)
    desk = Desk(config=config, weather=weather, seed=4).start(20)
    for step in journey.script:
        if isinstance(step, str):
            assert desk.say(step) == []
            desk.wire.run(18)
        else:
            assert desk.perform(step, 18).accepted, desk.wire.ladder()
    assert {id_: " ".join(desk.call_states(id_)) for id_ in journey.states} == journey.states
    assert list(desk.session.calls) == []
    assert desk.pbx.phone.calls == []
    assert orders_of(desk) == [order_body(element) for element, _ in journey.orders]
    assert [len(body) for body in orders_of(desk)] == [length for _, length in journey.orders]


def order_body(element: str) -> bytes:
    return f"<spa-control>\r\n{element}\r\n</spa-control>\r\n".encode()


def orders_of(desk: Desk) -> list[bytes]:
    """The bodies of our NOTIFYs, each once however often it was repeated."""
    once = {request.via.branch: request for request in desk.requests("NOTIFY")}
    assert {request.content_type for request in once.values()} <= {"application/x-spa-control"}
    return [request.body for request in once.values()]


# One phone, several calls


def test_several_calls_on_several_lines_one_active_and_the_rest_held() -> None:
    desk = Desk().start()
    for number in ("5551234", "5550199", "5557788", "214"):
        desk.say(f"ring {number}")
        desk.wire.run(1)
        call_id = str(len(desk.session.calls))
        assert desk.perform(Answer(call_id)).accepted
    assert [(call.id, call.number, call.line, call.state.value) for call in desk.session.calls] == [
        ("1", "5551234", 1, "held"),
        ("2", "5550199", 1, "held"),
        ("3", "5557788", 1, "held"),
        ("4", "214", 1, "connected"),
    ]
    assert not desk.perform(Dial("301")).accepted  # the fifth on a phone with four keys
    assert desk.perform(Resume("2")).accepted
    assert [call.state.value for call in desk.session.calls] == [
        "held",
        "connected",
        "held",
        "held",
    ]


def test_name_number_and_direction_stay_with_the_call_to_its_end() -> None:
    desk = Desk().start()
    desk.say('ring 5551234 "Anna Lee"')
    desk.wire.run(1)
    for command in (Answer("1"), Hold(), Resume("1"), HangUp("1")):
        desk.perform(command)
    calls = [event.call for event in desk.events(CallChanged)]
    assert {(call.name, call.number, call.direction.value) for call in calls} == {
        ("Anna Lee", "5551234", "incoming")
    }
    ended = calls[-1]
    assert ended.answered_at is not None
    assert 5.5 < ended.since_at - ended.answered_at < 6.5


def test_a_new_call_takes_the_lowest_number_that_is_free_on_the_phone() -> None:
    desk = Desk().start()
    for line in ("ring 5551234", "ring 5550199"):
        desk.say(line)
        desk.wire.run(1)
    desk.perform(Reject("1"))
    desk.perform(Dial("5557788"))
    assert orders_of(desk)[-1] == order_body('<newcall uri="5557788@$PROXY" call="1"/>')
    desk.perform(Dial("214"))
    assert orders_of(desk)[-1] == order_body('<newcall uri="214@$PROXY" call="3"/>')


# Reports out of order


def bodies_of(desk: Desk) -> list[bytes]:
    """The status bodies our session was sent, in order."""
    found = []
    for sent in desk.wire.sent:
        if (sent.source, sent.target) == (PBX, PC):
            message = parse(sent.data)
            if isinstance(message, Request):
                found.append(message.body)
    return found


def disturbed(bodies: list[bytes], random: Random) -> list[bytes]:
    """Some come twice, and each may be overtaken by the next few."""
    doubled = [body for body in bodies for _ in range(random.choice((1, 1, 2)))]
    return [
        body
        for _, body in sorted(
            ((index + random.uniform(0, 3), body) for index, body in enumerate(doubled)),
            key=lambda pair: pair[0],
        )
    ]


def heard(bodies: Iterable[bytes]) -> tuple[list[str], list[str]]:
    """What the call list makes of statuses: the states told, and the calls left."""
    phone, calls = SpaPhone(), CallList()
    told, now = [], 100.0
    for body in bodies:
        now += 0.1
        reports = phone.read_status(body)
        assert calls.forget_if_restarted(reports, now) == []
        for report in reports:
            told += [f"{call.ref} {call.state.value}" for call in calls.apply(report, now)]
    return told, [f"{call.ref} {call.state.value}" for call in calls]


BEFORE_TALKING = {"dialing", "calling", "proceeding", "ringing", "answering"}


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_reports_out_of_order_and_doubled_wake_no_call_and_take_none_back(
    journey: Journey,
) -> None:
    desk = Desk(config=Config(password="4321", notify_form=NotifyForm.FOREIGN)).start()
    for step in journey.script:
        if isinstance(step, str):
            desk.say(step)
            desk.wire.run(3)
        else:
            desk.perform(step, 3)
    in_order = bodies_of(desk)
    assert heard(in_order)[1] == []
    for seed in range(200):
        told, left = heard(disturbed(in_order, Random(seed)))
        assert left == []
        for ref in {each.split()[0] for each in told}:
            states = [each.split()[1] for each in told if each.split()[0] == ref]
            assert "ended" not in states[:-1]
            talking = [n for n, state in enumerate(states) if state not in BEFORE_TALKING]
            assert not BEFORE_TALKING & set(states[min(talking, default=len(states)) :])


# A busy day in bad weather


@pytest.mark.parametrize("form", list(NotifyForm), ids=lambda form: form.value)
def test_a_busy_day_in_bad_weather_ends_with_the_phones_own_picture(form: NotifyForm) -> None:
    """Twenty days of five minutes: calls come, are answered, held and ended in any order.

    In the end our calls are the phone's calls; and since it never restarted, nobody said so.
    """
    lines = ["ring 5551234 Anna", "ring 5550199", "answer", "hold", "resume", "hangup", "reject"]
    lines += ["far-hangup", "dial 5557788", "dial 5550486"]
    for seed in range(20):
        desk = Desk(config=Config(password="4321", notify_form=form), weather=STORMY, seed=seed)
        random = Random(seed)
        desk.start(20)
        for _ in range(60):
            desk.say(random.choice(lines))
            desk.wire.run(random.choice((0.5, 2.0, 6.0, 12.0)))
        desk.wire.weather = CLEAR
        desk.wire.run(80)
        assert desk.events(PhoneRestarted) == []
        ours = {(call.id, call.ref, call.state.value) for call in desk.session.calls}
        wire_names = {"hold": "held", "invalid": "failed"}
        theirs = {
            (str(call.id), str(call.ref), wire_names.get(call.state.value, call.state.value))
            for call in desk.pbx.phone.calls
        }
        assert ours == theirs, f"seed {seed}\n{desk.wire.ladder()}"


def test_an_order_nobody_answers_and_one_that_is_refused_are_told_apart() -> None:
    desk = Desk().start()
    assert desk.perform(Answer("3")).status == 481
    desk.say("silence on")
    assert desk.perform(Hold(), 17).status == 408
    desk.say("silence off")
    desk.say("cti off")
    assert desk.perform(Hold(), 30).status == 405
    assert [type(each.command) for each in desk.events(CommandAnswered)] == [Answer, Hold, Hold]
