"""Many reports at once: the resources of a list, as RFC 4662 brings them in one body.

    multipart/related
      application/rlmi+xml            which resources there are, and how it stands with each
      application/dialog-info+xml     the report on one, found by its Content-ID
      …

The parts are cut out here, in one go over the body (RFC 2046 section 5.1.1, RFC 2387). The standard
library's reader of mail looks for parts within parts, and 50 KB of these keep it busy for a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from callctrl.eventpackages import UnreadableBodyError, read_xml, text_of, version_of
from callctrl.sip.headers import Parameters, parse_parameters

__all__ = ["Member", "ResourceList", "read_resource_list"]

_LONGEST_BOUNDARY = 70
"""RFC 2046 section 5.1.1."""
_MOST_PARTS = 2_000
_DEEPEST = 2
"""Lists in lists in a list; Asterisk may be told to nest them."""
_LONGEST_HEAD = 2_048
"""Bytes of a part's header fields."""
_PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})


class Member(NamedTuple):
    """One resource of a list, or one of its instances where it has several."""

    uri: str
    """As it stood in the list."""
    state: str = ""
    """Of its subscription: "active", "pending" or "terminated"; empty where it has none yet."""
    reason: str = ""
    """Why it is terminated, where that is told."""
    content_type: str = ""
    """Of its report, in lower case and without parameters; empty where there is none."""
    body: bytes = b""
    """Its report."""


@dataclass(frozen=True, slots=True)
class ResourceList:
    """One document with its reports."""

    uri: str
    """The list's own."""
    is_full: bool
    """Whether all resources are in it; else those that have changed."""
    version: int | None
    members: tuple[Member, ...]


def read_resource_list(content_type: str, body: bytes) -> ResourceList:
    """What a body of the type multipart/related says; `content_type` is the field's whole value.

    The members of a list in the list are told in its place. A report that cannot be found is left
    empty. Raises UnreadableBodyError where the body is no list.
    """
    return _read(content_type, body, _DEEPEST)


def _read(content_type: str, body: bytes, depth: int) -> ResourceList:
    parts = list(islice(_parts_of(content_type, body), _MOST_PARTS))
    start = _content_id(_parameters(content_type).get("start") or "")
    root = next(
        (part for part in parts if start and part.content_id == start),
        next((part for part in parts if part.type == "application/rlmi+xml"), None),
    )
    if root is None:
        raise UnreadableBodyError("expected a part of the type application/rlmi+xml")
    reports = {part.content_id: part for part in reversed(parts) if part.content_id}
    reader = _Reader(reports, depth)
    read_xml(root.body, reader.on_element)
    if reader.root is None:
        raise UnreadableBodyError("expected a <list> element")
    return ResourceList(
        uri=text_of(reader.root.get("uri", "")),
        is_full=reader.root.get("fullState", "").strip().lower() in ("true", "1"),
        version=version_of(reader.root.get("version", "")),
        members=tuple(reader.members),
    )


class _Reader:
    """Takes the elements of the first part, each when it closes."""

    def __init__(self, reports: dict[str, _Part], depth: int) -> None:
        self.root: dict[str, str] | None = None
        self.members: list[Member] = []
        self._reports = reports
        self._depth = depth
        self._instances: list[dict[str, str]] = []

    def on_element(self, name: str, attributes: dict[str, str], _text: str) -> None:
        match name:
            case "instance":
                self._instances.append(attributes)
            case "resource":
                uri = text_of(attributes.get("uri", ""))
                for instance in self._instances or [{}]:
                    self.members += self._members(uri, instance)
                self._instances = []
            case "list":
                self.root = attributes

    def _members(self, uri: str, instance: dict[str, str]) -> Iterable[Member]:
        # Taken away: a report that many claim would have to be read as often.
        part = self._reports.pop(_content_id(instance.get("cid", "")), _NO_PART)
        if part.type.startswith("multipart/") and self._depth:
            try:
                return _read(part.content_type, part.body, self._depth - 1).members
            except UnreadableBodyError:
                part = _NO_PART
        state = text_of(instance.get("state", "")).lower()
        return [Member(uri, state, text_of(instance.get("reason", "")), part.type, part.body)]


# Parts of a body


class _Part(NamedTuple):
    content_id: str = ""
    content_type: str = ""
    body: bytes = b""

    @property
    def type(self) -> str:
        """In lower case and without parameters."""
        return text_of(self.content_type.partition(";")[0]).lower()


_NO_PART = _Part()


def _parts_of(content_type: str, body: bytes) -> Iterator[_Part]:
    """Each part of a body; raises UnreadableBodyError where its type tells of none."""
    if not content_type.strip().lower().startswith("multipart/"):
        raise UnreadableBodyError(f"expected several parts, found {content_type[:80]!r}")
    boundary = (_parameters(content_type).get("boundary") or "").encode("utf-8", "replace")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise UnreadableBodyError(f"expected a boundary in {content_type[:80]!r}")
    return map(_part_of, _pieces(body, boundary))


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundaries; each of these is a line that begins with two hyphens.

    A last boundary may be missing: what is cut off is the report's own to notice.
    """
    delimiter = b"\n--" + boundary
    text = b"\n" + body
    begin: int | None = None
    found = text.find(delimiter)
    while found >= 0:
        line_end = text.find(b"\n", found + 1)
        line_end = len(text) if line_end < 0 else line_end
        behind = text[found + len(delimiter) : line_end].rstrip()
        if behind in (b"", b"--"):
            if begin is not None:
                yield text[begin:found].removesuffix(b"\r")
            if behind:
                return
            begin = line_end + 1
        found = text.find(delimiter, line_end)
    if begin is not None:
        yield text[begin:]


def _part_of(piece: bytes) -> _Part:
    """A part from its header fields, an empty line, and its body (RFC 2046 section 5.1)."""
    head, body = _split_at_empty_line(piece)
    fields: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    is_plain = fields.get("content-transfer-encoding", "").lower() in _PLAIN_ENCODINGS
    return _Part(
        _content_id(fields.get("content-id", "")),
        fields.get("content-type", ""),
        body if is_plain else b"",
    )


def _split_at_empty_line(piece: bytes) -> tuple[bytes, bytes]:
    for line_end in (b"\r\n", b"\n"):
        if piece.startswith(line_end):
            return b"", piece[len(line_end) :]
    head = piece[:_LONGEST_HEAD]
    found = [(head.find(blank), len(blank)) for blank in (b"\r\n\r\n", b"\n\n")]
    end, length = min(((at, length) for at, length in found if at >= 0), default=(len(piece), 0))
    return piece[:end], piece[end + length :]


def _content_id(text: str) -> str:
    """A Content-ID as both ends spell it: with angle brackets, or with a scheme (RFC 2392)."""
    return text.strip().removeprefix("cid:").strip("<>")


def _parameters(content_type: str) -> Parameters:
    return parse_parameters(content_type.partition(";")[2])
