from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.people import Number, NumberKind, Person
from callctrl.store.contacts import SCHEMA, Contacts, Found, Group
from callctrl.store.database import open_database
from callctrl.store.words import typed_words
from tests.crowd import crowd


def person(name: str, *numbers: str, company: str = "") -> Person:
    return Person(name, tuple(map(Number, numbers)), company)


PLANTED = [
    person("Ottokar Xaver Mayer", "+49 221 4711 0815", company="Quarzwerke AG"),
    person("Theresia Maier"),
    person("Ulf Mäyer"),
    person("Ignaz Mayer", company="Xylofon & Söhne"),
    person("Björn Äkta-Ångström", "0800 / 33 44 55"),
    person("Groß, Ansgar"),
    person("Soeren Kjærgaard"),
    person("Conan O'Brien"),
    person("Annemarie Quint"),
    person("Anne-Marie Quast"),
    person("Ronald McDonald", company="Studio 54"),
    person("Nguyễn Thị Đặng"),
    person("Παύλος Σοφός"),
    person("Юрий Живаго"),
    person("山田太郎"),
    person("김철수"),
    person("أمل خليل"),
    person("Zélie 🦄"),
    person("🐙"),
    person("Hieronymus Schneiderlein"),
    person("Kunigunde Tschäpe"),
    person("Pförtner", "742199"),
    Person("Empfang", (Number("742", NumberKind.EXTENSION),)),
    Person("Nachtdienst", (Number("7421", NumberKind.EXTENSION),)),
    person("", "+1 212 555 0100", company="Zwirn & Zwirn Ltd"),
]


@pytest.fixture(name="contacts", scope="module")
def contacts_with_a_crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contacts]:
    file = tmp_path_factory.mktemp("contacts") / "contacts.db"
    with closing(open_database(file, SCHEMA).connection) as connection:
        contacts = Contacts(connection)
        contacts.import_people([*crowd(2000), *PLANTED], merge=False)
        yield contacts


@pytest.fixture(name="few")
def contacts_with_nobody(tmp_path: Path) -> Iterator[Contacts]:
    with closing(open_database(tmp_path / "contacts.db", SCHEMA).connection) as connection:
        yield Contacts(connection)


def names(found: Found) -> list[str]:
    return [each.name for each in found.exact]


def first(found: Found) -> str:
    """Whoever stands uppermost."""
    people = [*found.exact, *(each for group in found.alike for each in group.people)]
    return people[0].name or people[0].company if people else ""


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ottok", "Ottokar Xaver Mayer"),
        ("xaver mayer", "Ottokar Xaver Mayer"),
        ("mayer, ottokar", "Ottokar Xaver Mayer"),
        ("may quarz", "Ottokar Xaver Mayer"),
        ("xylofon sohne", "Ignaz Mayer"),
        ("xylofon soehne", "Ignaz Mayer"),
        ("maeyer ulf", "Ulf Mäyer"),
        ("ulf mäy", "Ulf Mäyer"),
        ("akta angstrom", "Björn Äkta-Ångström"),
        ("bjoern aekta", "Björn Äkta-Ångström"),
        ("ångström", "Björn Äkta-Ångström"),
        ("ansgar gross", "Groß, Ansgar"),
        ("GROSS ANSG", "Groß, Ansgar"),
        ("sören kjaer", "Soeren Kjærgaard"),
        ("obrien", "Conan O'Brien"),
        ("o'br", "Conan O'Brien"),
        ("o brien", "Conan O'Brien"),
        ("annemarie quast", "Anne-Marie Quast"),
        ("mc donald", "Ronald McDonald"),
        ("macdonald", "Ronald McDonald"),
        ("studio 54", "Ronald McDonald"),
        ("nguyen dang", "Nguyễn Thị Đặng"),
        ("σοφοσ παυλ", "Παύλος Σοφός"),
        ("жив", "Юрий Живаго"),
        ("太郎", "山田太郎"),
        ("철수", "김철수"),
        ("خليل", "أمل خليل"),
        ("zelie 🦄", "Zélie 🦄"),
        ("🐙", "🐙"),
        ("teresia meier", "Theresia Maier"),
        ("ignatz mair", "Ignaz Mayer"),
        ("hieronimus", "Hieronymus Schneiderlein"),
        ("schniederlein", "Hieronymus Schneiderlein"),
        ("kunigunde tschepe", "Kunigunde Tschäpe"),
        ("zwirn", "Zwirn & Zwirn Ltd"),
        ("47110815", "Ottokar Xaver Mayer"),
        ("0221 4711-0815", "Ottokar Xaver Mayer"),
        ("+49 221 47110", "Ottokar Xaver Mayer"),
        ("(212) 555-0100", "Zwirn & Zwirn Ltd"),
        ("0800 33", "Björn Äkta-Ångström"),
        ("445 5", "Björn Äkta-Ångström"),
        ("mayer 0815", "Ottokar Xaver Mayer"),
        ("742", "Empfang"),
    ],
)
def test_the_person_meant_comes_first(contacts: Contacts, typed: str, name: str) -> None:
    assert first(contacts.search(typed)) == name


