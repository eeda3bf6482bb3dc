"""vCards as they are found, and as we write them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.people import Number, NumberKind, Person
from callctrl.store import peoplefile, vcard
from callctrl.store.peoplefile import Fault, Problem, Read, Unreadable, UnreadableFile
from callctrl.store.vcard import read_cards, write_cards
from callctrl.texts import one_line, several_lines

CARDS = Path(__file__).parents[1] / "data" / "vcards"

WORK, HOME, MOBILE = NumberKind.WORK, NumberKind.HOME, NumberKind.MOBILE
FAX, OTHER, EXTENSION = NumberKind.FAX, NumberKind.OTHER, NumberKind.EXTENSION


def anna(
    number: str,
    kind: NumberKind = WORK,
    *more: Number,
    company: str = "",
    email: str = "",
    note: str = "",
) -> Person:
    return Person("Anna Lee", (Number(number, kind), *more), company, email, note)


EXPECTED = {
    "quoted-printable-utf-8": [Person("Jörg Müller", (Number("0170 5550100", MOBILE),))],
    "quoted-printable-latin-1": [
        Person("Zoé Lefèvre", (Number("01 99 00 11 22", WORK),), "Café du Port")
    ],
    "quoted-printable-soft-breaks": [
        anna(
            "555 0101",
            HOME,
            note="Ask for the gate code END:of the yard is 12;\n"
            "second line, folded at its very end",
        )
    ],
    "base64-photo-with-blank-line": [anna("555 0102")],
    "fold-inside-a-character": [
        Person(
            "Dvořák & Söhne, Büro für Übersetzungen und Schönschreiben Größtadt",
            (Number("555 0103", WORK),),
        )
    ],
    "raw-latin-1": [Person("Begoña Núñez", (Number("91 555 01 04", HOME),))],
    "byte-order-mark": [Person("Łucja Łukasiewicz", (Number("505 550 105", MOBILE),))],
    "utf-16": [Person("Ελένη Παπαδόπουλος", (Number("21 0555 0106", WORK),))],
    "tel-uri-with-ext-and-pref": [
        anna(
            "+1-212-555-0100 ext. 107",
            WORK,
            Number("+1-212-555-0107", MOBILE),
            Number("+1-212-555-0199", HOME),
            email="anna@example.com",
        )
    ],
    "group-without-n": [Person("Night shift", (Number("555 0108", WORK),))],
    "fn-missing": [
        Person("Dr. Anna Mae Lee jr.", (Number("555 0109", WORK),)),
        Person("Yard; Gate & Co.", (Number("555 0110", WORK),)),
    ],
    "apple-groups": [
        anna(
            "555 0111",
            OTHER,
            Number("555 0112", MOBILE),
            company="Example Ltd.",
            email="anna@example.com",
        )
    ],
    "junk-lines": [anna("555 0113")],
    "lower-case": [anna("555 0114", MOBILE, email="anna@example.com")],
    "truncated": [
        anna("555 0115"),
        Person("Bob Ray", (Number("555 0116", WORK),), note="cut off"),
        Person("Cleo May", (Number("555 01", MOBILE),)),
    ],
    "nested-agent": [anna("555 0117"), Person("Dana Fox", (Number("555 0119", OTHER),))],
    "colon-in-quotes": [anna("555 0121", FAX, note='Left "for good: in May\nBack in June')],
    "nul-character": [anna("555 0122")],
}
PROBLEMS = {
    "junk-lines": [
        Problem(1, Fault.NOT_UNDERSTOOD),
        Problem(6, Fault.NOT_UNDERSTOOD),
        Problem(7, Fault.NOT_UNDERSTOOD),
        Problem(8, Fault.NOT_UNDERSTOOD),
        Problem(12, Fault.NOT_UNDERSTOOD),
    ],
    "truncated": [
        Problem(1, Fault.UNFINISHED),
        Problem(6, Fault.UNFINISHED),
        Problem(11, Fault.UNFINISHED),
    ],
}


def card(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""]).encode()


def only(data: bytes) -> Person:
    (person,) = read_cards(data).people
    return person


# Odd cards


@pytest.mark.parametrize("name", EXPECTED)
def test_an_odd_card_is_read(name: str) -> None:
    read = read_cards((CARDS / f"{name}.vcf").read_bytes())

    assert read.people == EXPECTED[name]
    assert read.problems == PROBLEMS.get(name, [])
    assert read.problem_count == len(read.problems)


def test_every_odd_card_is_expected_and_described() -> None:
    files = {path.stem for path in CARDS.glob("*.vcf")}
    assert files == set(EXPECTED)
    readme = (CARDS / "README.md").read_text()
    assert [name for name in files if f"| {name}.vcf |" not in readme] == []


def test_all_odd_cards_after_each_other_cost_nothing_more() -> None:
    names = [name for name in EXPECTED if name not in ("utf-16", "byte-order-mark", "truncated")]
    data = b"\r\n".join((CARDS / f"{name}.vcf").read_bytes() for name in names)

    assert read_cards(data).people == [person for name in names for person in EXPECTED[name]]


def test_tolerate_utf_16_also_without_a_byte_order_mark() -> None:
    data = card("FN:Zoé", "TEL:12")
    for encoding in ("utf-16-le", "utf-16-be"):
        recoded = data.decode().encode(encoding)
        assert vcard._tolerate_utf_16(recoded) == data
        assert only(recoded) == Person("Zoé", (Number("12", OTHER),))


def test_tolerate_bare_value() -> None:
    assert vcard._tolerate_bare_value("CELL") == "TYPE"
    assert vcard._tolerate_bare_value(" QUOTED-PRINTABLE") == "ENCODING"
    assert only(card("FN;QUOTED-PRINTABLE:A=42", "TEL;HOME;FAX:12")).numbers[0].kind is FAX


def test_lines_may_end_as_on_an_old_mac() -> None:
    assert only(card("FN:Anna", "TEL:12").replace(b"\r\n", b"\r")).name == "Anna"


@pytest.mark.parametrize("charset", ["utf-99", "idna", "hex", "unicode_escape", "iso-8859-99", ""])
def test_a_character_set_that_is_none_is_taken_for_utf_8(charset: str) -> None:
    assert only(card(f"FN;CHARSET={charset}:Zoé\\\\x41")).name == "Zoé\\x41"


def test_what_is_neither_the_declared_set_nor_utf_8_is_read_as_windows_writes() -> None:
    data = b"BEGIN:VCARD\nFN;CHARSET=UTF-8:Zo\xe9 \x80\x81\nEND:VCARD\n"
    assert only(data).name == "Zoé €\ufffd"


# Properties


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        (";TYPE=WORK,VOICE", WORK),
        (";TYPE=home;TYPE=fax", FAX),
        (";type=CELL;type=WORK", MOBILE),
        (";TYPE=IPHONE", MOBILE),
        (";TYPE=PAGER,WORK", OTHER),
        (";TYPE=MAIN", WORK),
        (";TYPE=X-EXTENSION", EXTENSION),
        (";HOME", HOME),
        (";VOICE", OTHER),
        ("", OTHER),
    ],
)
def test_the_kind_of_a_number(parameters: str, kind: NumberKind) -> None:
    assert only(card("FN:Anna", f"TEL{parameters}:12")).numbers == (Number("12", kind),)


def test_the_preferred_number_and_address_come_first_and_the_rest_stays_in_order() -> None:
    person = only(
        card(
            *("FN:Anna", "TEL:1", "TEL:2", "TEL;TYPE=pref:3", "TEL;PREF=7:4", "TEL;PREF=x:5"),
            *("EMAIL:a@example.com", "EMAIL;TYPE=INTERNET,PREF:mailto:b@example.com"),
        )
    )
    assert [number.text for number in person.numbers] == ["3", "4", "1", "2", "5"]
    assert person.email == "b@example.com"


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("tel:+49-30-1234", "+49-30-1234"),
        ("TEL:0301234;phone-context=+49", "0301234"),
        ("tel:+49301234;EXT=5;isub=1", "+49301234 ext. 5"),
        ("tel:%2B49301234", "+49301234"),
        ("+49 (0)30 12\\;34", "+49 (0)30 12;34"),
    ],
)
def test_a_number_is_shown_as_one_writes_it(uri: str, text: str) -> None:
    assert only(card("FN:Anna", f"TEL;VALUE=uri:{uri}")).numbers[0].text == text


def test_what_has_no_digit_is_no_number_and_none_comes_twice() -> None:
    person = only(card("FN:Anna", "TEL:n/a", "TEL:", "TEL:12", "TEL:12", "TEL;HOME:12"))
    assert person.numbers == (Number("12", OTHER), Number("12", HOME))


def test_escapes_are_undone_once() -> None:
    person = only(card("FN:A\\, B\\; C\\\\n\\:\\D", "NOTE:one\\ntwo\\Nthree\\\\n"))
    assert person.name == "A, B; C\\n:\\D"
    assert person.note == "one\ntwo\nthree\\n"


def test_a_name_is_put_together_of_its_parts() -> None:
    assert only(card("N:van\\; Berg;Anna,Mae;;Prof.,Dr.;")).name == "Prof. Dr. Anna Mae van; Berg"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["ORG:Example;Sales", "EMAIL:a@example.com", "TEL:12"], "Example"),
        (["EMAIL:a@example.com", "TEL:12"], "a@example.com"),
        (["FN: ", "TEL:12"], "12"),
    ],
)
def test_who_has_no_name_goes_by_something_else(lines: list[str], name: str) -> None:
    assert only(card(*lines)).name == name


def test_a_card_of_nobody_costs_that_card() -> None:
    read = read_cards(card("NOTE:lost") + card("FN:Anna"))
    assert [person.name for person in read.people] == ["Anna"]
    assert read.problems == [Problem(1, Fault.NOBODY)]


def test_notes_are_joined_and_other_texts_are_one_clean_line() -> None:
    person = only(
        card("FN: Anna\\n \x07Lee\u00a0\u202e ", "TEL:\u202a+49\u00a012\u202c", "NOTE:a", "NOTE:b ")
    )
    assert person == Person("Anna Lee", (Number("+49 12", OTHER),), note="a\nb")


def test_text_in_base64_is_not_guessed_at() -> None:
    read = read_cards(card("FN:Anna", "NOTE;ENCODING=B:QW5uYQ=="))
    assert read.people == [Person("Anna")]
    assert read.problems == [Problem(4, Fault.NOT_UNDERSTOOD)]


# Limits


def test_a_file_that_holds_no_card_is_none() -> None:
    for data, why in [
        (b"", Unreadable.EMPTY),
        (b"\xef\xbb\xbf\r\n\r\n", Unreadable.EMPTY),
        (b"Name,Phone\nAnna,12\n", Unreadable.NO_CARDS),
        (b"END:VCARD\n", Unreadable.NO_CARDS),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", Unreadable.NO_CARDS),
    ]:
        with pytest.raises(UnreadableFile) as raised:
            read_cards(data)
        assert raised.value.why is why


def test_a_file_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peoplefile, "FILE_LIMIT", 50)
    with pytest.raises(UnreadableFile) as raised:
        read_cards(card("FN:Anna Lee Anna Lee Anna Lee Anna Lee"))
    assert raised.value.why is Unreadable.TOO_LARGE


def test_people_beyond_the_limit_are_left_out_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peoplefile, "PEOPLE_LIMIT", 2)
    read = read_cards(card("FN:A") + card() + card("FN:C"))
    assert [person.name for person in read.people] == ["A"]
    assert read.problems == [Problem(5, Fault.NOBODY), Problem(8, Fault.TOO_MUCH)]


def test_lines_beyond_the_limit_are_left_out_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcard, "LINE_LIMIT", 5)
    read = read_cards(card("FN:A") + card("FN:B"))
    assert [person.name for person in read.people] == ["A"]
    assert Problem(6, Fault.TOO_MUCH) in read.problems


def test_problems_beyond_the_first_hundred_are_counted() -> None:
    read = read_cards(card("FN:Anna", *["junk"] * 250))
    assert read.problem_count == 250
    assert len(read.problems) == 100


@pytest.mark.parametrize("fold", ["", "\r\n "])
def test_a_property_too_long_costs_that_property(fold: str) -> None:
    long = fold.join(["x" * 1000] * 70)
    read = read_cards(card("FN:Anna", f"NOTE:{long}", "TEL:12"))
    assert read.people == [Person("Anna", (Number("12", OTHER),))]
    assert read.problems == [Problem(4, Fault.TOO_LONG)]


def memory_for(data: bytes) -> int:
    """Bytes that reading takes at most, beside the file itself."""
    tracemalloc.start()
    try:
        read_cards(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value", [b";ENCODING=QUOTED-PRINTABLE:" + b"aaaaaaa=\n" * 100_000, b":" + b"a\n " * 250_000]
)
def test_a_property_without_end_is_not_gathered(value: bytes) -> None:
    data = b"BEGIN:VCARD\nFN:Anna\nNOTE" + value + b"\nEND:VCARD"
    assert memory_for(data) < len(data) / 2


def test_a_name_without_end_takes_little_more_memory_than_its_line() -> None:
    data = b"BEGIN:VCARD\nFN:Anna\n" + b"a." * 500_000 + b"\nEND:VCARD\n"
    assert memory_for(data) < len(data) * 8


def test_a_card_with_ever_more_numbers_keeps_some() -> None:
    read = read_cards(card("FN:Anna", *(f"TEL:{number}" for number in range(3000))))
    assert [number.text for number in read.people[0].numbers] == [str(each) for each in range(50)]


def test_of_a_card_without_end_the_beginning_is_read() -> None:
    read = read_cards(card(*["NOTE:x"] * 1000, "FN:Anna", "TEL:12"))
    assert (read.people, read.problems) == ([], [Problem(1, Fault.NOBODY)])


# Never crashing

pieces = st.sampled_from(
    [
        *(b"BEGIN:VCARD\r\n", b"END:VCARD\r\n", b"AGENT:\n", b"FN:Anna\n", b"TEL;CELL:12\n"),
        *(b"N:Lee;Anna", b"NOTE;ENCODING=QUOTED-PRINTABLE:=E4=\n", b"PHOTO;BASE64:AAAA\n"),
        *(b'FN;X="a:b;', b'"', b":", b";", b"=", b"\\", b"\r", b"\n", b" ", b"\n ", b"\0"),
        *(b"TEL;VALUE=uri:tel:+1;ext=", b"item1.", b"CHARSET=", b"\xff\xfe", b"\xc3", b"\xe4"),
        *(path.read_bytes() for path in sorted(CARDS.glob("*.vcf"))),
    ]
)


@given(st.binary(max_size=300) | st.lists(pieces, max_size=12).map(b"".join))
def test_whatever_a_file_holds_people_come_out_clean_or_it_is_unreadable(data: bytes) -> None:
    try:
        read = read_cards(data)
    except UnreadableFile:
        return
    assert read.problem_count >= len(read.problems)
    for person in read.people:
        assert person.name
        assert person.note == several_lines(person.note)
        for text in (person.name, person.company, person.email, *_texts(person)):
            assert text == one_line(text)


def _texts(person: Person) -> list[str]:
    return [number.text for number in person.numbers]


# Writing

words = st.text(
    st.characters(exclude_categories=["C"], include_characters="\u200d") | st.sampled_from("\\;,:=")
).map(one_line)
numbers = st.builds(
    Number,
    st.from_regex(r"\+?[0-9]{1,5}([ ,;/()\-][0-9*#]{1,9}){0,3}", fullmatch=True),
    st.sampled_from(NumberKind),
)
persons = st.builds(
    Person,
    name=words.filter(bool),
    numbers=st.lists(numbers, unique=True, max_size=4).map(tuple),
    company=words,
    email=words.filter(lambda text: not text.startswith("mailto:")),
    note=st.lists(words, max_size=4).map("\n".join).map(several_lines),
)


@given(st.lists(persons, min_size=1, max_size=4))
def test_what_is_written_is_read_back(people: list[Person]) -> None:
    assert read_cards(write_cards(people)) == Read(people, [], 0)


@given(persons)
def test_no_line_is_longer_than_75_bytes_and_no_character_is_torn(person: Person) -> None:
    lines = write_cards([person]).split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) <= 75
        line.decode()
        assert b"\n" not in line


def test_a_card_as_written() -> None:
    person = Person(
        "Anna Lee",
        (Number("+1 212 5550100", WORK), Number("107", EXTENSION)),
        "Lee, Ray & Co.",
        "anna@example.com",
        "Gate code 12;\nask twice",
        favourite=3,
        id=7,
    )
    assert write_cards([person]).decode().splitlines() == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:Anna Lee;;;;",
        "FN:Anna Lee",
        "ORG:Lee\\, Ray & Co.",
        "TEL;TYPE=WORK,VOICE,PREF:+1 212 5550100",
        "TEL;TYPE=WORK,X-EXTENSION:107",
        "EMAIL;TYPE=INTERNET:anna@example.com",
        "NOTE:Gate code 12\\;\\nask twice",
        "END:VCARD",
    ]


def test_nobody_is_an_empty_file() -> None:
    assert write_cards([]) == b""


def test_texts_that_are_not_clean_cannot_break_the_file() -> None:
    person = Person("Anna\r\nEND:VCARD", (Number("1\n2"),), note="a\r\nEND:VCARD\ud800")
    assert only(write_cards([person])) == Person(
        "Anna END:VCARD", (Number("1 2"),), note="a\nEND:VCARD"
    )
