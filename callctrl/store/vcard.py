"""vCards: reads versions 2.1, 3.0 and 4.0 as they are found, writes 3.0.

The order in which a card is undone decides whether it is read right: lines are joined as bytes,
since some writers fold inside a character; quoted-printable lines continue by a "=" at their end,
before any folding counts; only then come parameters, character set and escapes. Of the properties
RFC 2426 and RFC 6350 know, a few are wanted; a photo is passed over without being looked at.
"""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from callctrl.people import Number, NumberKind, Person
from callctrl.store.peoplefile import (
    LINE_LIMIT,
    Fault,
    Findings,
    Read,
    Unreadable,
    UnreadableFile,
    check_size,
    make_person,
)
from callctrl.texts import one_line, several_lines

__all__ = ["read_cards", "write_cards"]

_WANTED = {"BEGIN", "END", "AGENT", "FN", "N", "ORG", "TEL", "EMAIL", "NOTE"}
_PROPERTY_LIMIT = 64 * 2**10
"""Bytes of one property."""
_NAME_LIMIT = 200
"""Bytes in which its name must end, the group included; a search further on costs memory."""
_PROPERTIES_LIMIT = 1000
"""How many properties of one card are looked at."""


def read_cards(data: bytes) -> Read:
    """Everybody in a file of cards; raises UnreadableFile and nothing else."""
    check_size(data)
    found = Findings()
    card: _Card | None = None
    depth = 0  # in cards within the card
    opens_agent = is_any = False
    for each in _properties(_tolerate_utf_16(data), found):
        opens_agent, opened_agent = each.name == "AGENT" and each.is_empty(), opens_agent
        if each.name == "BEGIN" and each.is_card():
            if card is not None and opened_agent:
                depth += 1
                continue
            if card is not None:
                card.finish(found, is_whole=False)
            if found.is_full:
                found.complain(each.line, Fault.TOO_MUCH)
                return found.result()
            card, depth, is_any = _Card(each.line), 0, True
        elif each.name == "END" and each.is_card():
            if depth:
                depth -= 1
            elif card is not None:
                card.finish(found)
                card = None
        elif card is not None and not depth:
            card.take(each, found)
    if card is not None:
        card.finish(found, is_whole=False)
    if not is_any:
        raise UnreadableFile(Unreadable.NO_CARDS)
    return found.result()


def write_cards(people: Iterable[Person]) -> bytes:
    """Everybody as a card of version 3.0, with all that `read_cards` takes back."""
    return b"".join(_fold(line) for person in people for line in _card_lines(person))


# Lines


@dataclass(slots=True)
class _Property:
    """One property on the way to being whole."""

    line: int
    """Where it begins."""
    name: str
    """In capitals and without its group; empty for what is no property."""
    is_quoted: bool
    """Whether it is quoted-printable: "=" at a line's end carries it on."""
    is_base64: bool
    """Some writers neither indent what follows nor do without empty lines."""
    data: bytearray
    """As far as it is there and wanted."""
    last: bytes
    """The line that came last."""

    @classmethod
    def begun(cls, number: int, name: str, line: bytes) -> _Property:
        """A property by its first line."""
        head = line.partition(b":")[0].upper()
        return cls(
            number,
            name,
            is_quoted=b"QUOTED-PRINTABLE" in head,
            is_base64=b"BASE64" in head or b"ENCODING=B" in head,
            data=bytearray(line),
            last=line,
        )

    def goes_on(self, line: bytes) -> bool:
        """Whether the line belongs to it."""
        if line.startswith((b" ", b"\t")):
            return True
        if self._is_carried_on():
            return not _EDGE.match(line)  # a card cut off in the middle must not take the next
        return self.is_base64 and b":" not in line  # which base64 has not

    def extend(self, line: bytes) -> None:
        """Take one more line; of a property too long, or that nobody wants, nothing is kept."""
        is_carried_on, self.last = self._is_carried_on(), line
        if self.name not in _WANTED or len(self.data) > _PROPERTY_LIMIT:
            return
        if is_carried_on:
            del self.data[-1:]
            self.data += line
        else:
            self.data += line[1:]

    def _is_carried_on(self) -> bool:
        return self.is_quoted and self.last.endswith(b"=")

    def is_card(self) -> bool:
        """Whether what begins or ends here is a card."""
        return self.data.partition(b":")[2].strip().upper() == b"VCARD"

    def is_empty(self) -> bool:
        """Whether nothing stands behind the colon."""
        return not self.data.partition(b":")[2].strip()


_EDGE = re.compile(rb"(?:BEGIN|END)\s*:\s*VCARD", re.IGNORECASE)
_NAME = re.compile(rb"(?:[\w-]+\.)*([\w-]+)\s*[;:]")


