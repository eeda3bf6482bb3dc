"""What the settings wizard and the program tell each other, and the sentences made of it.

Plain data and pure functions; the screen itself is in `wizard`.
"""

# ruff: noqa: RUF001 — the sign before "SIP Parameters" leads through a menu

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Trouble
from callctrl.store.passwords import StoreProblem
from callctrl.ui.widgets import Outcome

__all__ = [
    "ExtensionFound",
    "FetchRequest",
    "Found",
    "Line",
    "Reading",
    "Secret",
    "StepResult",
    "TestStep",
    "lines_about",
    "step_line",
    "store_line",
]

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Secret:
    """A password; neither repr nor str nor a log line shows it."""

    text: str = field(default="", repr=False)


class Line(NamedTuple):
    """One row of a list: how it went, what it is, and quiet detail."""

    outcome: Outcome
    title: str
    detail: str = ""


# Reading the settings from the devices


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Please read what these devices' web pages tell; replaces any earlier request."""

    pbx: str
    """Host name or address of the SPA9000."""
    phone: str = ""
    """Host name or address of the phone, or empty when it is not known."""
    admin_password: Secret = Secret()
    """Of the web pages' user "admin"; empty where none is set."""


class Reading(Enum):
    """What came of reading one device's web page."""

    READ = "read"
    NOT_ASKED = "not asked"
    NO_ANSWER = "no answer"
    REFUSED = "refused"
    """It wants another admin password."""
    NOT_UNDERSTOOD = "not understood"
    """Something answers, but not as these devices do."""


@dataclass(frozen=True, slots=True)
class ExtensionFound:
    """One extension in use on the phone, as its web page has it."""

    index: int
    """From 1: Ext 1."""
    user_id: str
    registration: str
    """Its Registration State, e.g. "Registered" or "FailedAuthenticate"; empty where unknown."""


@dataclass(frozen=True, slots=True)
class Found:
    """What could be read, and what not."""

    pbx: Reading = Reading.NOT_ASKED
    phone: Reading = Reading.NOT_ASKED
    extension: str = ""
    """The User ID of the phone's Ext 1."""
    station: str = ""
    """The phone's Station Name."""
    phone_address: str = ""
    """The phone's address, as the phone itself has it."""
    model: str = ""
    """The phone's product name."""
    password: Secret | None = None
    """Phone Ext Password: None where it is masked, an empty one where nobody is asked."""
    cti_enabled: bool | None = None
    """CTI Enable on the phone; None where it could not be read."""
    extensions: tuple[ExtensionFound, ...] = ()


def lines_about(found: Found, request: FetchRequest) -> list[Line]:
    """What was read and what not, what that means and what to do about it."""
    return [
        *_about_pbx(found, request),
        *_about_phone(found, request),
        *_about_extensions(found.extensions),
    ]


def _about_pbx(found: Found, request: FetchRequest) -> Iterator[Line]:
    if found.pbx is not Reading.READ:
        yield from _not_read(found.pbx, translate("Wizard", "the SPA9000"), request.pbx)
    elif found.password is None:
        yield Line(
            Outcome.WARNED,
            translate("Wizard", "The SPA9000 does not show its password"),
            translate(
                "Wizard", "Phone Ext Password is masked on its web page: type it on the next page."
            ),
        )
    elif not found.password.text:
        yield Line(
            Outcome.PASSED,
            translate("Wizard", "The SPA9000 asks for no password"),
            translate("Wizard", "Its Phone Ext Password is empty, so yours stays empty, too."),
        )
    else:
        yield Line(
            Outcome.PASSED,
            translate("Wizard", "Password read from the SPA9000"),
            translate("Wizard", "Phone Ext Password (SIP › PBX Phone Parameters)."),
        )


