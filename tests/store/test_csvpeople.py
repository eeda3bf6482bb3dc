"""People in CSV files, as other programs write them and as we do."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.people import Number, NumberKind, Person
from callctrl.store import csvpeople, peoplefile
from callctrl.store.csvpeople import (
    Mapping,
    Meaning,
    guess_mapping,
    preview,
    read_people,
    sniff,
    write_people,
)
from callctrl.store.peoplefile import Fault, Problem, Read, Unreadable, UnreadableFile
from callctrl.texts import one_line, several_lines

WORK, HOME, MOBILE = NumberKind.WORK, NumberKind.HOME, NumberKind.MOBILE
FAX, OTHER, EXTENSION = NumberKind.FAX, NumberKind.OTHER, NumberKind.EXTENSION


def read(data: bytes) -> Read:
    """As somebody reads who changes nothing."""
    sheet = sniff(data)
    return read_people(data, sheet, guess_mapping(sheet))


# What a file looks like


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found(encoding: str, found: str) -> None:
    data = "Name,Phone\r\nZoé Müller,12\r\n".encode(encoding)
    assert sniff(data).encoding == found
    assert read(data).people == [Person("Zoé Müller", (Number("12"),))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [["Name", "Company", "Phone"], ["Lee, Anna", "a;b|c", "12"], ["Bob", "", "13"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)

    sheet = sniff(stream.getvalue().encode())

    assert sheet.delimiter == delimiter
    assert sheet.columns == 3
    assert sheet.row_count == 3
    assert [list(row) for row in sheet.rows] == rows


def test_commas_in_all_names_do_not_hide_a_semicolon() -> None:
    assert sniff(b"Lee, Anna;12\nRay, Bob;13\n").delimiter == ";"


def test_a_file_may_say_what_its_delimiter_is() -> None:
    data = b"sep=|\nName|Phone\nAnna, of; old|12\n"
    assert sniff(data).delimiter == "|"
    assert read(data).people == [Person("Anna, of; old", (Number("12"),))]


def test_a_single_column_is_a_table_too() -> None:
    sheet = sniff(b"Anna\n\nBob\n")
    assert (sheet.delimiter, sheet.columns, sheet.row_count) == (",", 1, 2)
    assert sheet.rows == (("Anna",), ("Bob",))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    data = end.join(["Name,Phone", "Anna,12", "", "Bob,13"]).encode()
    assert sniff(data).row_count == 3
    assert [person.name for person in read(data).people] == ["Anna", "Bob"]


def test_a_preview_needs_the_first_rows_only() -> None:
    data = b"Name,Phone\n" + b"".join(b"P%d,%d\n" % (row, row) for row in range(100, 200))
    sheet = sniff(data)
    assert sheet.row_count == 101
    assert len(sheet.rows) == 21
    people = preview(sheet, guess_mapping(sheet))
    assert people == read(data).people[:20]


def test_rows_of_a_preview_are_as_long_as_the_table() -> None:
    sheet = sniff(b"Name,Phone\nAnna\nBob,13,x,y\n")
    assert sheet.rows == (("Name", "Phone"), ("Anna", ""), ("Bob", "13"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Unreadable.EMPTY),
        (b" \r\n\r\n", Unreadable.EMPTY),
        (b",,,\n,,,\n", Unreadable.EMPTY),
        (b"PK\x03\x04rest", Unreadable.SPREADSHEET),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Unreadable.SPREADSHEET),
        (b"%PDF-1.7\n", Unreadable.SPREADSHEET),
    ],
)
def test_what_is_no_table_says_why(data: bytes, why: Unreadable) -> None:
    with pytest.raises(UnreadableFile) as raised:
        sniff(data)
    assert raised.value.why is why


def test_a_file_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"Name,Phone\nAnna,12\n"
    sheet = sniff(data)
    monkeypatch.setattr(peoplefile, "FILE_LIMIT", 10)
    for attempt in (lambda: sniff(data), lambda: read_people(data, sheet, guess_mapping(sheet))):
        with pytest.raises(UnreadableFile) as raised:
            attempt()
        assert raised.value.why is Unreadable.TOO_LARGE


# Rows


def test_the_list_of_another_receptionist_program_has_no_headings() -> None:
    """SCMP writes first name, surname and number (A.6)."""
    assert read(b"Anna,Lee,0301234\r\nBob,Ray,207\r\n").people == [
        Person("Anna Lee", (Number("0301234"),)),
        Person("Bob Ray", (Number("207"),)),
    ]


def test_several_numbers_keep_the_order_of_their_columns() -> None:
    data = b"Name,Mobile,Work phone,Home phone,Fax,Extension\nAnna,1,2,3,4,5\nBob,,2,,,\n"
    assert read(data).people == [
        Person(
            "Anna",
            (
                *(Number("1", MOBILE), Number("2", WORK), Number("3", HOME)),
                *(Number("4", FAX), Number("5", EXTENSION)),
            ),
        ),
        Person("Bob", (Number("2", WORK),)),
    ]


def test_google_says_the_kind_in_a_column_of_its_own_and_joins_values() -> None:
    data = (
        b"First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,"
        b"Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        b"Anna,Lee,* Work,a@x.org ::: b@x.org,* Mobile,1 ::: 2,Work Fax,3\n"
        b"Bob,Ray,,,,4,Front desk,5\n"
    )
    assert read(data).people == [
        Person(
            "Anna Lee",
            (Number("1", MOBILE), Number("2", MOBILE), Number("3", FAX)),
            email="a@x.org",
        ),
        Person("Bob Ray", (Number("4", WORK), Number("5", OTHER))),
    ]


def test_a_whole_name_wins_over_its_parts_where_it_is_there() -> None:
    data = b"Name,Given Name,Family Name,Phone\nDr. Anna Lee,Anna,Lee,12\n,Bob,Ray,13\n"
    assert [person.name for person in read(data).people] == ["Dr. Anna Lee", "Bob Ray"]


def test_the_first_address_counts_and_notes_are_joined() -> None:
    data = b"Name,Email,Email 2,Notes,Comment\nAnna,,a@x.org,one,two\n"
    assert read(data).people == [Person("Anna", email="a@x.org", note="one\ntwo")]


def test_a_mapping_decides_what_is_read() -> None:
    data = b"Anna,12\nBob,13\n"
    sheet = sniff(data)
    swapped = Mapping((Meaning.NOTE, Meaning.NAME), has_header=True)
    assert read_people(data, sheet, swapped).people == [Person("13", note="Bob")]
    assert preview(sheet, swapped) == [Person("13", note="Bob")]


def test_a_note_may_have_lines_and_the_next_row_knows_its_own() -> None:
    data = b'Name,Phone,Notes\r\nAnna,12,"one\r\n""two"""\r\n,,\r\n,,lost\r\n'
    result = read(data)
    assert result.people == [Person("Anna", (Number("12"),), note='one\n"two"')]
    assert result.problems == [Problem(5, Fault.NOBODY)]


