from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.store.words import digits, folded, is_slip, slips, sound, spelt, typed_words, words
from tests.crowd import crowd

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller", [("muller", "mueller")]),
        ("MU\u0308LLER", [("muller", "mueller")]),
        ("Strauß", [("strauss",)]),
        ("Søren Ærø", [("soren", "soeren"), ("aero", "aeroe")]),
        ("Łukasz Đặng", [("lukasz",), ("dang",)]),
        ("Conan O'Brien", [("conan",), ("obrien",)]),
        ("D\u2019Amico", [("damico",)]),
        ("Anne-Marie", [("anne",), ("marie",)]),
        ("Ελένη Σοφός", [("ελενη",), ("σοφοσ",)]),
        ("Юрий Щёлоков", [("юрии",), ("щелоков",)]),
        ("\uff21\uff22\uff23 ①", [("abc",), ("1",)]),
        ("\u202eאברהם\u202c", [("אברהם",)]),
        ("٣٤", [("34",)]),
        ("❤ & co", [("❤",), ("co",)]),
        ("!!! ???", [("!!!",), ("???",)]),
        (" \t\n", []),
        ("\ud800", []),
        ("Ada\x80Ä\0", [("ada",), ("a", "ae")]),
    ],
)
def test_a_text_is_folded_into_words(text: str, expected: list[tuple[str, ...]]) -> None:
    assert typed_words(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Anne-Marie", "annemarie"),
        ("Conan O'Brien", "brien"),
        ("Conan O Brien", "obrien"),
        ("Mc Donald", "mcdonald"),
        ("Lucia de Luca", "deluca"),
        ("山田太郎", "太郎"),
        ("タナカ", "ナカ"),
        ("A.C.M.E.", "acme"),
    ],
)
def test_a_text_is_found_by_how_else_it_may_be_written(text: str, word: str) -> None:
    assert word in words(text)


@given(st.text())
def test_what_is_typed_in_full_is_among_the_words_of_any_text(text: str) -> None:
    typed = {spelling for spellings in typed_words(text) for spelling in spellings}
    assert typed <= words(text)


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_text_without_end_has_words_with_an_end() -> None:
    assert len(words("a " * 10_000)) < 10
    assert len(words(" ".join(map(str, range(10_000))))) <= 200
    assert max(map(len, words("x" * 10_000))) == 40


def test_digits_of_all_scripts_are_digits() -> None:
    assert digits("+49 (0)221 / ٣٤-x") == "49022134"


@pytest.mark.parametrize(
    "alike",
    [
        "mayer meier maier mair meyer",
        "schmidt schmitt schmid",
        "schulz schultz",
        "wolf wolff volf",
        "christ krist",
        "philip filip phillip",
        "baecker becker",
        "mcdonald macdonald",
        "kowalski kovalsky",
        "neumann noymann",
        "stephen steven",
        "john jon",
        "quandt kwant",
    ],
)
def test_names_that_sound_alike_have_one_key(alike: str) -> None:
    [key] = {sound(word) for word in alike.split()}
    assert key.isupper()


@pytest.mark.parametrize(
    "different", ["mayer mohr", "bach beck", "klein braun", "anna hanna", "weber wagner"]
)
def test_names_that_do_not_sound_alike_have_two(different: str) -> None:
    one, other = different.split()
    assert sound(one) != sound(other)


@pytest.mark.parametrize("word", ["", "a", "ab", "ελενη", "3com", "aaa"])
def test_what_is_short_or_in_other_letters_has_no_sound(word: str) -> None:
    assert sound(word) == ""


def test_nearly_every_beginning_of_a_name_begins_its_sound() -> None:
    names = {word for person in crowd(2000) for word in words(person.name) if sound(word)}
    stable = [sound(name).startswith(sound(name[:-1])) for name in names]
    assert sum(stable) / len(stable) > 0.98


@pytest.mark.parametrize(
    "typed",
    [
        *("schnider", "schnneider", "shcneider", "schmeider", "chneider", "schneide"),
        *("schneidre", "schneyder", "schneiders"),
    ],
)
def test_a_name_is_one_slip_away(typed: str) -> None:
    assert slips(typed) & slips("schneider")
    assert is_slip(typed, "schneider")


def test_two_slips_are_too_many() -> None:
    assert not is_slip("shcnieder", "schneider")
    assert not is_slip("mark", "mayr")


def test_a_long_word_need_not_be_complete() -> None:
    assert is_slip("hildebarn", "hildebrandt")
    assert not is_slip("hild", "hildebrandt")


@given(LETTERS, st.data())
def test_whatever_is_one_slip_away_shares_a_form(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("aeiouxyz"))
    slipped = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )
    assert slips(slipped) & slips(word)
    assert is_slip(slipped, word)


def test_a_word_is_shown_as_the_text_spells_it() -> None:
    assert spelt("Jörg Müller-Lüdenscheidt", "mueller") == "Müller"
    assert spelt("Conan O'Brien", "obrien") == "O'Brien"
    assert spelt("Lucia de Luca", "deluca") == "deluca"
