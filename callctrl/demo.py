"""The program against a make-believe phone system: a story that plays by itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from callctrl import PRODUCT
from callctrl.accounts import Account, PbxKind, Policy
from callctrl.connection import computer_name
from callctrl.headless.programs import ExitCode, Watch, leave_on_signals
from callctrl.people import Number, NumberKind, Person
from callctrl.simulator import ORDERS, PBX_SCENARIOS, PEOPLE, SCENARIOS, Config, Someone
from callctrl.simulator.program import (
    DEFAULT_PASSWORD,
    SIP_ACCOUNT,
    Simulation,
    pbx_config,
    play,
)
from callctrl.store.contacts import SCHEMA, Contacts
from callctrl.store.database import open_database

__all__ = ["Ladder", "Stage", "run_in_terminal"]

_STATION = "Practice"
"""The phone's name, which all screens show: nobody is to take it for the real one."""

_FAVOURITES = 3

_AFTERWARDS = 1.5
"""Seconds between the end of the story and the good-bye."""


class Stage:
    """A simulated phone system on loop-back, the story to play there, and our account."""

    def __init__(self, scenario: str) -> None:
        """`scenario` is a name of `SCENARIOS`."""
        self.password = DEFAULT_PASSWORD
        self.steps = SCENARIOS[scenario]
        self._orders = ORDERS.get(scenario, ())
        self._is_sip = scenario in PBX_SCENARIOS
        self._spa = Config(port=0, password=self.password, station=_STATION)
        self._pbx = pbx_config(self.password, port=0, tells_callers=True, tells_holds=True)
        self._simulation = Simulation(self._pbx if self._is_sip else self._spa, _say)

    @property
    def name(self) -> str:
        """What plays the phone system."""
        return "SIP PBX" if self._is_sip else "SPA9000"

    async def open(self) -> Account:
        """Raise the curtain; the account to connect with."""
        port = await self._simulation.open()
        first = [step for step in self.steps if step.at <= 0]
        for step in first:  # such a story must have begun before we connect
            self._simulation.execute(step.line)
        if self._is_sip:
            mine, *others = [place.number for place in self._pbx.places]
            return Account(
                pbx=self._pbx.host,
                port=port,
                extension=SIP_ACCOUNT,
                station=mine,
                computer=computer_name(),
                local_port=0,
                kind=PbxKind.SIP,
                lamps=tuple(others),
            )
        return Account(
            pbx=self._spa.host,
            port=port,
            extension=self._spa.extensions[0].number,
            station=self._spa.station,
            computer=computer_name(),
            local_port=0,
        )

    def furnish(self, folder: Path) -> None:
        """Put the people of the stories into the contacts of a profile."""
        people: tuple[Someone, ...] = PEOPLE
        if self._is_sip:
            _, *colleagues = self._pbx.places
            outside = [each for each in PEOPLE if each.company]
            people = (*(Someone(each.name, each.number, "") for each in colleagues), *outside)
        opened = open_database(folder / f"{SCHEMA.name}.sqlite3", SCHEMA)
        with closing(opened.connection):
            contacts = Contacts(opened.connection)
            kept = [contacts.add(_person(each)) for each in people]
            contacts.set_favourites([each.id for each in kept if each.id is not None][:_FAVOURITES])

    def play(self, order: Callable[[str], object], *, again: bool = False) -> asyncio.Task[None]:
        """Begin the story; the task ends with it. `order` gets what we are to do meanwhile.

        With `again` a story that ends as it began goes on and on, but for what we do.
        """
        return asyncio.create_task(self._play(order, again=again and self._is_sip))

    async def _play(self, order: Callable[[str], object], *, again: bool) -> None:
        steps = [step for step in self.steps if step.at > 0]
        orders = asyncio.create_task(play(self._orders, order))
        try:
            await self._simulation.play(steps)
            while again:
                await self._simulation.play(steps)
        finally:
            orders.cancel()

    def close(self) -> None:
        """Let the curtain fall."""
        self._simulation.close()


def _person(someone: Someone) -> Person:
    kind = NumberKind.WORK if someone.company else NumberKind.EXTENSION
    company = someone.company if someone.company != someone.name else ""
    return Person(someone.name, (Number(someone.number, kind),), company)


async def run_in_terminal(scenario: str) -> ExitCode:
    """Play the story without a screen: messages and events as they come, then good-bye."""
    stage = Stage(scenario)
    ladder = Ladder(stage.name)
    wire_log = logging.getLogger("callctrl.wire")
    wire_log.addHandler(ladder)
    wire_log.setLevel(logging.DEBUG)
    account = await stage.open()
    ladder.pbx_port = account.port
    watch = Watch(account, stage.password, as_json=False, policy=Policy())
    leave_on_signals(watch.stop)

    async def leave_afterwards() -> None:
        await stage.play(watch.execute)
        await asyncio.sleep(_AFTERWARDS)
        watch.stop()

    ending = asyncio.create_task(leave_afterwards())
    try:
        await watch.run()
    finally:
        ending.cancel()
        stage.close()
        wire_log.removeHandler(ladder)
    # A story that ends in a refusal has been told as well as any other.
    return ExitCode.FINE


class Ladder(logging.Handler):
    """Prints the conversation as a ladder of first lines."""

    def __init__(self, pbx: str) -> None:
        """`pbx` is what plays the phone system."""
        super().__init__()
        self.pbx_port = 0
        print(f"{PRODUCT:>20}{pbx:>42}")

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message as it is sent; the receipt of the same is not told again."""
        if not record.msg.startswith("sent to") or not record.args:
            return
        remote, masked = record.args[0], record.args[1]  # type: ignore[index]
        title = _title_of(str(masked))
        if not title.strip():
            return  # line ends that keep the way open are no message
        is_ours = getattr(remote, "port", 0) == self.pbx_port
        arrow = f"{title:-^40}"
        _say_line(f"{'':>14}{'' if is_ours else '<'}{arrow}{'>' if is_ours else ''}")


def _title_of(text: str) -> str:
    """` REGISTER with credentials ` for a request, ` 401 Unauthorized ` for a response."""
    first_line = text.partition("\n")[0]
    if first_line.startswith("SIP/2.0 "):
        return f" {first_line.removeprefix('SIP/2.0 ')} "
    suffix = " with credentials" if "\nAuthorization: " in text else ""
    return f" {first_line.partition(' ')[0]}{suffix} "


def _say(text: str) -> None:
    _say_line(f"    phone system: {text}")


def _say_line(text: str) -> None:
    with contextlib.suppress(OSError):  # `watch` ends the play when nobody reads it
        print(text, flush=True)
