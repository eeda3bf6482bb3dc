"""The calls that a PBX places for us: one at a time, and what late messages of the others get."""

from __future__ import annotations

from collections.abc import Callable

from callctrl.bystander.thirdpartycall import ThirdPartyCall
from callctrl.calls import Dial, DialFailure, DialStage
from callctrl.sip import LocalProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.deadlines import earliest
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

__all__ = ["Placing"]


class Placing:
    """Dials by third-party calls."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        phone: str,
        caller: str,
        authenticator: Authenticator,
        uri_of: Callable[[str], str],
        on_stage: Callable[[Dial, DialStage], None],
        on_end: Callable[[Dial, DialFailure | None, int, float], None],
    ) -> None:
        """`phone` and `caller` are URIs, of the own phone and of our account.

        `uri_of` makes one of a number. `on_stage` and `on_end` are as in `ThirdPartyCall`, and tell
        which order it was.
        """
        self._agent = agent
        self._phone = phone
        self._caller = caller
        self._authenticator = authenticator
        self._uri_of = uri_of
        self._on_stage = on_stage
        self._on_end = on_end
        self._under_way: Dial | None = None
        self._calls: list[ThirdPartyCall] = []

    def dial(self, command: Dial, now: float) -> None:
        """Have the PBX call the own phone, and then a number; one call at a time."""
        if self._under_way is not None:
            self._on_end(command, DialFailure.OWN_BUSY, 486, now)
            return

        def on_end(failure: DialFailure | None, status: int, now: float) -> None:
            self._under_way = None
            self._on_end(command, failure, status, now)

        call = ThirdPartyCall(
            self._agent,
            phone=self._phone,
            target=self._uri_of(command.number),
            caller=self._caller,
            display_name=f"Call Ctrl: {command.number}",
            authenticator=self._authenticator,
            on_stage=lambda stage, _now: self._on_stage(command, stage),
            on_end=on_end,
        )
        self._under_way = command
        self._calls.append(call)
        try:
            call.start(now)
        except LocalProtocolError:
            self._calls.remove(call)
            on_end(DialFailure.NO_SUCH_NUMBER, 488, now)

    def cancel(self, now: float) -> None:
        """Hang up whatever is under way."""
        for call in self._calls:
            call.cancel(now)

    def unreachable(self, now: float) -> None:
        """The way to the PBX is lost."""
        for call in self._calls:
            call.unreachable(now)

    @property
    def under_way(self) -> Dial | None:
        """The order whose outcome is not known yet, or None."""
        return self._under_way

    @property
    def leaves_nothing(self) -> bool:
        """Whether no phone rings or is off hook because of us."""
        return all(call.leaves_nothing for call in self._calls)

    def answer(self, transaction: ServerTransaction, now: float) -> bool:
        """Answer a request, where it is part of such a call; False where it is not.

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        for call in self._calls:
            if call.owns(transaction.request):
                call.receive_request(transaction, now)
                return True
        return False

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        for call in self._calls:
            call.handle_timeout(now)
        self._calls = [call for call in self._calls if not call.is_over]

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        return earliest(*[call.next_timeout() for call in self._calls])