def _properties(data: bytes, found: Findings) -> Iterator[_Property]:
    """Each property that is wanted, unfolded."""
    held: _Property | None = None
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # as old Macs end a line
    for number, raw in enumerate(io.BytesIO(data), 1):
        if number > LINE_LIMIT:
            found.complain(number, Fault.TOO_MUCH)
            break
        line = raw.rstrip(b"\r\n")
        if held is not None and held.goes_on(line):
            held.extend(line)
            continue
        if held is not None and held.name in _WANTED:
            yield held
        held = None
        if line.strip(b" \t\0"):
            match = _NAME.match(line, 0, _NAME_LIMIT)
            if match is None:
                found.complain(number, Fault.NOT_UNDERSTOOD)
            name = match[1].decode("latin-1").upper() if match else ""
            held = _Property.begun(number, name, line)
    if held is not None and held.name in _WANTED:
        yield held


def _tolerate_utf_16(data: bytes) -> bytes:
    """The file in UTF-8, without a byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    for encoding in ("utf-16-le", "utf-16-be"):
        if data[:10].upper() == "BEGIN".encode(encoding):
            return data.decode(encoding, "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


# Values


@dataclass(slots=True)
class _Card:
    """One card on the way to being a person."""

    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    """Of FN, N, ORG and NOTE, with N and ORG already put into words."""
    taken: int = 0
    """How many properties were looked at."""
    numbers: list[tuple[int, Number]] = field(default_factory=list)
    """Each with its rank; the lowest is preferred."""
    emails: list[tuple[int, str]] = field(default_factory=list)

    def take(self, each: _Property, found: Findings) -> None:
        """Take what one property says."""
        self.taken += 1
        if self.taken > _PROPERTIES_LIMIT:
            return
        if len(each.data) > _PROPERTY_LIMIT:
            found.complain(each.line, Fault.TOO_LONG)
            return
        head, value = _cut(bytes(each.data))
        parameters = _parameters(head)
        text = _decode(value, parameters)
        if text is None:
            found.complain(each.line, Fault.NOT_UNDERSTOOD)
            return
        rank = _rank(parameters)
        match each.name:
            case "TEL":
                self.numbers.append((rank, Number(_number(text), _kind(parameters))))
            case "EMAIL":
                self.emails.append((rank, _unescape(text).strip().removeprefix("mailto:")))
            case "FN" | "NOTE":
                self._keep(each.name, _unescape(text))
            case "N":
                self._keep("N", _name_in_words(text))
            case "ORG":
                self._keep("ORG", next(filter(str.strip, _components(text)), ""))

    def finish(self, found: Findings, *, is_whole: bool = True) -> None:
        """Make a person of it."""
        if not is_whole:
            found.complain(self.line, Fault.UNFINISHED)
        self.numbers.sort(key=lambda ranked: ranked[0])
        self.emails.sort(key=lambda ranked: ranked[0])
        person = make_person(
            self._first("FN") or self._first("N"),
            [number for _, number in self.numbers],
            company=self._first("ORG"),
            email=next((email for _, email in self.emails if email), ""),
            note="\n".join(self.values.get("NOTE", [])),
        )
        found.add(self.line, person)

    def _keep(self, name: str, text: str) -> None:
        if text.strip():
            self.values.setdefault(name, []).append(text)

    def _first(self, name: str) -> str:
        return next(iter(self.values.get(name, [])), "")


def _cut(data: bytes) -> tuple[str, bytes]:
    """Name with parameters, and value: at the first colon that is in no quotes."""
    head, _, value = data.partition(b":")
    if b'"' in head:
        quoted = False
        for index, byte in enumerate(data):
            quoted ^= byte == ord('"')
            if byte == ord(":") and not quoted:
                head, value = data[:index], data[index + 1 :]
                break
    return head.decode("utf-8", "replace"), value


_Parameters = dict[str, list[str]]
"""By name, both in capitals."""


def _parameters(head: str) -> _Parameters:
    """The parameters of a property."""
    parameters: _Parameters = {}
    for part in _outside_quotes(head.upper())[1:]:
        name, equals, values = part.partition("=")
        if not equals:
            name, values = _tolerate_bare_value(name), name
        parameters.setdefault(name.strip(), []).extend(value.strip() for value in values.split(","))
    return parameters


def _outside_quotes(text: str) -> list[str]:
    """The text at its semicolons, but for those in quotes; the quotes go."""
    parts = [""]
    for index, piece in enumerate(text.split('"')):
        first, *more = [piece] if index % 2 else piece.split(";")
        parts[-1] += first
        parts += more
    return parts


def _tolerate_bare_value(value: str) -> str:
    """The name of the parameter that version 2.1 lets a writer leave out."""
    return "ENCODING" if value.strip() in ("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT") else "TYPE"


_CHARSET = re.compile(
    r"UTF-?8|US-ASCII|ISO-8859-[0-9]{1,2}|WINDOWS-125[0-8]|KOI8-[RU]|BIG5|GBK|GB2312|GB18030"
    r"|SHIFT_JIS|EUC-JP|EUC-KR|ISO-2022-JP"
)
"""Those worth believing; Python knows codecs that are slow, or no character sets at all."""


def _decode(value: bytes, parameters: _Parameters) -> str | None:
    """The value as text; None where it is none."""
    encodings = parameters.get("ENCODING", [])
    if "QUOTED-PRINTABLE" in encodings:
        value = binascii.a2b_qp(value)
    elif "BASE64" in encodings or "B" in encodings:
        return None
    declared = [name for name in parameters.get("CHARSET", []) if _CHARSET.fullmatch(name)]
    for charset in (*declared, "utf-8"):
        try:
            return value.decode(charset).replace("\0", "")
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("cp1252", "replace").replace("\0", "")


_ESCAPE = re.compile(r"\\([nN,;:\\])")
_ESCAPE_OR_EDGE = re.compile(r"\\([nN,;:\\])|([;,])")


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _components(text: str, comma: str = ",") -> list[str]:
    """The text at its semicolons, unescaped; a bare comma becomes `comma`."""

    def plain(match: re.Match[str]) -> str:
        escaped, edge = match.groups()
        if edge is not None:
            return "\0" if edge == ";" else comma  # a value has no NUL by now
        return "\n" if escaped in "nN" else str(escaped)

    return _ESCAPE_OR_EDGE.sub(plain, text).split("\0")


def _name_in_words(text: str) -> str:
    """N as one speaks it: prefix, given, more given, family, suffix."""
    family, given, more, prefix, suffix = (_components(text, " ") + [""] * 5)[:5]
    return " ".join((prefix, given, more, family, suffix))


def _number(text: str) -> str:
    """A number as one writes it, be it a URI (RFC 3966) or not."""
    text = _unescape(text).strip()
    if text[:4].lower() != "tel:":
        return text
    number, *parameters = text[4:].split(";")
    extension = next((part[4:] for part in parameters if part[:4].lower() == "ext="), "")
    return unquote(f"{number} ext. {extension}" if extension else number)


_KINDS = {
    "X-EXTENSION": NumberKind.EXTENSION,
    "FAX": NumberKind.FAX,
    "CELL": NumberKind.MOBILE,
    "MOBILE": NumberKind.MOBILE,
    "IPHONE": NumberKind.MOBILE,
    "PAGER": NumberKind.OTHER,
    "HOME": NumberKind.HOME,
    "WORK": NumberKind.WORK,
    "MAIN": NumberKind.WORK,
}
"""By TYPE. The first that is there counts: a fax at home is a fax."""


def _kind(parameters: _Parameters) -> NumberKind:
    types = parameters.get("TYPE", [])
    return next((kind for name, kind in _KINDS.items() if name in types), NumberKind.OTHER)


def _rank(parameters: _Parameters) -> int:
    """1 to 100 as PREF of version 4.0 says, 1 for TYPE=pref of the others, else 101."""
    for value in parameters.get("PREF", []):
        if re.fullmatch("[0-9]{1,3}", value):
            return int(value)
    return 1 if "PREF" in parameters.get("TYPE", []) else 101


# Writing

_TYPES = {
    NumberKind.WORK: "WORK,VOICE",
    NumberKind.EXTENSION: "WORK,X-EXTENSION",
    NumberKind.MOBILE: "CELL",
    NumberKind.HOME: "HOME,VOICE",
    NumberKind.FAX: "WORK,FAX",
    NumberKind.OTHER: "VOICE",
}


def _card_lines(person: Person) -> Iterator[str]:
    name = _escape(one_line(person.name))
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"N:{name};;;;"  # must be there; where a name comes apart nobody can know
    yield f"FN:{name}"
    if person.company:
        yield f"ORG:{_escape(one_line(person.company))}"
    for index, number in enumerate(person.numbers):
        preferred = ",PREF" if index == 0 and len(person.numbers) > 1 else ""
        yield f"TEL;TYPE={_TYPES[number.kind]}{preferred}:{_escape(one_line(number.text))}"
    if person.email:
        yield f"EMAIL;TYPE=INTERNET:{_escape(one_line(person.email))}"
    if person.note:
        yield f"NOTE:{_escape(several_lines(person.note))}"
    yield "END:VCARD"


def _escape(text: str) -> str:
    return re.sub(r"[\\,;]", r"\\\g<0>", text).replace("\n", r"\n")


def _fold(line: str) -> bytes:
    """The line in UTF-8, no more than 75 bytes at a time and no character torn (RFC 6350 3.2)."""
    rest, pieces = line.encode("utf-8", "replace"), []
    room = 75
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        pieces.append(rest[:end])
        rest, room = rest[end:], 74
    return b"\r\n ".join([*pieces, rest]) + b"\r\n"