def test_short_rows_are_read_and_long_ones_told_of() -> None:
    result = read(b"Name,Company,Phone\nAnna\nBob,,13,,\nCleo,,14,x\n")
    assert [person.name for person in result.people] == ["Anna", "Bob", "Cleo"]
    assert result.problems == [Problem(4, Fault.EXTRA_CELLS)]


def test_a_number_a_spreadsheet_has_spoilt_is_not_dialled() -> None:
    result = read(b"Name;Phone;Mobile\nAnna;4,93012E+11;12\nBob;0301;E+1\n")
    assert result.people == [
        Person("Anna", (Number("12", MOBILE),)),
        Person("Bob", (Number("0301"), Number("E+1", MOBILE))),
    ]
    assert result.problems == [Problem(2, Fault.SPOILT_NUMBER)]


def test_tolerate_text_formula() -> None:
    assert csvpeople._tolerate_text_formula('="0301234"') == "0301234"
    assert csvpeople._tolerate_text_formula('="') == '="'
    assert read(b'Name,Phone\nAnna,="0301234"\n').people[0].numbers == (Number("0301234"),)


def test_tolerate_quotes() -> None:
    assert csvpeople._tolerate_quotes('"Anna "Annie" Lee",12', ",") == ['Anna Annie" Lee"', "12"]
    result = read(b'Name,Phone\n"Anna "Annie" Lee",12\n5" Bob,13\n')
    assert [person.numbers[0].text for person in result.people] == ["12", "13"]
    assert result.problem_count == 0


