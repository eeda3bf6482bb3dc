from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callctrl.numbers import Link, LinkError, LinkFault, is_link, read_link

READ = [
    # tel: (RFC 3966)
    ("tel:+1-212-555-0100;ext=7", "+12125550100", "7", "+1-212-555-0100"),
    ("tel:+12125550100", "+12125550100", "", "+12125550100"),
    ("TEL:+1.(212).555.0100", "+12125550100", "", "+1.(212).555.0100"),
    ("tel://+12125550100/", "+12125550100", "", "+12125550100"),
    ("<tel:200>", "200", "", "200"),
    ("  tel: 555 1234 ", "5551234", "", "555 1234"),
    ("tel:%2B1%20212%20555%200100", "+12125550100", "", "+1 212 555 0100"),
    ("tel:+49%C2%A030%E2%80%93123456", "+4930123456", "", "+49 30-123456"),
    ("tel:%E2%80%AA+12125550100%E2%80%AC", "+12125550100", "", "+12125550100"),
    ("tel:1234;phone-context=+1-212-555", "+12125551234", "", "+12125551234"),
    ("tel:1234;phone-context=%2B1-212-555;EXT=1-2", "+12125551234", "12", "+12125551234"),
    ("tel:1234;phone-context=example.com", "1234", "", "1234"),
    ("tel:+12125550100;phone-context=+44", "+12125550100", "", "+12125550100"),
    ("tel:+12125550100;isub=8;x;y=z", "+12125550100", "", "+12125550100"),
    ("tel:030/123456", "030123456", "", "030/123456"),
    ("tel:" + "5" * 64, "5" * 64, "", "5" * 64),
    # sip: and sips:
    ("sip:200@192.168.1.10", "200", "", "200"),
    ("sips:+12125550100@example.com;user=phone", "+12125550100", "", "+12125550100"),
    ("SIP://+1-212-555-0100@example.com:5061", "+12125550100", "", "+1-212-555-0100"),
    ("sip:+12125550100;ext=7@example.com", "+12125550100", "7", "+12125550100"),
    ("sip:200:secret@pbx", "200", "", "200"),
    ("sip:200@pbx;transport=tcp?subject=a%40b", "200", "", "200"),
    ("sip:200@[2001:db8::1]", "200", "", "200"),
    ("sip:%32%30%30@pbx", "200", "", "200"),
    ("sip:anna.lee@example.com", "anna.lee", "", "anna.lee"),
    ("sip:2nd-floor@example.com", "2nd-floor", "", "2nd-floor"),
    ("sip:2125550100", "2125550100", "", "2125550100"),
    ("sip:+12125550100;user=phone", "+12125550100", "", "+12125550100"),
    # callto:
    ("callto:+12125550100", "+12125550100", "", "+12125550100"),
    ("callto://555-1234?call", "5551234", "", "555-1234"),
]

REFUSED = {
    LinkFault.NO_LINK: [
        "",
        "555-1234",
        "http://example.com",
        "tell:200",
        "tel",
        "javascript:tel:200",
        "anna@example.com",
        "tel%3A200",
    ],
    LinkFault.EMPTY: [
        "tel:",
        "tel://",
        "tel:;ext=7",
        "tel:+",
        "tel:-.()",
        "<sip:>",
        "sip:pbx.example.com",
        "sip:192.168.1.10",
        "sip:@example.com",
        "callto:?call",
    ],
    LinkFault.TOO_LONG: [
        "tel:" + "5" * 65,
        "tel:+" + "5" * 64,
        "sip:" + "a" * 65 + "@pbx",
        "sip:200@" + "a" * 1024,
        "tel:200;phone-context=+" + "1" * 62,
    ],
    LinkFault.UNPRINTABLE: [
        "tel:555\n1234",
        "tel:200\n",
        "\rtel:200",
        "tel:200%0A",
        "tel:200%00",
        "tel:200;x=%0d",
        "sip:200@pbx%7F",
        "tel:200\x1b",
        "tel:200%C2%85",
        "tel:200%E2%80%A8",
    ],
    LinkFault.CODE: [
        "tel:*72",
        "tel:*725551234",
        "tel:*725551234",
        "tel:#31#5551234",
        "tel:%2372",
        "tel:%2A72",
        "tel:**21*5551234%23",
        "tel:555;ext=*72",
        "tel:72;phone-context=*",
        "sip:*72@pbx",
        "sip:%2a72@pbx",
        "callto:*72",
        "tel:555#top",
    ],
    LinkFault.NO_NUMBER: [
        "tel:anna",
        "tel:1-800-FLOWERS",
        "tel:555,,1234",
        "tel:555p1234",
        "tel:++49",
        "tel:1+1",
        "tel:%252372",
        "tel:%FF",
        "tel:555;ext=seven",
        "tel:555;ext=+7",
        "tel:555;ext=12345678901234567",
        "tel:1234;phone-context=+1x",
        "callto:anna",
        "sip:an na@pbx",
        "sip:zoë@pbx",
        "sip:\N{KELVIN SIGN}ay@pbx",
        "sip:anna&bob@pbx",
        "sip:a%40b@pbx",
    ],
}


