"""What becomes of the control of a phone, and of its calls, when the network goes and comes back.

Real programs in network namespaces that each test makes. Deadlines of 10 s are the promise, for a
network that loses nothing; all others only end a test that has failed.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.network.machines import PC, PC_LATER, BadCable, Cable
from tests.network.programs import BACK_WITHIN, PhoneSystem, Watch, until

pytestmark = pytest.mark.network

_GONE_FOR = 60.0
"""Seconds; longer than any timer of a transaction, and as long as the registration itself."""

_BOOTS_FOR = 20.0
"""Seconds a real phone needs at least; until then the same call again is taken for late news."""


def _call(pbx: PhoneSystem, watch: Watch, number: str, id_: str) -> None:
    """Somebody calls, and is answered from the PC."""
    pbx.type(f"ring {number}")
    until(lambda: watch.calls.get(id_) == "ringing", "the call rings")
    watch.type(f"answer {id_}")
    until(lambda: watch.calls.get(id_) == "connected", "the call is answered")


def test_another_address_is_announced_and_the_old_one_taken_back(
    cable: Cable, tmp_path: Path
) -> None:
    """RFC 3261 section 10.2.2: the Contact of before is removed, where that can be done."""
    with PhoneSystem(cable.pbx, tmp_path / "pbx") as pbx, Watch(cable.pc, tmp_path / "pc") as watch:
        until(watch.is_ready, "the phone is under control")
        assert pbx.registered() == [PC]
        _call(pbx, watch, "5551234", "1")

        told = watch.count()
        cable.pc.lose(PC)
        cable.pc.take(PC_LATER)
        until(lambda: watch.is_ready(since=told), "under control from there", within=BACK_WITHIN)
        until(lambda: pbx.registered() == [PC_LATER], "nobody at the old address")

        assert watch.calls == {"1": "connected"}
        pbx.type("hangup 1")
        until(lambda: watch.calls["1"] == "ended", "the end of the call that went on")
        _call(pbx, watch, "5550199", "1")


def test_a_phone_system_that_was_gone_for_a_minute(cable: Cable, tmp_path: Path) -> None:
    """A call that ended meanwhile has its end, one that goes on goes on."""
    with PhoneSystem(cable.pbx, tmp_path / "pbx") as pbx, Watch(cable.pc, tmp_path / "pc") as watch:
        until(watch.is_ready, "the phone is under control")
        _call(pbx, watch, "5551234", "1")
        pbx.type("ring 5550199")
        until(lambda: watch.calls.get("2") == "ringing", "another call rings")

        cable.unplug()
        pbx.type("hangup 1")
        pbx.type("ring 5557788")  # came while nobody could hear of it
        time.sleep(_GONE_FOR)
        told = watch.count()
        cable.plug()
        until(lambda: watch.is_ready(since=told), "under control again", within=BACK_WITHIN)

        until(
            lambda: watch.has_told(since=told, id="1", state="ended", ended_away=True),
            "the end of the call that ended meanwhile",
        )
        until(
            lambda: watch.has_told(since=told, number="5557788", state="ringing"),
            "the call that came meanwhile",
        )
        assert watch.calls["2"] == "ringing"
        watch.type("answer 2")
        until(lambda: watch.calls["2"] == "connected", "the call that rang all the time")


def test_a_phone_system_that_restarts(cable: Cable, tmp_path: Path) -> None:
    """It has forgotten bindings, subscriptions and calls; none of them stays open here.

    That it is gone shows by a line end that nobody takes (RFC 5626 section 3.5.1), long before
    anything is renewed.
    """
    pbx = PhoneSystem(cable.pbx, tmp_path / "pbx")
    with Watch(cable.pc, tmp_path / "pc") as watch:
        until(watch.is_ready, "the phone is under control")
        _call(pbx, watch, "5551234", "1")

        told = watch.count()
        pbx.kill()
        until(lambda: watch.has_told(since=told, state="waiting"), "that nobody is there")
        told = watch.count()
        with PhoneSystem(cable.pbx, tmp_path / "pbx again") as again:
            until(lambda: watch.is_ready(since=told), "under control again", within=BACK_WITHIN)
            until(lambda: watch.calls["1"] == "ended", "the end of the call it has forgotten")
            told = watch.count()
            again.type("ring 5550199")
            until(lambda: watch.has_told(since=told, state="ringing"), "a call rings")


def test_a_fifth_is_lost_and_the_rest_is_late(bad_cable: BadCable, tmp_path: Path) -> None:
    """RFC 3261 section 17: what is lost is sent again, and no call loses its end by it."""
    cable = bad_cable
    pbx = PhoneSystem(cable.pbx, tmp_path / "pbx")
    with Watch(cable.pc, tmp_path / "pc") as watch:
        until(watch.is_ready, "the phone is under control")
        for number in ("5551234", "5550199", "5557788"):
            told = watch.count()
            _call(pbx, watch, number, "1")
            pbx.type("hangup 1")
            until(lambda: watch.calls["1"] == "ended", "the end of the call")
            states = [each["state"] for each in watch.events[told:] if each["event"] == "call"]
            assert states.count("ended") == 1

        _call(pbx, watch, "5551234", "1")
        told = watch.count()
        pbx.kill()
        until(lambda: watch.has_told(since=told, state="waiting"), "that nobody is there")
        time.sleep(_BOOTS_FOR)
        told = watch.count()
        with PhoneSystem(cable.pbx, tmp_path / "pbx again") as again:
            # Within 10 s in most runs: enough of a few messages may be lost to make it twice that.
            until(lambda: watch.is_ready(since=told), "under control again")
            # Where the picture of all calls was late, the next report of its number ends it.
            again.type("ring 5550199")
            until(
                lambda: watch.has_told(since=told, number="5551234", state="ended"),
                "the end of the call it has forgotten",
            )
            until(
                lambda: watch.has_told(since=told, number="5550199", state="ringing"),
                "a call rings",
            )
    assert cable.lost > 0
