"""XML from the network, read without trust: no DOCTYPE, and a limit to everything."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from xml.parsers import expat

__all__ = ["UntrustedXmlError", "encoding_of", "read_elements"]

MAX_BYTES = 65_536
MAX_DEPTH = 32
MAX_ELEMENTS = 2_000


class UntrustedXmlError(Exception):
    """The document is broken, too large, or has a DOCTYPE."""


def read_elements(
    data: bytes,
    on_element: Callable[[str, dict[str, str], str], None],
    *,
    encoding: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_elements: int = MAX_ELEMENTS,
) -> None:
    """Call `on_element(name, attributes, text)` for each element when it closes, in that order.

    Names come without namespace prefix. `encoding` overrides what the document declares. Raises
    UntrustedXmlError; what was read before the fault has been handed over by then.
    """
    if len(data) > max_bytes:
        raise UntrustedXmlError(f"{len(data)} bytes of XML are over {max_bytes}")
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    open_elements: list[tuple[str, dict[str, str], list[str]]] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > max_elements:
            raise UntrustedXmlError(f"more than {max_elements} elements")
        if len(open_elements) >= MAX_DEPTH:
            raise UntrustedXmlError(f"elements nested deeper than {MAX_DEPTH}")
        open_elements.append((name.rpartition(":")[2], attributes, []))

    def text(piece: str) -> None:
        if open_elements:
            open_elements[-1][2].append(piece)

    def end(_name: str) -> None:
        name, attributes, pieces = open_elements.pop()
        on_element(name, attributes, "".join(pieces))

    def refuse(*_: object) -> None:
        raise UntrustedXmlError("a DOCTYPE is not accepted")

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UntrustedXmlError(f"broken XML: {error}") from error
    except (LookupError, ValueError) as error:  # an encoding Python does not know
        raise UntrustedXmlError(f"unreadable XML: {error}") from error


def encoding_of(data: bytes) -> str | None:
    """ISO-8859-1 where the document is neither UTF-8 nor UTF-16, else None: what it declares.

    That is the phones' default character set (protocol.md E20), which they do not declare.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "iso-8859-1"
    return None