def _about_phone(found: Found, request: FetchRequest) -> Iterator[Line]:
    if found.phone is not Reading.READ:
        if not request.phone:
            return
        yield from _not_read(found.phone, translate("Wizard", "the phone"), request.phone)
        return
    if found.extension:
        yield Line(
            Outcome.PASSED,
            translate("Wizard", "Extension {extension} read from the phone").format(
                extension=found.extension
            ),
            translate("Wizard", "User ID (Ext 1 › Subscriber Information)."),
        )
    else:
        yield Line(
            Outcome.WARNED,
            translate("Wizard", "The phone's Ext 1 has no User ID"),
            translate("Wizard", "Type the extension on the next page."),
        )
    if found.station:
        yield Line(
            Outcome.PASSED,
            translate("Wizard", "Station name {station} read from the phone").format(
                station=found.station
            ),
            translate("Wizard", "Station Name (Phone › General)."),
        )
    else:
        yield Line(
            Outcome.WARNED,
            translate("Wizard", "The phone has no Station Name"),
            translate(
                "Wizard",
                "Give it one on its web page (Phone › General): Call Ctrl knows it by that name.",
            ),
        )
    if found.cti_enabled is False:
        yield Line(
            Outcome.WARNED,
            translate("Wizard", "CTI Enable is off on the phone"),
            translate(
                "Wizard",
                "So the phone tells this PC nothing. Its web page has the switch "
                "(SIP › SIP Parameters).",
            ),
        )


def _not_read(reading: Reading, device: str, address: str) -> Iterator[Line]:
    match reading:
        case Reading.NO_ANSWER:
            yield Line(
                Outcome.FAILED,
                translate("Wizard", "No answer from {device}").format(device=device),
                translate(
                    "Wizard",
                    "Nothing came back from {address}. Check the address; or its web page may be "
                    "switched off, then type the settings on the next page.",
                ).format(address=address),
            )
        case Reading.REFUSED:
            yield Line(
                Outcome.FAILED,
                translate("Wizard", "Admin password refused by {device}").format(device=device),
                translate(
                    "Wizard",
                    "Type the one of its web page's user “admin” above and read again, "
                    "or type the settings on the next page.",
                ),
            )
        case Reading.NOT_UNDERSTOOD:
            yield Line(
                Outcome.FAILED,
                translate("Wizard", "No settings found at {address}").format(address=address),
                translate(
                    "Wizard",
                    "Something answers there, but not as {device} does. Check the address.",
                ).format(device=device),
            )


def _about_extensions(extensions: tuple[ExtensionFound, ...]) -> Iterator[Line]:
    """Warn of each extension in use that is not registered; a repeated one may be (KB50058)."""
    numbers: list[str] = []
    for each in extensions:
        is_repeated = each.user_id in numbers
        if not is_repeated:
            numbers.append(each.user_id)
        if not _is_fault(each, is_repeated):
            continue
        if _is_state(each, "FailedAuthenticate"):
            advice = translate(
                "Wizard",
                "Ext {index} shows “{state}”. Type the Phone Ext Password there "
                "(Ext {index} › Subscriber Information › Password).",
            )
            if each.index == 1:
                advice = translate(
                    "Wizard",
                    "Ext {index} shows “{state}”. Reboot the phone, so that it fetches the "
                    "Phone Ext Password again.",
                )
        else:
            advice = translate("Wizard", "Ext {index} shows “{state}” on the phone's Info page.")
        yield Line(
            Outcome.WARNED,
            translate("Wizard", "The phone's extension {extension} is not registered").format(
                extension=each.user_id
            ),
            advice.format(index=each.index, state=each.registration),
        )
    if len(numbers) > 1:
        yield Line(
            Outcome.SKIPPED,
            translate("Wizard", "The phone has several extensions"),
            translate(
                "Wizard",
                "Only Ext 1 gets the Phone Ext Password by itself; it has to be typed in at the "
                "others.",
            ),
        )


def _is_fault(extension: ExtensionFound, is_repeated: bool) -> bool:
    if _is_state(extension, "Not Registered"):
        return not is_repeated
    return not _is_state(extension, "Registered") and not _is_state(extension, "")


def _is_state(extension: ExtensionFound, state: str) -> bool:
    spelt = extension.registration.replace(" ", "").casefold()
    return spelt == state.replace(" ", "").casefold()


# The live test