@pytest.mark.parametrize(("text", "number", "extension", "shown"), READ)
def test_a_link_names_a_telephone(text: str, number: str, extension: str, shown: str) -> None:
    assert read_link(text) == Link(number, extension, shown)
    assert is_link(text)


@pytest.mark.parametrize(
    ("fault", "text"), [(fault, text) for fault, texts in REFUSED.items() for text in texts]
)
def test_a_link_that_is_more_than_that_is_refused(fault: LinkFault, text: str) -> None:
    with pytest.raises(LinkError) as refused:
        read_link(text)
    assert refused.value.fault is fault


@pytest.mark.parametrize("wide", ["\N{FULLWIDTH ASTERISK}", "\N{FULLWIDTH NUMBER SIGN}"])
def test_a_feature_code_in_disguise_is_refused(wide: str) -> None:
    for text in (f"tel:{wide}725551234", f"tel:{quote(wide)}725551234", f"sip:{wide}72@pbx"):
        with pytest.raises(LinkError) as refused:
            read_link(text)
        assert refused.value.fault is LinkFault.CODE


def test_a_refusal_is_a_sentence() -> None:
    with pytest.raises(LinkError, match=r"^The link holds \* or #\. .*by hand\.$"):
        read_link("tel:*72")
    assert all(fault.value.endswith(".") for fault in LinkFault)


@pytest.mark.parametrize("text", ["tel:", "Sip:x", "sips://", "callto:a", " <tel:200>", "tel:*72"])
def test_a_link_is_known_by_its_scheme(text: str) -> None:
    assert is_link(text)


@pytest.mark.parametrize(
    "text", ["", "tel", "telephone: 200", "200", "http:tel:1", ":tel", "x tel:2"]
)
def test_what_is_typed_is_no_link(text: str) -> None:
    assert not is_link(text)


link_like = st.builds(
    "{}:{}{}".format,
    st.sampled_from(["tel", "sip", "callto", "SIPS"]),
    st.sampled_from(["", "//", " "]),
    st.text(st.sampled_from("0123456789+-.()*#%;=@:?/<>aext2A3 \n") | st.characters(), max_size=90),
)


@given(link_like | st.text())
@example("sip:;@")
@example("tel:%")
def test_whatever_the_link_it_names_a_telephone_or_is_refused(text: str) -> None:
    try:
        link = read_link(text)
    except LinkError:
        return
    assert 0 < len(link.number) <= 64
    assert link.number.isascii()
    assert link.number.isprintable()
    assert not set(link.number + link.extension) & set("*# @%;,")
    assert link.shown.isprintable()
    assert link.extension == "" or link.extension.isdigit()


@given(st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True), st.sampled_from(["tel", "sip", "callto"]))
def test_a_number_survives_being_a_link(number: str, scheme: str) -> None:
    assert read_link(f"{scheme}:{quote(number)}").number == number
