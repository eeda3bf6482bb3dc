"""One desk phone: its calls as a machine (protocol.md B.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator import Config, Extension, FarEnd
from callctrl.simulator.phone import SpaPhone
from callctrl.simulator.phonexml import CallState


class Desk:
    """A phone and a clock."""

    def __init__(self, config: Config | None = None) -> None:
        self.phone = SpaPhone(config or Config())
        self.now = 0.0
        self.said: list[str] = []

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while (when := self.phone.next_timeout()) is not None and when <= end:
            self.now = max(self.now, when)
            self.phone.handle_timeout(self.now)
            self._listen()
        self.now = end

    def _listen(self) -> None:
        self.said += [f"{each.id} {each.state.value}" for each in self.phone.take_reports()]

    def ring(self, line: int | None = None) -> bool:
        done = self.phone.ring("5551234", "Anna Lee", line, now=self.now)
        self._listen()
        return done

    def dial(self, number: str = "5551234", line: int | None = None) -> bool:
        done = self.phone.dial(number, line, now=self.now)
        self._listen()
        return done

    def act(self, action: str, call: int | None = None) -> bool:
        done = self.phone.act(action, call, now=self.now)
        self._listen()
        return done

    @property
    def states(self) -> dict[int, str]:
        return {call.id: call.state.value for call in self.phone.calls}


def test_dialled_number_answers_after_a_while() -> None:
    desk = Desk()
    desk.dial()
    desk.run(2)
    assert desk.said == ["1 dialing", "1 calling", "1 proceeding"]
    desk.run(1)
    assert desk.said[3:] == ["1 connected"]


@pytest.mark.parametrize(
    ("number", "state"), [("5551486", "invalid"), ("5551480", "proceeding"), ("999", "proceeding")]
)
def test_dialled_number_does_as_its_last_digits_say(number: str, state: str) -> None:
    desk = Desk()
    desk.dial(number)
    desk.run(20)
    assert desk.states == {1: state}


def test_rule_for_dialled_numbers_is_configurable() -> None:
    desk = Desk(Config(far_ends=(("7", FarEnd.BUSY),), answer_after=0.5))
    desk.dial("486")
    desk.dial("17", 2)
    desk.run(1)
    assert desk.states == {2: "invalid"}


def test_answering_holding_and_resuming_take_less_than_a_tenth_of_a_second() -> None:
    desk = Desk()
    desk.ring()
    for action, transient, state in (
        ("answer", "answering", "connected"),
        ("hold", "holding", "hold"),
        ("resume", "resuming", "connected"),
    ):
        desk.act(action)
        assert desk.states == {1: transient}
        desk.run(0.1)
        assert desk.states == {1: state}


def test_second_call_answered_holds_the_first() -> None:
    desk = Desk()
    desk.ring()
    desk.act("answer")
    desk.run(1)
    desk.ring()
    desk.said.clear()
    desk.act("answer", 2)
    desk.run(1)
    assert desk.said == ["1 holding", "2 answering", "1 hold", "2 connected"]


def test_second_call_dialled_holds_the_first_and_resuming_swaps_them() -> None:
    desk = Desk()
    desk.ring()
    desk.act("answer")
    desk.run(1)
    desk.dial()
    desk.run(5)
    assert desk.states == {1: "hold", 2: "connected"}
    desk.act("resume", 1)
    desk.run(1)
    assert desk.states == {1: "connected", 2: "hold"}


def test_unanswered_outgoing_call_is_given_up_for_another() -> None:
    desk = Desk()
    desk.dial("5551480")
    desk.run(1)
    desk.ring()
    desk.act("answer", 2)
    assert desk.states == {2: "answering"}
    assert desk.said[-2:] == ["1 idle", "2 answering"]


@pytest.mark.parametrize("hang_up", [True, False])
def test_dead_line_stays_until_hang_up_or_half_a_minute(hang_up: bool) -> None:
    desk = Desk()
    desk.ring()
    desk.act("answer")
    desk.run(1)
    desk.act("far-hangup")
    assert desk.states == {1: "invalid"}
    if hang_up:
        desk.act("endcall")
    else:
        desk.run(29.9)
        assert desk.states == {1: "invalid"}
        desk.run(0.1)
    assert desk.states == {}
    assert desk.said[-2:] == ["1 invalid", "1 idle"]


@pytest.mark.parametrize("action", ["reject", "endcall", "far-hangup"])
def test_ringing_call_ends_at_once(action: str) -> None:
    desk = Desk()
    desk.ring()
    assert desk.act(action)
    assert desk.said == ["1 ringing", "1 idle"]


def test_far_end_can_be_played_by_hand() -> None:
    desk = Desk()
    desk.dial("5551480")
    desk.run(1)
    assert desk.act("far-answer")
    assert desk.states == {1: "connected"}
    assert not desk.act("far-busy")
    desk.dial("5551480")
    desk.run(1)
    assert desk.act("far-busy")
    assert desk.states == {1: "hold", 2: "invalid"}


def test_without_a_number_the_active_call_is_meant() -> None:
    desk = Desk()
    desk.ring()
    desk.act("answer")
    desk.run(1)
    desk.ring()
    assert desk.act("endcall")
    assert desk.states == {2: "ringing"}


@pytest.mark.parametrize("action", ["answer", "reject", "hold", "resume", "endcall", "far-answer"])
def test_nothing_can_be_done_to_no_call(action: str) -> None:
    desk = Desk()
    assert not desk.act(action)
    assert not desk.act(action, 1)
    assert desk.said == []


@pytest.mark.parametrize("action", ["reject", "answer", "resume"])
def test_order_that_does_not_fit_the_state_changes_nothing(action: str) -> None:
    desk = Desk()
    desk.ring()
    desk.act("answer")
    desk.run(1)
    desk.said.clear()
    assert not desk.act(action, 1)
    assert desk.said == []


def test_calls_take_the_lowest_free_line_until_there_is_none() -> None:
    desk = Desk(Config(lines=2))
    assert desk.ring(2)
    assert not desk.ring(2)
    assert desk.ring()
    assert not desk.ring()
    assert not desk.ring(3)
    assert not desk.dial(line=0)
    assert desk.states == {1: "ringing", 2: "ringing"}


def test_references_grow_and_stay_the_same_for_a_call() -> None:
    desk = Desk()
    desk.phone.ring("1", now=0)
    desk.phone.act("answer", now=0)
    desk.phone.ring("2", now=0)
    refs = [(each.id, each.ref) for each in desk.phone.take_reports()]
    assert refs == [(1, 2), (1, 2), (2, 3)]


def test_reboot_drops_calls_without_a_word_and_starts_references_anew() -> None:
    desk = Desk()
    desk.ring()
    desk.ring()
    desk.said.clear()
    desk.phone.reboot(desk.now)
    assert not desk.ring()
    desk.run(4.9)
    assert desk.said == []
    desk.run(0.2)
    assert desk.said == ["1 idle"]
    desk.ring()
    assert desk.phone.calls[0].ref == 2


def test_two_extensions_share_four_line_keys() -> None:
    config = Config(extensions=(Extension("200"), Extension("300")))
    assert [config.extension_of_line(line) for line in (1, 2, 3, 4)] == [1, 1, 2, 2]
    phone = SpaPhone(config)
    phone.ring("1", line=3, now=0)
    assert phone.take_reports()[0].ext == 2


@pytest.mark.parametrize("extensions", [(), (Extension("1"), Extension("2"))])
def test_extensions_must_fit_the_line_keys(extensions: tuple[Extension, ...]) -> None:
    with pytest.raises(ValueError, match="expected 1 to 1 extensions"):
        Config(extensions=extensions, lines=1)


def test_only_the_first_extension_has_the_password_by_itself() -> None:
    """KB50058: 300 needs its password typed in; a repeated 200 is harmless."""
    extensions = (Extension("200"), Extension("300"), Extension("400", "4321"), Extension("200"))
    phone = SpaPhone(Config(password="4321", extensions=extensions))
    assert [phone.registration_state(n) for n in (1, 2, 3, 4)] == [
        "Registered",
        "FailedAuthenticate",
        "Registered",
        "Not Registered",
    ]


def test_without_a_password_every_extension_registers() -> None:
    phone = SpaPhone(Config(extensions=(Extension("200"), Extension("300", "old"))))
    assert phone.registration_state(2) == "Registered"


def test_changed_password_reaches_the_phone_when_it_reboots() -> None:
    desk = Desk(Config(password="old"))
    desk.phone.config = replace(desk.phone.config, password="new")
    assert desk.phone.registration_state(1) == "FailedAuthenticate"
    desk.phone.reboot(desk.now)
    assert desk.phone.registration_state(1) == "Not Registered"
    desk.run(10)
    assert desk.phone.registration_state(1) == "Registered"


def test_picture_of_a_quiet_phone_is_an_idle_line() -> None:
    (report,) = SpaPhone(Config()).picture()
    assert (report.id, report.state) == (1, CallState.IDLE)


def test_passwords_are_in_no_repr() -> None:
    config = Config(
        password="s3cret", admin_password="s3cret", extensions=(Extension("1", "s3cret"),)
    )
    assert "s3cret" not in repr(config)
