"""The outcome of a check, in English sentences and in JSON."""

from __future__ import annotations

import json

from callctrl.accounts import Account, PbxKind, SipTransport
from callctrl.check import CheckResult, Verdict
from callctrl.places import place_from

__all__ = ["certificate_in_words", "check_as_json", "check_in_words", "explain"]


def check_as_json(account: Account, result: CheckResult, *, has_password: bool = True) -> str:
    """One object: each step's status, the verdict and its explanation.

    Where nothing is registered, as at any phone system but a SPA9000, `register` is null.
    """
    assert result.verdict is not None
    register = {
        "status": result.register_status,
        "challenged": result.was_challenged,
        "expires": result.register_expires,
    }
    return json.dumps(
        {
            "register": None if account.kind is PbxKind.SIP else register,
            "subscribe": {
                "status": result.subscribe_status,
                "expires": result.subscribe_expires,
            },
            "verdict": result.verdict.value,
            "explanation": explain(account, result, has_password=has_password),
        }
    )


def check_in_words(account: Account, result: CheckResult, *, has_password: bool = True) -> str:
    """A line a step, then the verdict in plain words."""
    verdict = explain(account, result, has_password=has_password)
    return "\n".join([*_steps_in_words(account, result), verdict])


def _steps_in_words(account: Account, result: CheckResult) -> list[str]:
    place = _place(account)
    if result.verdict is Verdict.CERTIFICATE:
        return [f"TLS        {place}: certificate not trusted"]
    asked = "asked for credentials" if result.was_challenged else "asked for no credentials"
    if account.kind is PbxKind.SIP:
        if result.subscribe_status is None:
            return [f"SUBSCRIBE  no answer from {place}"]
        who = f"{place} answers and {asked}"
        return [f"SUBSCRIBE  phone {account.station!r}: {who}: {result.subscribe_status}"]
    if result.register_status is None:
        return [f"REGISTER   no answer from {place}"]
    lines = [f"REGISTER   {place} answers and {asked}: {result.register_status}"]
    if result.register_expires is not None:
        lines[0] += f", registered for {result.register_expires:.0f} s"
    status = result.subscribe_status
    outcome = "no answer" if status is None else str(status)
    if result.subscribe_expires is not None:
        outcome += f", watching for {result.subscribe_expires:.0f} s"
    return [*lines, f"SUBSCRIBE  phone {account.station!r}: {outcome}"]


def _place(account: Account) -> str:
    """Where requests go first, as far as the account says."""
    if account.outbound_proxy:
        return f"the proxy {account.outbound_proxy}"
    return f"{account.pbx} port {account.port}" if account.port else account.pbx


_THROUGH = {SipTransport.TCP: "TCP through", SipTransport.TLS: "TLS through"}


def explain(account: Account, result: CheckResult, *, has_password: bool = True) -> str:
    """The verdict in plain words: what happened, then what to do."""
    is_sip = account.kind is PbxKind.SIP
    match result.verdict:
        case Verdict.READY if not result.has_spoken:
            return (
                f"Ready: the phone system watches the phone {account.station} for Call Ctrl, and "
                "has said nothing of it yet. Call it once to see."
            )
        case Verdict.READY if is_sip:
            ready = f"Ready: the phone system tells what the phone {account.station} does."
            others = " Colleagues were not asked for: `callctrl abilities` asks for the first."
            return ready + others if account.lamps else ready
        case Verdict.READY:
            return f"Ready: the phone {account.station} is under control."
        case Verdict.UNREACHABLE if not result.was_found:
            proxy = account.outbound_proxy
            host = place_from(proxy).host if proxy else account.pbx
            by = "" if account.transport is SipTransport.AUTO else f" by {account.transport.name}"
            return (
                f"No computer is called {host} here, or there is no way to it{by}. Check the "
                "spelling, or use the IP address."
            )
        case Verdict.UNREACHABLE if is_sip or result.register_status is None:
            through = _THROUGH.get(account.transport, "UDP through both ways")
            return (
                f"No answer from {_place(account)}. Is the address right, is the phone system "
                f"switched on, and does a firewall let {through}?"
            )
        case Verdict.UNREACHABLE:
            return (
                f"{account.pbx} took the registration but does not answer for the phone "
                f"{account.station}. Is that the phone's Station Name, and is the phone on?"
            )
        case Verdict.CERTIFICATE:
            return certificate_in_words(result.detail)
        case Verdict.UNAUTHORIZED if not has_password:
            return (
                "The phone system wants a password, and none was given. --password-stdin takes it "
                "from the first line of standard input."
            )
        case Verdict.UNREPORTED:
            return (
                f"{account.pbx} lets Call Ctrl watch the phone {account.station}, but no report "
                "comes. Does a firewall hold it back? With --transport tcp nothing has to come in."
            )
        case Verdict.UNAUTHORIZED if is_sip:
            return (
                f"The account {account.extension} was refused ({result.subscribe_status}): its "
                "user name or its password is wrong. They are those of Call Ctrl's own account at "
                "the phone system, not the phone's."
            )
        case Verdict.FORBIDDEN if is_sip:
            return _refusal_in_words(result.subscribe_status).format(
                user=account.extension, phone=account.station, status=result.subscribe_status
            )
        case Verdict.UNAUTHORIZED:
            return (
                f"Extension {account.extension} was refused ({result.register_status}): the user "
                "name or the password is wrong. On a SPA9000 the password is the Phone Ext "
                "Password (SIP, PBX Phone Parameters)."
            )
        case _ if result.register_expires is not None and result.subscribe_status == 403:
            return (
                "Registered, but watching the phone is forbidden (403). Look first at the phone's "
                "Info page: every extension in use should be Registered. Then at the Phone Ext "
                "Password, and reboot the phone."
            )
        case _:
            status = result.subscribe_status or result.register_status
            return (
                f"The phone system refuses (status {status}). Is the Station Name "
                f"{account.station!r} right, and CTI Enable set to yes on the phone?"
            )


_REFUSALS = {
    403: (
        "The account {user} may not watch the phone {phone} (403). The administrator lets it: its "
        "account must be allowed to subscribe, and to see that extension."
    ),
    404: (
        "The phone system has nothing to tell of an extension {phone} (404). Is that the phone's "
        "extension? Then the administrator lets it be watched: at Asterisk by a hint."
    ),
    489: (
        "The phone system does not tell what phones do (489), so Call Ctrl cannot show calls or "
        "lamps there. Ask whether that can be switched on: its name is “dialog event package”."
    ),
    200: (
        "The phone system took the order to watch the phone {phone}, and ended it at once. Ask the "
        "administrator whether {user} may watch that extension."
    ),
}


def _refusal_in_words(status: int | None) -> str:
    return _REFUSALS.get(
        status or 0,
        "The phone system refuses to tell what the phone {phone} does ({status}). Is that the "
        "phone's extension, and may {user} watch it?",
    )


def certificate_in_words(detail: str) -> str:
    """What is wrong with it, as far as that is known, and what an administrator does about it."""
    return " ".join(
        filter(None, ("The phone system's certificate is not to be trusted.", detail, _ADVICE))
    )


_ADVICE = (
    "If only its authority is unknown here, name its file with --ca-file or install it; otherwise "
    "have the certificate issued anew, or name the phone system as its certificate does."
)
