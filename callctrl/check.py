"""Does this account work: one REGISTER and SUBSCRIBE round and a polite good-bye.

The wizard's test page and `callctrl check` both run it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from callctrl.calls import (
    Account,
    Event,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
    SubscriptionChanged,
    Trouble,
)
from callctrl.connection import Connection

__all__ = ["CheckResult", "Verdict", "check", "verdict_on"]


class Verdict(Enum):
    """What became of the round."""

    READY = "ready"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    """TLS: its certificate is not to be trusted; the detail tells why."""
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """403, or any other refusal; the statuses tell."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the phone system answered, step by step; None where a step had no answer."""

    register_status: int | None = None
    was_challenged: bool = False
    register_expires: float | None = None
    subscribe_status: int | None = None
    subscribe_expires: float | None = None
    verdict: Verdict | None = None
    """None while the round is under way."""
    was_found: bool = True
    """Whether there is such a computer, and a way to it."""
    detail: str = ""
    """What else is known of a failure, as a sentence in plain English; mostly empty."""


def verdict_on(result: CheckResult, event: Event) -> CheckResult:
    """What is known after one more event of the session."""
    if result.verdict is not None:
        return result
    match event:
        case RegistrationChanged(_, status, expires, challenged):
            return replace(
                result,
                register_status=status,
                register_expires=expires,
                was_challenged=challenged,
            )
        case SubscriptionChanged(_, status, expires):
            result = replace(result, subscribe_status=status, subscribe_expires=expires)
            if result.register_expires is None:
                return replace(result, verdict=_refusal(result))
            return result
        case SessionChanged(SessionState.READY):
            return replace(result, verdict=Verdict.READY)
        case SessionChanged(SessionState.RETRYING, Trouble.CERTIFICATE, detail=detail):
            return replace(result, verdict=Verdict.CERTIFICATE, detail=detail)
        case SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER) | Stopped():
            return replace(result, verdict=Verdict.UNREACHABLE)
        case SessionChanged(SessionState.RETRYING) if result.register_expires is not None:
            return replace(result, verdict=_refusal(result))
        case SessionChanged(SessionState.REFUSED) | Refused():
            return replace(result, verdict=_refusal(result))
    return result


def _refusal(result: CheckResult) -> Verdict:
    is_unauthorized = result.register_status in (401, 407)
    return Verdict.UNAUTHORIZED if is_unauthorized else Verdict.FORBIDDEN


async def check(
    account: Account,
    password: str,
    *,
    timeout: float,  # noqa: ASYNC109 - the session must still leave politely when time is up
    on_progress: Callable[[CheckResult, Connection], None] | None = None,
) -> CheckResult:
    """Run one round and leave; the result has a verdict.

    `timeout` in seconds ends the round early as unreachable. `on_progress` is called after each
    step. Who cancels hears no more of it, while the session says good-bye.
    """
    result = CheckResult()
    decided = asyncio.Event()

    def on_event(event: Event) -> None:
        nonlocal result
        before, result = result, verdict_on(result, event)
        if on_progress is not None and result != before:
            on_progress(result, connection)
        if result.verdict is not None:
            decided.set()

    connection = Connection(account, password, on_event)
    connection.start()
    try:
        async with asyncio.timeout(timeout):
            await decided.wait()
    except TimeoutError:
        result = replace(result, verdict=Verdict.UNREACHABLE)
    except asyncio.CancelledError:
        on_progress = None
        raise
    finally:
        connection.stop()
    await connection.stopped()
    return replace(result, was_found=connection.local is not None)
