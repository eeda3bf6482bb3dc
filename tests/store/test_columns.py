"""What the columns of other programs' tables mean."""

from __future__ import annotations

import pytest

from callctrl.people import NumberKind
from callctrl.store import columns
from callctrl.store.columns import Mapping, Meaning, guess_columns, kind_in_words


def meanings(*headings: str) -> list[Meaning]:
    return columns._meanings_of_headings(headings)


N, F, L, C = Meaning.NAME, Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.COMPANY
X = Meaning.NOTHING

OUTLOOK = {
    "Title": X,
    "First Name": F,
    "Middle Name": F,
    "Last Name": L,
    "Suffix": X,
    "Company": C,
    "Department": X,
    "Job Title": X,
    "Business Street": X,
    "Business Country/Region": X,
    "Home City": X,
    "Assistant's Phone": X,
    "Business Fax": Meaning.FAX,
    "Business Phone": Meaning.WORK,
    "Business Phone 2": Meaning.WORK,
    "Callback": X,
    "Car Phone": Meaning.OTHER,
    "Company Main Phone": Meaning.WORK,
    "Home Fax": Meaning.FAX,
    "Home Phone": Meaning.HOME,
    "ISDN": X,
    "Mobile Phone": Meaning.MOBILE,
    "Other Phone": Meaning.OTHER,
    "Pager": X,
    "Primary Phone": Meaning.WORK,
    "E-mail Address": Meaning.EMAIL,
    "E-mail Type": X,
    "E-mail Display Name": X,
    "E-mail 2 Address": Meaning.EMAIL,
    "Government ID Number": X,
    "Manager's Name": X,
    "Notes": Meaning.NOTE,
    "Office Location": X,
    "Private": X,
    "Web Page": X,
}
OUTLOOK_GERMAN = {
    "Anrede": X,
    "Vorname": F,
    "Weitere Vornamen": F,
    "Nachname": L,
    "Firma": C,
    "Abteilung": X,
    "Straße geschäftlich": X,
    "Telefon Assistent": X,
    "Fax geschäftlich": Meaning.FAX,
    "Telefon geschäftlich": Meaning.WORK,
    "Telefon (geschäftlich)": Meaning.WORK,
    "Autotelefon": Meaning.OTHER,
    "Telefon Firma": Meaning.WORK,
    "Telefon privat": Meaning.HOME,
    "Mobiltelefon": Meaning.MOBILE,
    "Weiteres Telefon": Meaning.OTHER,
    "Haupttelefon": Meaning.WORK,
    "E-Mail-Adresse": Meaning.EMAIL,
    "E-Mail-Typ": X,
    "E-Mail: Angezeigter Name": X,
    "E-Mail 2: Adresse": Meaning.EMAIL,
    "Name Assistent": X,
    "Notizen": Meaning.NOTE,
    "Privat": X,
}
OUTLOOK_FRENCH = {
    "Titre": X,
    "Prénom": F,
    "Nom": L,
    "Société": C,
    "Rue (bureau)": X,
    "Téléphone de l'assistant(e)": X,
    "Télécopie (bureau)": Meaning.FAX,
    "Téléphone (bureau)": Meaning.WORK,
    "Téléphone (voiture)": Meaning.OTHER,
    "Téléphone société": Meaning.WORK,
    "Téléphone (domicile)": Meaning.HOME,
    "Tél. mobile": Meaning.MOBILE,
    "Téléphone (autre)": Meaning.OTHER,
    "Adresse de messagerie": Meaning.EMAIL,
    "Type de messagerie": X,
    "Nom complet de l'adresse de messagerie": X,
    "Notes": Meaning.NOTE,
}
SPANISH = {
    "Nombre": F,
    "Apellidos": L,
    "Organización": C,
    "Fax del trabajo": Meaning.FAX,
    "Teléfono del trabajo": Meaning.WORK,
    "Teléfono particular": Meaning.HOME,
    "Teléfono móvil": Meaning.MOBILE,
    "Móvil": Meaning.MOBILE,
    "Extensión": Meaning.EXTENSION,
    "Otro teléfono": Meaning.OTHER,
    "Dirección de correo electrónico": Meaning.EMAIL,
    "Notas": Meaning.NOTE,
}
ITALIAN = {
    "Nome": F,
    "Cognome": L,
    "Società": C,
    "Fax (uff.)": Meaning.FAX,
    "Telefono (uff.)": Meaning.WORK,
    "Telefono (ab.)": Meaning.HOME,
    "Telefono automobile": Meaning.OTHER,
    "Telefono principale società": Meaning.WORK,
    "Cellulare": Meaning.MOBILE,
    "Interno": Meaning.EXTENSION,
    "Indirizzo di posta elettronica": Meaning.EMAIL,
    "Nome visualizzato posta elettronica": X,
    "Note": Meaning.NOTE,
}
GOOGLE = {
    "First Name": F,
    "Middle Name": F,
    "Last Name": L,
    "Phonetic First Name": X,
    "Name Prefix": X,
    "Nickname": X,
    "File As": X,
    "Organization Name": C,
    "Organization Title": X,
    "Birthday": X,
    "Notes": Meaning.NOTE,
    "Labels": X,
    "E-mail 1 - Label": X,
    "E-mail 1 - Value": Meaning.EMAIL,
    "Phone 1 - Label": Meaning.KIND,
    "Phone 1 - Value": Meaning.WORK,
    "Address 1 - Formatted": X,
}
GOOGLE_UNTIL_2023 = {
    "Name": N,
    "Given Name": F,
    "Additional Name": F,
    "Family Name": L,
    "Given Name Yomi": X,
    "E-mail 1 - Type": X,
    "E-mail 1 - Value": Meaning.EMAIL,
    "Phone 1 - Type": Meaning.KIND,
    "Phone 1 - Value": Meaning.WORK,
    "Organization 1 - Name": C,
}
PLAIN = {
    "FirstName": F,
    "Surname": L,
    "Number": Meaning.WORK,
    "Handy": Meaning.MOBILE,
    "Durchwahl": Meaning.EXTENSION,
    "Mailing Street": X,
    "Immobilie": X,
    "Photo": X,
}


