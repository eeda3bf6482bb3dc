from __future__ import annotations

import encodings.aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.untrustedxml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    UntrustedXmlError,
    read_elements,
)

Element = tuple[str, dict[str, str], str]


def elements_in(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_elements: int = MAX_ELEMENTS
) -> list[Element]:
    found: list[Element] = []

    def on_element(name: str, attributes: dict[str, str], text: str) -> None:
        found.append((name, attributes, text))

    read_elements(data, on_element, max_bytes=max_bytes, max_elements=max_elements)
    return found


def test_elements_are_told_when_they_close() -> None:
    assert elements_in(b'<a x="1">one<b y="2">two</b>three<c/></a>') == [
        ("b", {"y": "2"}, "two"),
        ("c", {}, ""),
        ("a", {"x": "1"}, "onethree"),
    ]


def test_prefixes_are_left_out_and_entities_resolved() -> None:
    data = b'<s:a xmlns:s="urn:x"><s:b n="&lt;&#65;&amp;"/>&quot;</s:a>'
    assert [(name, text) for name, _, text in elements_in(data)] == [("b", ""), ("a", '"')]
    assert elements_in(data)[0][1] == {"n": "<A&"}


def test_comments_and_instructions_are_no_elements() -> None:
    data = b'<?xml version="1.0"?><!-- x --><a><?y z?><![CDATA[<b/>]]></a><!-- end -->'
    assert elements_in(data) == [("a", {}, "<b/>")]


def test_the_declared_encoding_counts_unless_it_is_overridden() -> None:
    data = '<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>'.encode("latin-1")
    assert elements_in(data) == [("a", {}, "ü")]
    found: list[str] = []
    read_elements("<a>ü</a>".encode("latin-1"), lambda *e: found.append(e[2]), encoding="latin-1")
    assert found == ["ü"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"a",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a x=1/>",
        b'<a x="1" x="2"/>',
        b"<a>&nbsp;</a>",
        b"<a>\0</a>",
        b"<a>\xff</a>",
        b"<a>&#0;</a>",
        b"\xff\xfe<\0a\0",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
    ],
)
def test_broken_xml_is_refused(data: bytes) -> None:
    with pytest.raises(UntrustedXmlError):
        elements_in(data)


@pytest.mark.parametrize("name", sorted(set(encodings.aliases.aliases.values())))
def test_a_declared_encoding_raises_nothing_else(name: str) -> None:
    """Expat asks Python for the codecs it does not know itself."""
    data = f'<?xml version="1.0" encoding="{name}"?><a>\\]x</a>'.encode()
    try:
        elements_in(data)
    except UntrustedXmlError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;&x;">]><a>&z;</a>',
        b'<!DOCTYPE a [<!ATTLIST a x CDATA "1">]><a/>',
    ],
)
def test_a_doctype_is_refused_before_anything_is_read(data: bytes) -> None:
    found: list[Element] = []
    with pytest.raises(UntrustedXmlError, match="DOCTYPE"):
        read_elements(data, lambda *element: found.append(element))
    assert found == []


def test_depth_is_limited() -> None:
    assert len(elements_in(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)) == MAX_DEPTH
    with pytest.raises(UntrustedXmlError, match="deeper"):
        elements_in(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1))
    with pytest.raises(UntrustedXmlError, match="deeper"):
        elements_in(b"<a>" * 20_000)


def test_the_number_of_elements_is_limited() -> None:
    def document(elements: int) -> bytes:
        return b"<a>" + b"<b/>" * (elements - 1) + b"</a>"

    assert len(elements_in(document(MAX_ELEMENTS))) == MAX_ELEMENTS
    with pytest.raises(UntrustedXmlError, match="elements"):
        elements_in(document(MAX_ELEMENTS + 1))
    assert len(elements_in(document(3), max_elements=3)) == 3
    with pytest.raises(UntrustedXmlError, match="elements"):
        elements_in(document(4), max_elements=3)


def test_the_size_is_limited() -> None:
    def document(size: int) -> bytes:
        return b"<a>" + b"x" * (size - 7) + b"</a>"

    ((_, _, text),) = elements_in(document(MAX_BYTES))
    assert len(text) == MAX_BYTES - 7
    with pytest.raises(UntrustedXmlError, match="bytes"):
        elements_in(document(MAX_BYTES + 1))
    assert elements_in(document(8), max_bytes=8)
    with pytest.raises(UntrustedXmlError, match="bytes"):
        elements_in(document(9), max_bytes=8)


def test_what_was_read_before_the_fault_has_been_told() -> None:
    found: list[Element] = []
    with pytest.raises(UntrustedXmlError):
        read_elements(b"<a><b/><c></a>", lambda *element: found.append(element))
    assert found == [("b", {}, "")]


pieces = st.sampled_from(
    [
        "<a>",
        "</a>",
        "<b/>",
        "<a x='1'",
        ">",
        "&amp;",
        "&#1;",
        "&",
        "<!--",
        "-->",
        "<?x ?>",
        "]]>",
        "<![CDATA[",
        "<!DOCTYPE a>",
        "ü",
        "\x00",
        "<?xml version='1.0' encoding='utf-7'?>",
        " ",
    ]
)


@given(st.binary(max_size=200) | st.lists(pieces, max_size=12).map("".join).map(str.encode))
def test_reading_raises_nothing_but_its_own_error(data: bytes) -> None:
    try:
        elements_in(data)
    except UntrustedXmlError:
        return
