"""Whatever a PBX does, no lamp shows what was not said, and in the end all are true again."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from callctrl.calls import LampState
from tests.lampdesk import LampDesk, LampPbx, calls_of, presence_of

WHO = [str(2000 + number) for number in range(4)]
_SHOWN = {"terminated": LampState.FREE, "early": LampState.RINGING, "confirmed": LampState.BUSY}

Step = Callable[[LampDesk], None]

who = st.sampled_from(WHO)
calls = st.sampled_from(sorted(_SHOWN))


def changes(where: str, what: str) -> Step:
    return lambda here: here.pbx.report(where, calls_of(where, what))


def closes(where: str, basic: str) -> Step:
    return lambda here: here.pbx.report(where, presence_of(where, basic), "presence")


def says_nothing(where: str) -> Step:
    return lambda here: here.pbx.report(where, b"")


def is_dead(dead: bool) -> Step:
    def step(here: LampDesk) -> None:
        here.pbx.is_dead = dead

    return step


def answers(where: str, status: int) -> Step:
    def step(here: LampDesk) -> None:
        here.pbx.statuses[where] = (status, ())

    return step


def ends(where: str, reason: str) -> Step:
    def step(here: LampDesk) -> None:
        for each in [*here.pbx.granted.values()]:
            if each.who == where:
                here.pbx.notify(each, f"terminated;reason={reason}")
                del here.pbx.granted[each.subscribe.call_id]

    return step


steps = st.one_of(
    st.builds(changes, who, calls),
    st.builds(closes, who, st.sampled_from(["open", "closed"])),
    st.builds(says_nothing, who),
    st.builds(is_dead, st.booleans()),
    st.builds(answers, who, st.sampled_from([403, 404, 481, 489, 500, 503])),
    st.builds(ends, who, st.sampled_from(["deactivated", "probation", "noresource", "x"])),
    st.just(lambda here: here.pbx.statuses.clear()),
    st.just(lambda here: here.pbx.forget()),
    st.just(lambda here: here.wire.do(here.lamps.unreachable)),
    st.just(lambda here: here.wire.do(here.lamps.relocate)),
    st.just(lambda here: here.wire.do(here.lamps.forget)),
    st.just(lambda here: here.wire.do(here.lamps.reachable)),
)
waits = st.sampled_from([0.1, 2.0, 40.0, 70.0])


@settings(max_examples=40, deadline=None)
@given(script=st.lists(st.tuples(steps, waits), max_size=12))
def test_a_lamp_shows_what_was_said_last_or_nothing(script: list[tuple[Step, float]]) -> None:
    here = LampDesk(LampPbx(grants=600))
    for each in WHO:
        here.pbx.bodies["dialog", each] = calls_of(each, "terminated")
    here.watch(*WHO)
    for step, seconds in script:
        step(here)
        here.run(seconds)
        here.run(0.1)
        for each in WHO:
            lamp = here.lamp(each)
            if lamp.source == "dialog":
                said = here.pbx.told["dialog", each]
                assert any(lamp.state is _SHOWN[word] for word in _SHOWN if word.encode() in said)

    here.pbx.is_dead = False
    here.pbx.statuses.clear()
    here.wire.do(here.lamps.reachable)
    for number, each in enumerate(WHO):
        here.pbx.bodies["dialog", each] = calls_of(each, sorted(_SHOWN)[number % 3])
    here.run(700)
    for number, each in enumerate(WHO):
        expected = _SHOWN[sorted(_SHOWN)[number % 3]]
        presence = here.pbx.bodies.get(("presence", each), b"")
        if b"closed" in presence and expected is LampState.FREE:
            continue
        assert here.lamp(each).state is expected
