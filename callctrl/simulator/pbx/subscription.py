"""Somebody who watches an extension or a list, and the NOTIFYs it gets (RFC 6665)."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from random import Random

from callctrl.simulator.pbx.config import Style
from callctrl.simulator.pbx.documents import Document, Member, document, list_document
from callctrl.simulator.pbx.office import Office
from callctrl.simulator.subscription import hex_token
from callctrl.sip.headers import NameAddr
from callctrl.sip.packets import Address

__all__ = ["Notice", "Subscription"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a subscriber."""

    document: Document
    end: str = ""
    """Why the subscription ends with it; empty where it goes on."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription, known by its Call-ID and From tag.

    Notices go out one after another, each when the one before it was answered or given up.
    """

    key: tuple[str, str]
    user: str
    package: str
    name: str
    """The extension, or the list."""
    members: tuple[str, ...]
    """The extensions on the list; empty for a single extension."""
    subscriber: NameAddr
    """The From of the SUBSCRIBE."""
    tag: str
    cseq: int
    """Of the last NOTIFY."""
    target: str
    """Where NOTIFYs are addressed to: the Contact."""
    remote: Address
    remote_cseq: int = 0
    """Of the last SUBSCRIBE."""
    expires_at: float = 0.0
    waiting: deque[Notice] = field(default_factory=deque)
    is_notifying: bool = False
    version: int = 0
    """Of the next document."""
    gathered_until: float = math.inf
    """When what was gathered for a list goes out."""
    _told: dict[str, Document] = field(default_factory=dict)
    """By extension, what was told last, as of version 0."""
    _versions: dict[str, int] = field(default_factory=dict)
    """By extension, the version of the next document about it."""
    _gathered: list[str] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        """Whether it watches a list."""
        return bool(self.members)

    def concerns(self, number: str) -> bool:
        """Whether it has to be told of changes of an extension."""
        return number in self.members if self.is_list else number == self.name

    def tell_all(self, office: Office, random: Random) -> None:
        """Queue the whole state, as after each SUBSCRIBE (RFC 6665 section 4.2.1.4)."""
        if self.is_list:
            self._tell_members(list(self.members), office, random, is_full=True)
        else:
            self.waiting.append(Notice(self._next_document(self.name, office)))

    def tell(self, number: str, office: Office, random: Random, now: float) -> None:
        """Queue what is new about an extension, if anything is."""
        if self._content(number, office) == self._told.get(number):
            return
        config = office.config
        if not self.is_list:
            notice = Notice(self._next_document(number, office))
            is_twice = config.style is Style.KAMAILIO and config.tells_twice
            self.waiting.extend([notice] * (2 if is_twice and self.package == "dialog" else 1))
        elif config.list_batch:
            self._told[number] = self._content(number, office)
            self._gathered.append(number)
            self.gathered_until = min(self.gathered_until, now + config.list_batch)
        else:
            self._tell_members([number], office, random, is_full=False)

    def tell_gathered(self, office: Office, random: Random) -> None:
        """Queue what was gathered for the list."""
        self.gathered_until = math.inf
        numbers, self._gathered = list(dict.fromkeys(self._gathered)), []
        self._tell_members(numbers, office, random, is_full=False)

    def end(self, reason: str, office: Office) -> None:
        """Queue the last notice, with the state as it is (RFC 6665 section 4.2.1.4)."""
        last = Document("", b"") if self.is_list else self._next_document(self.name, office)
        self.waiting.append(Notice(last, reason))

    def resume(self) -> None:
        """After a restart: what was under way is lost, and a list is counted anew."""
        self.waiting.clear()
        self._gathered.clear()
        self.is_notifying, self.gathered_until = False, math.inf
        if self.is_list:
            self.version = 0

    def _tell_members(
        self, numbers: list[str], office: Office, random: Random, *, is_full: bool
    ) -> None:
        members = [
            Member(number, self._next_document(number, office) if number in office.phones else None)
            for number in numbers
        ]
        body = list_document(
            self.name,
            members,
            office.config,
            self.version,
            is_full=is_full,
            boundary=hex_token(random, 8),
        )
        self.version += 1
        self.waiting.append(Notice(body))

    def _next_document(self, number: str, office: Office) -> Document:
        if number not in office.phones:
            return Document("", b"")  # a server that takes any name has nothing to tell of it
        self._told[number] = self._content(number, office)
        version = self._versions.get(number, 0)
        self._versions[number] = version + 1
        return document(self.package, office.phones[number], office.config, version)

    def _content(self, number: str, office: Office) -> Document:
        return document(self.package, office.phones[number], office.config, 0)