@pytest.mark.parametrize(
    "headings",
    [
        OUTLOOK,
        OUTLOOK_GERMAN,
        OUTLOOK_FRENCH,
        SPANISH,
        ITALIAN,
        GOOGLE,
        GOOGLE_UNTIL_2023,
        PLAIN,
    ],
    ids=["outlook", "german", "french", "spanish", "italian", "google", "google-2023", "plain"],
)
def test_headings_are_understood(headings: dict[str, Meaning]) -> None:
    assert dict(zip(headings, meanings(*headings), strict=True)) == headings


@pytest.mark.parametrize("word", ["Name", "Nom", "Nome", "Nombre"])
def test_a_bare_name_is_what_the_other_columns_leave(word: str) -> None:
    assert meanings(word, "Phone")[0] is N
    assert meanings(word, "Vorname")[0] is L
    assert meanings(word, "Cognome")[0] is F
    assert meanings(word, "Vorname", "Nachname")[0] is N


def test_without_headings_the_content_tells() -> None:
    rows = [
        ["Anna", "Lee", "Example Ltd.", "030 1234", "207", "a@example.com", ""],
        ["Bob", "Ray", "", "031 1", "208", "b@example.com", ""],
    ]
    assert guess_columns(rows) == Mapping(
        (F, L, C, Meaning.WORK, Meaning.EXTENSION, Meaning.EMAIL, X), has_header=False
    )


def test_without_headings_a_whole_name_is_one() -> None:
    rows = [["Anna Lee", "Example", "0301234"], ["Bob Ray", "", "0311234"]]
    assert guess_columns(rows).meanings == (N, C, Meaning.WORK)


def test_headings_nobody_knows_are_headings_over_a_column_of_numbers() -> None:
    rows = [["Jméno", "Linka"], ["Anna", "207"], ["Bob", "208"]]
    assert guess_columns(rows) == Mapping((N, Meaning.EXTENSION), has_header=True)


def test_a_heading_nobody_knows_may_stand_over_the_names() -> None:
    rows = [
        ["Firma", "Ansprechpartner", "Ort", "Telefon", "Kunde Nr."],
        ["Example", "Anna Lee", "Berlin", "030 12", "2207"],
    ]
    assert guess_columns(rows) == Mapping((C, N, X, Meaning.WORK, X), has_header=True)


def test_headings_alone_are_headings() -> None:
    assert guess_columns([["Name", "Phone"]]) == Mapping((N, Meaning.WORK), has_header=True)
    assert guess_columns([["Anna", "Lee"]]) == Mapping((F, L), has_header=False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("* Work Fax", NumberKind.FAX),
        ("* Mobile", NumberKind.MOBILE),
        ("iPhone", NumberKind.MOBILE),
        ("Privat", NumberKind.HOME),
        ("Durchwahl", NumberKind.EXTENSION),
        ("Main", NumberKind.WORK),
        ("geschäftlich", NumberKind.WORK),
        ("Pager", NumberKind.OTHER),
        ("Cardiology", NumberKind.OTHER),
        ("", NumberKind.OTHER),
    ],
)
def test_a_kind_may_be_said_in_words(text: str, kind: NumberKind) -> None:
    assert kind_in_words(text) is kind


@pytest.mark.parametrize("kind", NumberKind)
def test_our_own_words_for_the_kinds_are_understood(kind: NumberKind) -> None:
    assert kind_in_words(kind.value) is kind