class TestStep(Enum):
    """What is tried, in this order."""

    ANSWERS = "answers"
    CHALLENGE = "challenge"
    ACCEPTED = "accepted"
    REPORTS = "reports"

    __test__ = False  # no test class, whatever pytest thinks


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step of the test stands."""

    step: TestStep
    outcome: Outcome
    """SKIPPED at CHALLENGE: nobody is asked for a password."""
    detail: str = ""
    """A fact to show: this PC's address at ANSWERS, the realm at CHALLENGE.

    Where a certificate was refused, a sentence that says why.
    """
    ms: int | None = None
    """How long it took, in milliseconds."""
    trouble: Trouble | None = None
    """Why it failed."""
    status: int | None = None
    """The SIP status behind the failure, where there was one."""
    was_found: bool = True
    """False where the name of the phone system leads nowhere."""


def step_line(result: StepResult, account: Account) -> Line:
    """One step of the test in words; what failed says what to do."""
    if result.outcome is Outcome.FAILED:
        title, detail = _failure(result, account)
    else:
        title, detail = _step(result, account)
    system = _system(account)
    words = {
        "System": system[:1].upper() + system[1:],
        "system": system,
        "place": _place(account),
        "asked": account.outbound_proxy or account.pbx,
        "extension": account.extension,
        "station": account.station,
        "computer": account.computer,
        "detail": result.detail,
        "status": f" ({result.status})" if result.status else "",
    }
    return Line(result.outcome, title.format(**words), detail.format(**words))


def _place(account: Account) -> str:
    """Where requests go first, as far as the account says."""
    if account.outbound_proxy:
        text = translate("Wizard", "the proxy {proxy}")
    elif account.port:
        text = translate("Wizard", "{pbx} port {port}")
    else:
        return account.pbx
    return text.format(proxy=account.outbound_proxy, pbx=account.pbx, port=account.port)


def _system(account: Account) -> str:
    if account.kind is PbxKind.SPA9000:
        return translate("Wizard", "the SPA9000")
    return translate("Wizard", "the phone system")


def _step(result: StepResult, account: Account) -> tuple[str, str]:
    """Title and detail of a step that waits, runs or went well."""
    passed = result.outcome is Outcome.PASSED
    match result.step:
        case TestStep.ANSWERS:
            detail = ""
            if passed:
                detail = "{place}"
            if passed and result.detail:
                detail = translate("Wizard", "{place}, from this PC's {detail}")
            if account.kind is PbxKind.SPA9000:
                return translate("Wizard", "SPA9000 answers"), detail
            return translate("Wizard", "The phone system answers"), detail
        case TestStep.CHALLENGE:
            if result.outcome is Outcome.SKIPPED:
                return translate("Wizard", "It asks for no credentials"), ""
            detail = translate("Wizard", "realm {detail}") if passed and result.detail else ""
            return translate("Wizard", "It asks for credentials"), detail
        case TestStep.ACCEPTED if account.kind is PbxKind.SPA9000:
            return translate("Wizard", "Extension {extension} is accepted"), ""
        case TestStep.ACCEPTED:
            return translate("Wizard", "Account {extension} is accepted"), ""
        case TestStep.REPORTS if result.outcome is Outcome.WARNED:
            return (
                translate("Wizard", "Phone “{station}” is watched"),
                translate(
                    "Wizard",
                    "{System} agreed, and has said nothing of it yet. Call it once to see.",
                ),
            )
        case TestStep.REPORTS:
            return translate("Wizard", "Phone “{station}” reports its state"), ""


def _failure(result: StepResult, account: Account) -> tuple[str, str]:
    """Title and detail of a step that failed: what happened, then what to do."""
    is_spa = account.kind is PbxKind.SPA9000
    match result.step, result.trouble:
        case TestStep.ANSWERS, Trouble.CERTIFICATE:
            return (
                translate("Wizard", "The certificate of {asked} is not to be trusted"),
                translate(
                    "Wizard",
                    "{detail} If only its authority is unknown here, go back and name its file "
                    "under Advanced, or install it on this PC; otherwise have the certificate "
                    "issued anew.",
                ),
            )
        case TestStep.ANSWERS, _ if not result.was_found:
            return (
                translate("Wizard", "No way to {asked}"),
                translate(
                    "Wizard",
                    "No computer goes by that name here, or nothing leads to it. Check the "
                    "spelling, or type the IP address.",
                ),
            )
        case TestStep.ANSWERS, _:
            return (
                translate("Wizard", "No answer from {system}"),
                translate(
                    "Wizard",
                    "Nothing came back from {place}. Check the address, that it is "
                    "switched on, and that this PC's firewall lets Call Ctrl through.",
                ),
            )
        case TestStep.REPORTS, Trouble.FORBIDDEN if is_spa:
            return (
                translate("Wizard", "This PC may not follow phone “{station}”{status}"),
                translate(
                    "Wizard",
                    "Look first at the phone's Info page: is every extension in use “Registered”? "
                    "Then at the SPA9000's Phone Ext Password (SIP › PBX Phone Parameters), "
                    "and reboot the phone.",
                ),
            )
        case TestStep.REPORTS, Trouble.NO_ANSWER | None if is_spa:
            return (
                translate("Wizard", "Phone “{station}” stays silent"),
                translate(
                    "Wizard",
                    "Look at the phone's web page: CTI Enable (SIP › SIP Parameters) has to be "
                    "on, and Station Name (Phone › General) has to be “{station}”.",
                ),
            )
        case TestStep.REPORTS, None:
            return (
                translate("Wizard", "No report on phone “{station}” came"),
                translate(
                    "Wizard",
                    "{System} agreed to tell, and did not. Check that this PC's firewall lets Call "
                    "Ctrl through; over TCP nothing has to come in.",
                ),
            )
        case TestStep.REPORTS, Trouble.REJECTED if result.status == 489 and not is_spa:
            return (
                translate("Wizard", "{System} does not tell what phones do{status}"),
                translate(
                    "Wizard",
                    "So no calls can be shown. Ask the administrator whether it can be switched "
                    "on: it is called the event package “dialog”.",
                ),
            )
        case TestStep.REPORTS, Trouble.REJECTED if result.status in (404, 410, 480, 604):
            detail = translate(
                "Wizard",
                "{System} knows nothing of that extension. Check it, or ask the administrator to "
                "let it be watched.",
            )
            if is_spa:
                detail = translate(
                    "Wizard",
                    "Compare the Station Name on the phone's web page (Phone › General) with "
                    "the one typed here.",
                )
            return translate("Wizard", "Phone “{station}” was not found{status}"), detail
        case TestStep.REPORTS, Trouble.FORBIDDEN | Trouble.REJECTED if not is_spa:
            return (
                translate("Wizard", "This PC may not follow phone “{station}”{status}"),
                translate(
                    "Wizard",
                    "{System} does not let the account {extension} see what that phone does. The "
                    "administrator can allow it.",
                ),
            )
        case TestStep.REPORTS, _ if is_spa:
            return (
                translate("Wizard", "This PC may not follow phone “{station}”{status}"),
                translate(
                    "Wizard",
                    "{System} does not let this PC see what the phone does. Ask whoever looks "
                    "after it.",
                ),
            )
        case TestStep.ACCEPTED, Trouble.UNAUTHORIZED if is_spa:
            return (
                translate("Wizard", "Extension {extension} was refused{status}"),
                translate(
                    "Wizard",
                    "The password does not fit what the SPA9000 calls “Phone Ext Password” "
                    "(SIP › PBX Phone Parameters). Type it again, or read it there.",
                ),
            )
        case TestStep.ACCEPTED, Trouble.UNAUTHORIZED:
            return (
                translate("Wizard", "Account {extension} was refused{status}"),
                translate(
                    "Wizard",
                    "The user name or the password is wrong. Type both again, just as {system} "
                    "has them.",
                ),
            )
        case _, Trouble.NO_ANSWER:
            return (
                translate("Wizard", "{System} stopped answering"),
                translate("Wizard", "Test again; if it stays so, look at the network."),
            )
        case _:
            return (
                translate("Wizard", "{System} refused this PC{status}"),
                translate(
                    "Wizard",
                    "It does not take “{computer}” as a name, or does not let this PC register. "
                    "Ask whoever looks after it.",
                ),
            )


# Keeping the password


def store_line(problem: StoreProblem) -> Line:
    """Why the password could not be kept, and the two ways on."""
    match problem:
        case StoreProblem.LOCKED:
            title = translate("Wizard", "The password store is locked")
            detail = translate(
                "Wizard",
                "Unlock it and try again. Or keep the password for this session only: Call Ctrl "
                "then asks for it at the next start.",
            )
        case StoreProblem.NO_STORE:
            title = translate("Wizard", "No password store found")
            detail = translate(
                "Wizard",
                "This computer has none that keeps secrets. Keep the password for this session "
                "only: Call Ctrl then asks for it at the next start.",
            )
        case StoreProblem.REFUSED:
            title = translate("Wizard", "The password store refused")
            detail = translate(
                "Wizard",
                "It did not keep the password. Try again, or keep it for this session only: "
                "Call Ctrl then asks for it at the next start.",
            )
        case StoreProblem.TIMED_OUT:
            title = translate("Wizard", "The password store has not answered")
            detail = translate(
                "Wizard",
                "It may be waiting for you to unlock it. Try again, or keep the password for this "
                "session only: Call Ctrl then asks for it at the next start.",
            )
    return Line(Outcome.WARNED, title, detail)