@pytest.mark.parametrize("following", [b"", b"Bob,13\n", b'"Bob","13"\n', b'Bob,"1""3"\n'])
def test_a_quote_left_open_costs_its_line(following: bytes) -> None:
    result = read(b'Name,Phone\n"Anna,12\n' + following)
    assert [person.name for person in result.people] == ["Bob"] * bool(following)
    assert result.problems == [Problem(2, Fault.QUOTE_LEFT_OPEN)]


def test_a_quote_left_open_long_before_the_end_costs_its_line() -> None:
    data = b'Name,Phone\n"Anna,12\n' + b"".join(b"P%d,12\n" % row for row in range(5000))
    result = read(data)
    assert len(result.people) == 5000
    assert result.problems == [Problem(2, Fault.QUOTE_LEFT_OPEN)]


def test_ever_more_quotes_left_open_end_the_reading() -> None:
    result = read(b"Name,Phone\nAnna,12\n" + b'a","b\n' * 5000 + b"Bob,13\n")
    assert [person.name for person in result.people] == ["Anna"]
    assert result.problem_count == 101
    assert result.problems[-1] == Problem(102, Fault.QUOTE_LEFT_OPEN)


def test_a_line_too_long_costs_its_line() -> None:
    long = b"x" * 2**20
    result = read(b"Name,Phone\nAnna,12\n" + long + b",13\nBob," + long + b'\n"Cleo\n')
    assert [person.name for person in result.people] == ["Anna"]
    assert result.problems == [
        Problem(3, Fault.TOO_LONG),
        Problem(4, Fault.TOO_LONG),
        Problem(5, Fault.QUOTE_LEFT_OPEN),
    ]


def test_a_cell_of_many_lines_is_read_up_to_a_thousand() -> None:
    def note(lines: int) -> bytes:
        return b'Name,Notes\nAnna,"' + b"\n".join([b"x"] * lines) + b'"\n'

    assert read(note(1000)).people[0].note.count("\n") == 999
    assert Problem(2, Fault.QUOTE_LEFT_OPEN) in read(note(1001)).problems


def test_nul_and_other_control_characters_go() -> None:
    assert read(b"Name,Phone\nAn\0na\x07\x1fLee,\x0012\0\n").people == [
        Person("Anna Lee", (Number("12"),))
    ]


def test_a_table_is_cut_at_256_columns() -> None:
    row = b",".join([b"Name"] + [b"Phone"] * 5000)
    sheet = sniff(row + b"\n" + row.replace(b"Phone", b"12").replace(b"Name", b"Anna"))
    assert sheet.columns == len(guess_mapping(sheet).meanings) == 256


def test_people_beyond_the_limit_are_left_out_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peoplefile, "PEOPLE_LIMIT", 2)
    result = read(b"Name,Phone\nA,1\nB,2\nC,3\nD,4\n")
    assert [person.name for person in result.people] == ["A", "B"]
    assert result.problems == [Problem(4, Fault.TOO_MUCH)]


def test_lines_beyond_the_limit_are_left_out_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvpeople, "LINE_LIMIT", 3)
    result = read(b"Name,Phone\nA,1\n\nC,3\nD,4\n")
    assert [person.name for person in result.people] == ["A"]
    assert result.problems == [Problem(4, Fault.TOO_MUCH)]


