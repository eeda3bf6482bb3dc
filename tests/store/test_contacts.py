from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.numbers import DialPlan
from callctrl.people import Number, NumberKind, Person
from callctrl.store import search
from callctrl.store.contacts import SCHEMA, Bundle, Contacts, Found, Imported
from callctrl.store.database import StoreError, StoreReason, open_database
from tests.crowd import crowd

PLAN = DialPlan(country="DE", area_code="221", outside_digit="9")

ADA = Person("Ada Berg", (Number("0221 4711100"),), "Berg Ltd", "ada@example.com", "Call her.")


@pytest.fixture(name="connection")
def connection_to_a_new_database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "contacts.db", SCHEMA).connection) as connection:
        yield connection


@pytest.fixture(name="contacts")
def contacts_with_nobody(connection: sqlite3.Connection) -> Contacts:
    return Contacts(connection)


def everything(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """All that is kept, the search index included."""
    return [
        row
        for table in ("people", "numbers", "words", "alike")
        for row in sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608
    ]


def kept_id(person: Person) -> int:
    assert person.id is not None
    return person.id


def add_all(contacts: Contacts, *people: Person) -> list[int]:
    return [kept_id(contacts.add(person)) for person in people]


def named(name: str, *numbers: str, company: str = "") -> Person:
    return Person(name, tuple(map(Number, numbers)), company)


def inside(name: str, *extensions: str) -> Person:
    return Person(name, tuple(Number(each, NumberKind.EXTENSION) for each in extensions))


def test_colleagues_are_those_with_an_extension_favourites_first(contacts: Contacts) -> None:
    dora = Person("Dora", (Number("5551234"), Number("24", NumberKind.EXTENSION)))
    cleo, *_, dora_id = add_all(contacts, inside("Cleo", "21"), ADA, inside("Bo", "23"), dora)
    contacts.set_favourites([dora_id, cleo])
    assert [each.name for each in contacts.colleagues(10)] == ["Dora", "Cleo", "Bo"]
    assert [each.name for each in contacts.colleagues(2)] == ["Dora", "Cleo"]


# One by one


def test_a_person_is_kept_as_given(contacts: Contacts) -> None:
    kept = contacts.add(ADA)
    assert kept == replace(ADA, id=kept.id)
    assert contacts.get(kept_id(kept)) == kept
    assert contacts.count() == 1


def test_who_is_not_there_is_none(contacts: Contacts) -> None:
    assert contacts.get(7) is None


def test_the_list_is_by_name_whatever_the_accents_or_by_company(contacts: Contacts) -> None:
    add_all(
        contacts,
        *map(named, ("Zoe", "Ärmel", "adam", "Aron", "Émile")),
        named("", "1", company="Dorn Ltd"),
    )
    listed = [each.name or each.company for each in contacts.people(0, 10)]
    assert listed == ["adam", "Ärmel", "Aron", "Dorn Ltd", "Émile", "Zoe"]
    assert [each.name for each in contacts.people(1, 2)] == ["Ärmel", "Aron"]


def test_a_change_gives_the_person_before_and_can_be_taken_back(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    kept = contacts.add(ADA)
    before = everything(connection)

    old = contacts.change(Person("Ada Stein", (Number("112"),), id=kept.id))

    assert old == kept
    assert contacts.search("berg") == Found()
    assert contacts.search("stein").count == 1
    contacts.change(old)
    assert everything(connection) == before


def test_a_change_keeps_the_place_among_the_favourites_and_the_last_call(
    contacts: Contacts,
) -> None:
    ada = contacts.add(ADA)
    other = contacts.add(replace(ADA, name="Abe Berg"))
    contacts.set_favourites([kept_id(ada)])
    contacts.touch(kept_id(ada), 1.0)

    contacts.change(replace(ada, email="new@example.com"))

    assert [each.email for each in contacts.favourites()] == ["new@example.com"]
    contacts.set_favourites([])
    assert [each.id for each in contacts.search("berg").exact] == [ada.id, other.id]


@pytest.mark.parametrize("person_id", [None, 99])
def test_who_is_not_there_cannot_be_changed(contacts: Contacts, person_id: int | None) -> None:
    with pytest.raises(KeyError):
        contacts.change(replace(ADA, id=person_id))
    assert contacts.count() == 0


def test_a_deletion_can_be_taken_back(contacts: Contacts, connection: sqlite3.Connection) -> None:
    ids = add_all(contacts, ADA, named("Bo"), named("Cy", "5"))
    contacts.set_favourites([ids[1], ids[0]])
    contacts.touch(ids[0], 5.0)
    before = everything(connection)

    bundle = contacts.delete([ids[0], ids[1], 99])

    assert [each.id for each in contacts.people(0, 9)] == [ids[2]]
    contacts.restore(bundle)
    assert everything(connection) == before


def test_nothing_of_the_deleted_stays(contacts: Contacts, connection: sqlite3.Connection) -> None:
    before = everything(connection)
    contacts.delete(add_all(contacts, ADA, named("Łukasz 太郎", "5")))
    assert everything(connection) == before


def test_an_id_is_not_given_twice(contacts: Contacts) -> None:
    bundle = contacts.delete([kept_id(contacts.add(ADA))])
    other = contacts.add(named("Bo"))
    contacts.restore(bundle)
    assert [each.name for each in contacts.people(0, 9)] == ["Ada Berg", "Bo"]
    assert contacts.get(kept_id(other)) == other


def test_favourites_have_an_order(contacts: Contacts) -> None:
    ada, bo, cy = add_all(contacts, named("Ada"), named("Bo"), named("Cy"))
    contacts.set_favourites([cy, ada, cy, 99])
    assert [(each.name, each.favourite) for each in contacts.favourites()] == [
        ("Cy", 1),
        ("Ada", 2),
    ]
    contacts.set_favourites([bo])
    assert [each.name for each in contacts.favourites()] == ["Bo"]


def test_nobody_becomes_a_favourite_by_being_added(contacts: Contacts) -> None:
    assert contacts.add(replace(ADA, favourite=1)).favourite is None
    contacts.import_people([replace(ADA, favourite=1)], merge=False)
    assert contacts.favourites() == []


# Texts from outside


def test_control_characters_go_and_a_note_keeps_its_lines(contacts: Contacts) -> None:
    kept = contacts.add(
        Person(
            " Ada\r\n\xa0Berg\0 ",
            (Number("02\t21"), Number("\x1b"), Number("02 21")),
            "Be\u2028rg",
            "a\u202e@b",
            "one\r\ntwo\x07\n\nthree\ud800\n",
        )
    )
    assert kept == Person(
        "Ada Berg", (Number("02 21"),), "Be rg", "a@b", "one\ntwo\n\nthree", id=kept.id
    )


def test_what_is_too_long_is_cut(contacts: Contacts) -> None:
    long = "x" * 100_000
    numbers = tuple(Number(f"{number}{long}") for number in range(1000))
    kept = contacts.add(Person(long, numbers, long, long, long))
    texts = (kept.name, kept.company, kept.email, kept.note, kept.numbers[0].text)
    assert [len(text) for text in texts] == [200, 200, 200, 10_000, 64]
    assert len(kept.numbers) == 20


def test_names_in_every_script_are_kept(contacts: Contacts) -> None:
    names = ["Ελένη", "Юрий", "山田", "김철수", "أمل", "नेहा", "👩‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
    assert [contacts.add(named(name)).name for name in names] == names


@given(
    st.builds(
        Person,
        name=st.text(),
        numbers=st.lists(st.builds(Number, st.text(), st.sampled_from(NumberKind)), max_size=4).map(
            tuple
        ),
        company=st.text(),
        email=st.text(),
        note=st.text(),
    )
)
def test_whatever_is_kept_is_kept_the_same_way_again(person: Person) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA.steps[0] + "PRAGMA foreign_keys = ON")
        contacts = Contacts(connection)
        kept = contacts.add(person)
        assert contacts.get(kept_id(kept)) == kept
        assert contacts.change(kept) == kept
        assert contacts.get(kept_id(kept)) == kept


# Imports


def test_an_import_adds_all(contacts: Contacts) -> None:
    done = contacts.import_people(crowd(300), merge=False)
    assert (done.added, done.changed, done.unchanged) == (300, 0, 0)
    assert contacts.count() == 300


def test_importing_the_same_again_changes_nothing(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    people = [*{(each.name, each.company): each for each in crowd(300)}.values(), named("Bo")]
    contacts.import_people(people, merge=True)
    before = everything(connection)

    done = contacts.import_people(people, merge=True)

    assert done == Imported(added=0, changed=0, unchanged=len(people), undo=Bundle())
    assert everything(connection) == before


def test_merging_unites_numbers_and_fills_what_is_empty(contacts: Contacts) -> None:
    kept = contacts.add(Person("Ada Berg", (Number("0221 4711100"),), note="Call her."))

    done = contacts.import_people(
        [
            Person(
                "ada berg",
                (Number("+49 221 4711100"), Number("0170 1234567", NumberKind.MOBILE)),
                "Berg Ltd",
                "ada@example.com",
                "Something else.",
            )
        ],
        merge=True,
    )

    assert (done.added, done.changed, done.unchanged) == (0, 1, 0)
    assert contacts.people(0, 9) == [
        Person(
            "Ada Berg",
            (Number("0221 4711100"), Number("0170 1234567", NumberKind.MOBILE)),
            "Berg Ltd",
            "ada@example.com",
            "Call her.",
            id=kept.id,
        )
    ]
    assert contacts.search("ltd").count == 1


def test_merging_looks_at_those_that_came_before_too(contacts: Contacts) -> None:
    done = contacts.import_people(
        [named("Ada", "100"), named("Ada", "100", "200"), named("Ada", "200", "300")], merge=True
    )
    assert (done.added, done.changed, done.unchanged) == (1, 0, 0)
    assert [each.text for each in contacts.people(0, 9)[0].numbers] == ["100", "200", "300"]


@pytest.mark.parametrize(
    "other",
    [
        named("Ada Berg", "0221 4711101"),
        named("Abe Berg", "0221 4711100"),
        named("Ada Berg"),
        named("", "0221 4711100", company="Berg Ltd"),
    ],
)
def test_without_a_common_name_and_number_they_are_two(contacts: Contacts, other: Person) -> None:
    contacts.add(ADA)
    assert contacts.import_people([other], merge=True).added == 1
    assert contacts.count() == 2


def test_numbers_of_two_areas_are_both_kept(contacts: Contacts) -> None:
    contacts.add(named("Ada", "0221 1234567"))
    contacts.import_people([named("Ada", "030 1234567")], merge=True)
    assert [each.text for each in contacts.people(0, 9)[0].numbers] == [
        "0221 1234567",
        "030 1234567",
    ]


def test_without_merging_the_same_person_comes_twice(contacts: Contacts) -> None:
    contacts.add(ADA)
    contacts.import_people([ADA], merge=False)
    assert contacts.count() == 2


def test_those_without_name_company_and_number_are_passed_over(contacts: Contacts) -> None:
    done = contacts.import_people(
        [Person("", email="a@example.com"), Person(" \0", (Number("\n"),)), named("Ada")],
        merge=True,
    )
    assert (done.added, contacts.count()) == (1, 1)


def test_an_import_is_taken_back_exactly(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    people = list(crowd(400))
    contacts.import_people(people[:200], merge=False)
    ids = [kept_id(each) for each in contacts.people(0, 3)]
    contacts.set_favourites(ids)
    contacts.touch(ids[1], 7.0)
    before, listed = everything(connection), contacts.people(0, 999)
    more = [replace(each, numbers=(*each.numbers, Number("4711"))) for each in people[100:]]

    done = contacts.import_people([*more, *more[:50]], merge=True)

    assert done.added > 150
    assert done.changed > 50
    contacts.restore(done.undo)
    assert contacts.people(0, 999) == listed
    assert everything(connection) == before


def test_an_import_is_taken_back_though_its_people_were_changed_since(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    contacts.add(named("Ada", "100"))
    before = everything(connection)
    done = contacts.import_people([named("Ada", "100", "200"), named("Bo", "3")], merge=True)
    ada, bo = contacts.people(0, 9)
    contacts.change(replace(ada, name="Adele"))
    contacts.delete([kept_id(bo)])

    contacts.restore(done.undo)

    assert everything(connection) == before


def half_read(rows: int) -> Iterator[Person]:
    yield from crowd(rows)
    raise ValueError("row 7001 is crooked")


@pytest.mark.parametrize("merge", [False, True])
def test_a_half_read_file_changes_nothing(
    contacts: Contacts, connection: sqlite3.Connection, merge: bool
) -> None:
    contacts.import_people(crowd(20), merge=False)
    before = everything(connection)
    with pytest.raises(ValueError, match="crooked"):
        contacts.import_people(half_read(7000), merge=merge)
    assert everything(connection) == before


def test_what_a_file_cannot_be_read_for_is_not_taken_for_the_stores(contacts: Contacts) -> None:
    def unreadable() -> Iterable[Person]:
        yield ADA
        raise FileNotFoundError("the stick was pulled out")

    with pytest.raises(FileNotFoundError):
        contacts.import_people(unreadable(), merge=True)
    assert contacts.count() == 0


def test_a_full_disk_changes_nothing(contacts: Contacts, connection: sqlite3.Connection) -> None:
    contacts.import_people(crowd(50), merge=False)
    before = everything(connection)
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 20}")

    with pytest.raises(StoreError) as caught:
        contacts.import_people(crowd(3000), merge=True)

    assert caught.value.reason is StoreReason.FULL
    assert everything(connection) == before
    assert contacts.count() == 50
    connection.execute("PRAGMA max_page_count = 1000000")
    assert contacts.import_people(crowd(3000, seed=2), merge=False).added == 3000


def test_ten_thousand_of_one_name_are_as_good_as_others(contacts: Contacts) -> None:
    people = [named("Ada Berg", str(10_000 + number)) for number in range(10_000)]
    assert contacts.import_people(people, merge=True).added == 10_000

    found = contacts.search("ada berg", 10)

    assert (len(found.exact), found.count) == (10, 10_000)
    assert [each.numbers[0].text for each in contacts.search("ada 12345").exact] == ["12345"]
    assert contacts.import_people(people, merge=True).unchanged == 10_000


# The index


def test_an_index_that_was_lost_is_made_anew(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    contacts.import_people(crowd(50), merge=False)
    before = everything(connection)
    connection.executescript("DELETE FROM words; DELETE FROM alike")

    Contacts(connection)

    assert everything(connection) == before


def test_an_index_of_another_version_is_made_anew(
    contacts: Contacts, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts.add(ADA)
    connection.execute("UPDATE words SET word = 'x' || word")
    assert Contacts(connection).search("ada") == Found()

    monkeypatch.setattr(search, "_UP_TO_DATE", ("", "2"))

    assert Contacts(connection).search("ada").count == 1


NAMES = st.sampled_from(["Ada Berg", "Ada", "Ärmel", "", "Bo Berg", "de Luca", "太郎"])
PEOPLE = st.builds(Person, NAMES, st.sampled_from([(), (Number("100"),), (Number("200"),)]), NAMES)


@given(st.lists(st.tuples(st.integers(0, 4), st.lists(PEOPLE, min_size=1, max_size=3))))
def test_whatever_is_done_and_undone_the_index_is_as_if_made_anew(
    steps: list[tuple[int, list[Person]]],
) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA.steps[0] + "PRAGMA foreign_keys = ON")
        contacts = Contacts(connection)
        undo: list[tuple[Bundle, list[tuple[object, ...]]]] = []
        for what, people in steps:
            before, ids = everything(connection), [kept_id(each) for each in contacts.people(0, 99)]
            if what == 0:
                contacts.add(people[0])
                undo.clear()
            elif what == 1 and ids:
                contacts.change(replace(people[0], id=ids[-1]))
                undo.clear()
            elif what == 2:
                undo.append((contacts.delete(ids[::2]), before))
            elif what == 3:
                undo.append((contacts.import_people(people, merge=True).undo, before))
            elif undo:
                bundle, before = undo.pop()
                contacts.restore(bundle)
                assert everything(connection) == before
        kept = everything(connection)
        connection.executescript("DELETE FROM words; DELETE FROM alike")
        Contacts(connection)
        assert everything(connection) == kept


def test_people_saved_from_a_damaged_file_are_found(tmp_path: Path) -> None:
    file = tmp_path / "contacts.db"
    with closing(open_database(file, SCHEMA).connection) as connection:
        Contacts(connection).import_people(crowd(50), merge=False)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA application_id = 1")

    opened = open_database(file, SCHEMA)

    with closing(opened.connection) as connection:
        contacts = Contacts(connection)
        person = contacts.people(0, 1)[0]
        assert opened.salvaged
        assert contacts.count() == 50
        assert person in contacts.search(person.name).exact


def test_what_the_disk_refuses_is_a_store_error(
    contacts: Contacts, connection: sqlite3.Connection
) -> None:
    connection.close()
    for ask in (
        contacts.count,
        contacts.favourites,
        lambda: contacts.get(1),
        lambda: contacts.people(0, 1),
        lambda: contacts.search("ada"),
        lambda: contacts.find_caller("4711100", PLAN),
        lambda: contacts.add(ADA),
        lambda: contacts.touch(1, 1.0),
    ):
        with pytest.raises(StoreError):
            ask()


# Who calls


@pytest.mark.parametrize(
    "number",
    [
        "0221 4711100",
        "+492214711100",
        "0049 221 4711100",
        "9 0221 4711100",
        "4711100",
    ],
)
def test_a_caller_is_found_however_the_number_is_written(contacts: Contacts, number: str) -> None:
    contacts.import_people(crowd(100), merge=False)
    kept = contacts.add(ADA)
    assert contacts.find_caller(number, PLAN) == kept


@pytest.mark.parametrize("number", ["", "anonymous", "711100", "0221 4711109", "11100", "\ud800"])
def test_a_stranger_is_nobody(contacts: Contacts, number: str) -> None:
    contacts.add(ADA)
    assert contacts.find_caller(number, PLAN) is None


def test_an_extension_is_not_the_end_of_a_number(contacts: Contacts) -> None:
    add_all(contacts, named("Ada", "0221 4711201"))
    inside = contacts.add(Person("Bo", (Number("201", NumberKind.EXTENSION),)))
    assert contacts.find_caller("201", PLAN) == inside


def test_the_likeliest_number_comes_before_a_favourite(contacts: Contacts) -> None:
    berlin, cologne = add_all(contacts, named("Ada", "4711100"), named("Bo", "0221 4711100"))
    contacts.set_favourites([berlin])
    found = contacts.find_caller("0221 4711100", PLAN)
    assert found is not None
    assert found.id == cologne


def test_of_those_who_share_a_number_the_favourite_calls(contacts: Contacts) -> None:
    _, bo = add_all(contacts, named("Ada", "4711100"), named("Bo", "4711100"))
    contacts.set_favourites([bo])
    found = contacts.find_caller("4711100", PLAN)
    assert found is not None
    assert found.name == "Bo"


def test_those_who_share_a_number_and_a_company_are_called_by_the_company(
    contacts: Contacts,
) -> None:
    add_all(
        contacts,
        named("Ada", "4711100", company="Berg Ltd"),
        named("Bo", "4711100", company="Berg Ltd"),
    )
    assert contacts.find_caller("0221 4711100", PLAN) == Person(
        "Berg Ltd", (Number("0221 4711100"),), "Berg Ltd"
    )


@pytest.mark.parametrize(
    "house",
    [named("", "4711100", company="Berg Ltd"), named("Berg Ltd", "4711100")],
)
def test_where_the_company_itself_is_kept_it_is_the_one(contacts: Contacts, house: Person) -> None:
    add_all(contacts, named("Ada", "4711100", company="Berg Ltd"))
    kept = contacts.add(house)
    assert contacts.find_caller("4711100", PLAN) == kept


def test_of_strangers_who_share_a_number_the_first_by_name_calls(contacts: Contacts) -> None:
    bo, ada = add_all(contacts, named("Bo", "4711100"), named("Ada", "4711100"))
    contacts.touch(bo, 1.0)
    found = contacts.find_caller("4711100", PLAN)
    assert found is not None
    assert found.id == ada


def test_a_person_kept_twice_is_still_that_person(contacts: Contacts) -> None:
    first, _ = add_all(contacts, ADA, ADA)
    found = contacts.find_caller("4711100", PLAN)
    assert found is not None
    assert found.id == first


@given(st.text())
def test_any_text_may_call(number: str) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA.steps[0])
        assert Contacts(connection).find_caller(number, PLAN) is None
