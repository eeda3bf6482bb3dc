"""Does this account work: one round, a verdict and a polite good-bye.

At a SPA9000 that is REGISTER and SUBSCRIBE, by a session as any other. Elsewhere nothing is
registered: it is a `survey` of what the phone does, and may be one of all there is to see. The
wizard's test page and `callctrl check` both run it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from callctrl.accounts import Account, PbxKind
from callctrl.calls import (
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
from callctrl.offers import Finding, Offer, Sight, Surveyed
from callctrl.surveying import find_offers

__all__ = ["CheckResult", "Verdict", "check", "verdict_on", "verdict_on_findings"]


class Verdict(Enum):
    """What became of the round."""

    READY = "ready"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    """TLS: its certificate is not to be trusted; the detail tells why."""
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """403, or any other refusal; the statuses tell."""
    UNREPORTED = "unreported"
    """Granted, and no report came."""

    @property
    def was_let_in(self) -> bool:
        """Whether the account was taken, so that other questions had a true answer."""
        return self not in (Verdict.UNREACHABLE, Verdict.CERTIFICATE, Verdict.UNAUTHORIZED)


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
    has_spoken: bool = True
    """False where the phone system takes the subscription, and has said nothing of the phone."""


def verdict_on_findings(findings: Surveyed) -> CheckResult:
    """What is known after one more step of a survey."""
    finding = findings.of.get(Sight.CALLS)
    result = CheckResult(
        was_challenged=findings.was_challenged,
        subscribe_status=finding.status if finding is not None else None,
        was_found=findings.was_found,
        detail=findings.untrusted,
        has_spoken=finding is None or finding.offer is not Offer.SILENT,
    )
    if finding is not None:
        return replace(result, verdict=_verdict_on(finding))
    if not findings.is_over:
        return result
    verdict = Verdict.CERTIFICATE if findings.untrusted else Verdict.UNREACHABLE
    return replace(result, verdict=verdict)


def _verdict_on(finding: Finding) -> Verdict:
    match finding.offer:
        case Offer.TOLD | Offer.SILENT:
            return Verdict.READY
        case Offer.UNREPORTED:
            return Verdict.UNREPORTED
        case Offer.REFUSED if finding.status in (401, 407):
            return Verdict.UNAUTHORIZED
        case Offer.REFUSED:
            return Verdict.FORBIDDEN
        case Offer.NO_ANSWER:
            return Verdict.UNREACHABLE


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
    on_progress: Callable[[CheckResult, str], None] = lambda result, local: None,
) -> CheckResult:
    """Run one round and leave; the result has a verdict.

    `timeout` in seconds ends the round early as unreachable. `on_progress` is called after each
    step with all that is known, and our IP address on the way, which is empty while there is no
    way. Who cancels hears no more of it, while the session says good-bye. Raises ValueError for
    the phone's own account.
    """
    if account.kind is PbxKind.SIP:
        findings = await find_offers(
            account,
            password,
            timeout=timeout,
            sights=(Sight.CALLS,),
            on_progress=lambda known: on_progress(verdict_on_findings(known), known.local),
        )
        return verdict_on_findings(findings)
    return await _check_session(account, password, timeout, on_progress)


async def _check_session(
    account: Account,
    password: str,
    timeout: float,  # noqa: ASYNC109 - as above
    on_progress: Callable[[CheckResult, str], None],
) -> CheckResult:
    result = CheckResult()
    decided = asyncio.Event()
    is_watched = True

    def on_event(event: Event) -> None:
        nonlocal result
        local = connection.local.host if connection.local is not None else ""
        before, result = result, replace(verdict_on(result, event), was_found=bool(local))
        if is_watched and result != before:
            on_progress(result, local)
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
        is_watched = False
        raise
    finally:
        connection.stop()
    await connection.stopped()
    return replace(result, was_found=connection.local is not None)
