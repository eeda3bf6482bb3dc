"""The calls of a phone, as the event package `dialog` reports them (RFC 4235).

Each call is a dialog: the phone began it (initiator) or was called (recipient). What servers make
of this differs: kamailio tells every call with its other end, Asterisk one made-up dialog for each
extension that often has nothing but a state. So all of a dialog but its identifier is optional.

A full document says all there is, a partial one what has changed. `DialogTable` adds them up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from callctrl.eventpackages import UnreadableBodyError, number_of, read_xml, text_of, version_of

__all__ = [
    "DialogDirection",
    "DialogElement",
    "DialogInfo",
    "DialogState",
    "DialogTable",
    "read_dialog_info",
]

_MOST_DIALOGS = 256
"""Calls of one phone that are kept."""


class DialogState(Enum):
    """How far a call has come (RFC 4235 section 3.7.1)."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    EARLY = "early"
    """It rings at the called one."""
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class DialogDirection(Enum):
    """Who began a call, seen from the phone that is watched."""

    INITIATOR = "initiator"
    RECIPIENT = "recipient"


_STATES = {state.value: state for state in DialogState}
_DIRECTIONS = {direction.value: direction for direction in DialogDirection}


class DialogElement(NamedTuple):
    """One call in a document."""

    id: str
    """The server's name for it, the same in all documents of a subscription."""
    state: DialogState | None
    """None in a word that is not the RFC's."""
    direction: DialogDirection | None = None
    call_id: str = ""
    local_tag: str = ""
    """The tag of the phone that is watched."""
    remote_tag: str = ""
    number: str = ""
    """The number or user name of the other party."""
    name: str = ""
    """The display name of the other party."""
    is_held: bool = False
    """Whether the watched phone plays nothing of it (RFC 4235 section 4.1.6)."""


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """One document."""

    entity: str
    """The URI of the phone that is watched, as it stood."""
    version: int | None
    is_full: bool
    dialogs: tuple[DialogElement, ...]


def read_dialog_info(body: bytes) -> DialogInfo:
    """What a body of the type application/dialog-info+xml says.

    Raises UnreadableBodyError where it is no such document.
    """
    reader = _Reader()
    read_xml(body, reader.on_element)
    root = reader.root
    if root is None:
        raise UnreadableBodyError("expected a <dialog-info> element")
    return DialogInfo(
        entity=text_of(root.get("entity", "")),
        version=version_of(root.get("version", "")),
        is_full=root.get("state", "").strip().lower() != "partial",
        dialogs=tuple(reader.dialogs),
    )


class DialogTable:
    """The calls of one subscription, as its documents add up (RFC 4235 section 4.3)."""

    __slots__ = ("_dialogs", "_is_asked", "_is_begun", "_version")

    def __init__(self) -> None:
        self._dialogs: dict[str, DialogElement] = {}
        self._version: int | None = None
        """The version of the last document that had one."""
        self._is_begun = False
        self._is_asked = False
        """Whether a full document was asked for, and none has come since."""

    @property
    def dialogs(self) -> tuple[DialogElement, ...]:
        """The calls that go on, those first that were heard of first."""
        return tuple(self._dialogs.values())

    def apply(self, info: DialogInfo) -> bool:
        """Add a document; False where one before it is missing, so a full one is to be asked for.

        A refresh of the subscription asks for it. False is told once until it comes: a server that
        answers by another partial document has no full one to give.

        What is older than the last document does not get here, since the requests that bring them
        are counted (RFC 3261 section 12.2.2): a version that is lower begins a new count.
        """
        last, version = self._version, info.version
        if info.is_full:
            self._dialogs.clear()
            self._is_asked = is_missing = False
        elif last is not None and version is not None:
            is_missing = not last <= version <= last + 1
        else:
            is_missing = not self._is_begun
        self._is_begun = True
        self._version = version if version is not None else last
        self._add(info.dialogs)
        is_to_be_asked = is_missing and not self._is_asked
        self._is_asked |= is_missing
        return not is_to_be_asked

    def clear(self) -> None:
        """Forget everything: another subscription begins."""
        self._dialogs.clear()
        self._version = None
        self._is_begun = self._is_asked = False

    def _add(self, dialogs: Iterable[DialogElement]) -> None:
        for each in dialogs:
            if each.state is DialogState.TERMINATED:
                self._dialogs.pop(each.id, None)
            elif each.id in self._dialogs or len(self._dialogs) < _MOST_DIALOGS:
                self._dialogs[each.id] = each


class _Reader:
    """Takes the elements of one document, each when it closes, so a dialog after what is in it."""

    def __init__(self) -> None:
        self.root: dict[str, str] | None = None
        self.dialogs: list[DialogElement] = []
        self._begin_dialog()

    def _begin_dialog(self) -> None:
        self._state = self._number = self._name = ""
        self._is_held = False
        self._begin_party()

    def _begin_party(self) -> None:
        self._identity = self._display = ""
        self._is_silent = False

    def on_element(self, name: str, attributes: dict[str, str], text: str) -> None:
        match name:
            case "state":
                self._state = text
            case "identity":
                self._identity, self._display = text, attributes.get("display", "")
            case "param":
                self._is_silent |= _says_not_rendering(attributes)
            case "local":
                self._is_held = self._is_silent
                self._begin_party()
            case "remote":
                self._number, self._name = number_of(self._identity), text_of(self._display)
                self._begin_party()
            case "dialog":
                self._end_dialog(attributes)
            case "dialog-info":
                self.root = attributes

    def _end_dialog(self, attributes: dict[str, str]) -> None:
        call_id = text_of(attributes.get("call-id", ""))
        self.dialogs.append(
            DialogElement(
                text_of(attributes.get("id", "")) or call_id,
                _STATES.get(self._state.strip().lower()),
                _DIRECTIONS.get(attributes.get("direction", "").strip().lower()),
                call_id,
                text_of(attributes.get("local-tag", "")),
                text_of(attributes.get("remote-tag", "")),
                self._number,
                self._name,
                self._is_held,
            )
        )
        self._begin_dialog()


def _says_not_rendering(attributes: dict[str, str]) -> bool:
    """Whether a parameter of a target says that nothing is played there (RFC 4235 section 4.1.6).

    The value's name is `pval` in the RFC, and `pvalue` as FreeSWITCH writes it.
    """
    name = attributes.get("pname", "").strip().lower().removeprefix("+")
    value = attributes.get("pval") or attributes.get("pvalue") or ""
    return name == "sip.rendering" and value.strip().lower() == "no"