def test_an_extension_that_begins_so_comes_before_other_numbers(few: Contacts) -> None:
    for name, number, kind in [
        ("Adam", "742199", NumberKind.WORK),
        ("Berta", "98742", NumberKind.MOBILE),
        ("Carla", "7421", NumberKind.EXTENSION),
        ("Doris", "742", NumberKind.EXTENSION),
        ("Emil", "98", NumberKind.EXTENSION),
    ]:
        few.add(Person(name, (Number(number, kind),)))
    assert names(few.search("742")) == ["Doris", "Carla", "Adam", "Berta"]


def test_what_sounds_alike_is_grouped_below_what_is_spelt_so(few: Contacts) -> None:
    for number in range(12):
        few.add(person(f"Anna {number:02} Mayer"))
        few.add(person(f"Bert {number:02} Meier"))
    few.add(person("Carl Maier"))
    few.add(person("Dora Mayerhofer"))

    found = few.search("mayer")

    assert names(found) == [f"Anna {number:02} Mayer" for number in range(8)]
    assert found.count == 13
    assert [(group.word, group.count) for group in found.alike] == [("Meier", 12), ("Maier", 1)]
    assert [each.name for each in found.alike[0].people] == [
        f"Bert {number:02} Meier" for number in range(8)
    ]


def test_what_sounds_alike_can_be_left_out(few: Contacts) -> None:
    for number in range(12):
        few.add(person(f"Anna {number} Mayer"))
    few.add(person("Carl Maier"))

    found = few.search("mayer", alike=False)

    assert (len(found.exact), found.count, found.alike) == (12, 12, ())


def test_typing_the_word_of_a_group_finds_its_people(contacts: Contacts) -> None:
    groups = contacts.search("mayr").alike
    assert groups
    for group in groups:
        assert set(group.people) <= set(contacts.search(group.word, 5000, alike=False).exact)


def test_nobody_is_found_twice(contacts: Contacts) -> None:
    for typed in ("mayer", "mayr", "an mey", "schmit", "müler", "an a", "s"):
        found = contacts.search(typed, 5000)
        people = [*found.exact, *(each for group in found.alike for each in group.people)]
        assert len(people) == len(set(people)) > 0, typed


def test_slips_are_forgiven_only_where_next_to_nothing_is_found(few: Contacts) -> None:
    few.add(person("Kanter"))
    assert [group.word for group in few.search("kantor").alike] == ["Kanter"]
    for number in range(5):
        few.add(person(f"Kantor {number}"))
    assert few.search("kantor").alike == ()


def test_three_letters_are_too_few_for_a_slip(few: Contacts) -> None:
    few.add(person("Abel"))
    assert few.search("abl") == Found()
    assert few.search("abll").alike != ()


def test_a_half_typed_word_is_found_by_its_sound_where_nothing_else_is(few: Contacts) -> None:
    kept = few.add(person("Schmitthenner"))
    assert few.search("shmit").alike == (Group("Schmitthenner", 1, (kept,)),)
    few.add(person("Schmitt"))
    assert [group.word for group in few.search("shmit").alike] == ["Schmitt"]


def test_with_a_digit_nothing_is_taken_by_its_sound(few: Contacts) -> None:
    few.add(person("Maier", "4711"))
    assert few.search("mayer").alike != ()
    assert few.search("mayer 4711") == Found()


def test_two_words_may_both_sound_alike(few: Contacts) -> None:
    kept = few.add(person("John Smith"))
    few.add(person("John Doe"))
    assert few.search("jon schmidt").alike == (Group("John Smith", 1, (kept,)),)


def test_a_group_is_called_as_most_of_its_people_spell_it(few: Contacts) -> None:
    for name in ("Adam Bäcker", "Berta Baecker", "Carla Bäcker"):
        few.add(person(name))
    assert [(group.word, group.count) for group in few.search("becker").alike] == [("Bäcker", 3)]