# Never crashing

pieces = st.sampled_from(
    [
        *(b"Name,Phone\n", b"sep=;\n", b"Phone 1 - Label;", b"Anna;Lee;12\n", b"=1+1,", b"'=1,"),
        *(b'"', b'""', b'"a","b\n', b",", b";", b"\t", b"|", b"\r", b"\n", b" ::: ", b"@", b"1E+9"),
        *(b"\0", b"\xff\xfe", b"\xe4", b"\xc3\xa4", b'="1"', b"x" * 101_000),
    ]
)


@given(st.binary(max_size=300) | st.lists(pieces, max_size=25).map(b"".join))
def test_whatever_a_file_holds_people_come_out_clean_or_it_is_unreadable(data: bytes) -> None:
    try:
        sheet = sniff(data)
    except UnreadableFile:
        return
    mapping = guess_mapping(sheet)
    assert len(mapping.meanings) == sheet.columns
    assert all(len(row) == sheet.columns for row in sheet.rows)
    result = read_people(data, sheet, mapping)
    assert len(result.people) + int(mapping.has_header) <= sheet.row_count
    for person in result.people + preview(sheet, mapping):
        texts = [person.name, person.company, person.email]
        for text in texts + [number.text for number in person.numbers]:
            assert text == one_line(text)


@given(
    st.lists(st.lists(st.text("ab1,;'\"\n\t =+@", max_size=6), min_size=2, max_size=4), min_size=1)
)
def test_every_row_a_spreadsheet_writes_is_found_whole(rows: list[list[str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    found = [row for _, row in csvpeople._records(stream.getvalue().replace("\r", ""), ",")]
    assert found == rows


# Writing

words = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\"',;=+-@\uff1d")).map(
    one_line
)
numbers = st.builds(
    Number,
    st.from_regex(r"'?[+=\-]?[0-9]{1,5}([ ,;/()\-][0-9*#]{1,9}){0,3}", fullmatch=True),
    st.sampled_from(NumberKind),
)
persons = st.builds(
    Person,
    name=words.filter(bool),
    numbers=st.lists(numbers, unique=True, max_size=4).map(tuple),
    company=words,
    email=words,
    note=st.lists(words, max_size=4).map("\n".join).map(several_lines),
)


@given(st.lists(persons, min_size=1, max_size=4))
def test_what_is_written_is_read_back(people: list[Person]) -> None:
    assert read(write_people(people)) == Read(people, [], 0)


@given(persons)
def test_no_cell_is_a_formula_but_for_numbers_with_a_plus_sign(person: Person) -> None:
    text = write_people([person]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            if cell.startswith(tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")):
                assert cell[0] == "+"
                assert not set(cell[1:]) - set("0123456789 ()/.-")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("+49 (0)30/123-45", "+49 (0)30/123-45"),
        ("'=1", "''=1"),
        ("'t Hooft", "'t Hooft"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_a_formula_gets_an_apostrophe_and_loses_it(cell: str, written: str) -> None:
    assert csvpeople._guard(cell) == written
    assert csvpeople._plain(written) == cell


def test_a_file_as_written() -> None:
    people = [
        Person("Anna Lee", (Number("+49 30 12", WORK), Number("207", EXTENSION)), note="a\nb"),
        Person("Zoé", company="=cmd", email="z@example.com", favourite=1, id=2),
    ]
    data = write_people(people)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n") == [
        '"Name","Company","Phone 1 type","Phone 1","Phone 2 type","Phone 2","Email","Note"',
        '"Anna Lee","","work","+49 30 12","extension","207","","a\nb"',
        '"Zoé","\'=cmd","","","","","z@example.com",""',
        "",
    ]


def test_nobody_is_a_file_with_headings() -> None:
    assert read(write_people([])) == Read([], [], 0)