def test_names_come_before_companies_and_whole_words_before_beginnings(few: Contacts) -> None:
    few.add(person("Adam Kurz", company="Berg Ltd"))
    few.add(person("Berta Bergmann"))
    few.add(person("Carla Berg"))
    assert names(few.search("berg")) == ["Carla Berg", "Berta Bergmann", "Adam Kurz"]


def test_favourites_come_first_then_those_called_last_then_extensions(few: Contacts) -> None:
    adam, berta, carla, doris, emil = (
        few.add(Person(f"{name} Berg", (Number("201", kind),)))
        for name, kind in [
            ("Adam", NumberKind.MOBILE),
            ("Berta", NumberKind.EXTENSION),
            ("Carla", NumberKind.MOBILE),
            ("Doris", NumberKind.MOBILE),
            ("Emil", NumberKind.MOBILE),
        ]
    )
    assert names(few.search("berg")) == [each.name for each in (berta, adam, carla, doris, emil)]

    few.set_favourites([emil.id or 0])
    few.touch(carla.id or 0, 1000.0)
    few.touch(doris.id or 0, 2000.0)

    assert names(few.search("berg")) == [each.name for each in (emil, doris, carla, berta, adam)]


def test_an_older_call_is_not_the_last(few: Contacts) -> None:
    adam, berta = (few.add(person(f"{name} Berg")) for name in ("Adam", "Berta"))
    few.touch(berta.id or 0, 2000.0)
    few.touch(adam.id or 0, 1900.0)
    few.touch(berta.id or 0, 1000.0)
    assert names(few.search("berg")) == ["Berta Berg", "Adam Berg"]


def test_among_thousands_the_favourite_is_first_and_the_others_in_order(few: Contacts) -> None:
    few.import_people((person(f"Sam {number:05}") for number in range(3000)), merge=False)
    favourite, called = few.people(2500, 1)[0], few.people(2000, 1)[0]
    few.set_favourites([favourite.id or 0])
    few.touch(called.id or 0, 1.0)

    found = few.search("s", 4)

    assert names(found) == ["Sam 02500", "Sam 02000", "Sam 00000", "Sam 00001"]
    assert found.count == 3000


def test_the_list_of_thousands_is_up_to_date(few: Contacts) -> None:
    few.import_people((person(f"Sam {number:05}") for number in range(2000)), merge=False)
    assert names(few.search("s", 1)) == ["Sam 00000"]
    added = few.add(person("Sam"))
    assert names(few.search("s", 1)) == ["Sam"]
    few.delete([added.id or 0])
    assert names(few.search("s", 1)) == ["Sam 00000"]


def test_a_single_letter_is_not_looked_for_in_companies(few: Contacts) -> None:
    few.add(person("Adam", company="Berg Ltd"))
    few.add(person("Carla", company="B & Co"))
    assert names(few.search("b")) == ["Carla"]
    assert names(few.search("be")) == ["Adam"]


def test_a_single_digit_is_the_beginning_of_extensions_only(few: Contacts) -> None:
    few.add(person("Adam", "0221 4711"))
    few.add(Person("Berta", (Number("01", NumberKind.EXTENSION),)))
    few.add(person("Carla", "0"))
    assert names(few.search("0")) == ["Carla", "Berta"]
    assert names(few.search("02")) == ["Adam"]


def test_nothing_typed_finds_nobody(contacts: Contacts) -> None:
    assert contacts.search("") == contacts.search(" \t ") == contacts.search("\0") == Found()


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "'; DROP TABLE people; --",
        "* OR name:*",
        "%",
        "_",
        "NEAR(",
        "\ud83d",
        "a" * 100_000,
        "0" * 100_000,
        "a b c d e f g h i j k l m n o p",
    ],
)
def test_what_looks_like_a_command_is_only_text(contacts: Contacts, typed: str) -> None:
    before = contacts.count()
    contacts.search(typed)
    assert contacts.count() == before


@given(typed=st.text(max_size=200), alike=st.booleans())
def test_any_text_can_be_searched_for(contacts: Contacts, typed: str, alike: bool) -> None:
    found = contacts.search(typed, 10, alike=alike)
    assert len(found.exact) <= min(10, found.count)


@given(st.text(min_size=1, max_size=60))
def test_whoever_is_added_is_found_by_the_name_until_deleted(contacts: Contacts, name: str) -> None:
    kept = contacts.add(person(name))
    is_found = kept in contacts.search(name, 5000).exact
    contacts.delete([kept.id or 0])
    assert is_found == bool(typed_words(kept.name))
    assert kept not in contacts.search(name, 5000).exact
