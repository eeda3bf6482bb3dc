"""What the columns of a table of people mean, guessed by their headings and by what is in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from callctrl.people import NumberKind

__all__ = ["NUMBER_KINDS", "Mapping", "Meaning", "guess_columns", "kind_in_words"]


class Meaning(Enum):
    """What a column holds."""

    NOTHING = "nothing"
    """Nothing that is wanted."""
    NAME = "name"
    """The whole of it."""
    FIRST_NAME = "first name"
    """Also the middle ones, in a column of their own."""
    LAST_NAME = "last name"
    COMPANY = "company"
    WORK = "work"
    EXTENSION = "extension"
    MOBILE = "mobile"
    HOME = "home"
    FAX = "fax"
    OTHER = "other"
    """Any other number."""
    KIND = "kind"
    """Says in words of which kind the next number to the right is, as Google writes it."""
    EMAIL = "email"
    NOTE = "note"


NUMBER_KINDS = {
    Meaning.WORK: NumberKind.WORK,
    Meaning.EXTENSION: NumberKind.EXTENSION,
    Meaning.MOBILE: NumberKind.MOBILE,
    Meaning.HOME: NumberKind.HOME,
    Meaning.FAX: NumberKind.FAX,
    Meaning.OTHER: NumberKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """What is where in a CSV file."""

    meanings: tuple[Meaning, ...]
    """Of each column, from the left."""
    has_header: bool
    """Whether the first row holds headings and nobody."""


def guess_columns(rows: Sequence[Sequence[str]]) -> Mapping:
    """What each column seems to mean, by its heading and, where that tells nothing, its cells."""
    first, *rest = rows
    known = [Meaning.NOTHING] * len(rows[0])
    has_header = False
    if not any(_is_number(cell) or "@" in cell for cell in first):
        known = _meanings_of_headings(first)
        has_header = any(meaning is not Meaning.NOTHING for meaning in known)
        if not has_header:  # words we do not know may stand over a column of numbers
            columns = [column for column in zip(*rest, strict=True) if any(column)]
            has_header = any(all(map(_is_number, column)) for column in columns)
    return Mapping(_completed(known, rest if has_header else rows), has_header)


@lru_cache(maxsize=1000)
def kind_in_words(text: str) -> NumberKind:
    """The kind a cell names, such as Google's "* Work Fax"."""
    folded = _folded(text)
    words = set(folded.split())
    if any(stem in folded for stem in _FAX):
        return NumberKind.FAX
    for kind, stems in _KIND_STEMS:
        if _begins(words, stems):
            return NUMBER_KINDS[kind]
    return NumberKind.WORK if _begins(words, _WORK) else NumberKind.OTHER


def _is_number(cell: str) -> bool:
    cell = cell.strip()
    return re.fullmatch(r"[+(]?[0-9][0-9 ()/.\-]{1,30}", cell) is not None


_NAMES = {Meaning.NAME, Meaning.FIRST_NAME, Meaning.LAST_NAME}


def _completed(known: list[Meaning], rows: Sequence[Sequence[str]]) -> tuple[Meaning, ...]:
    """What the cells tell of names, numbers and addresses for which there is no column yet."""
    meanings = list(known)
    words: list[int] = []
    for index, column in enumerate(zip(*rows, strict=True)):
        cells = [cell.strip() for cell in column if cell.strip()]
        numbers = [cell for cell in cells if _is_number(cell)]
        if known[index] is not Meaning.NOTHING or not cells:
            continue
        if len(numbers) * 2 > len(cells):
            if NUMBER_KINDS.keys().isdisjoint(known):
                is_short = all(re.fullmatch("[1-9][0-9]{1,4}", cell) for cell in numbers)
                meanings[index] = Meaning.EXTENSION if is_short else Meaning.WORK
        elif sum("@" in cell for cell in cells) * 2 > len(cells):
            if Meaning.EMAIL not in known:
                meanings[index] = Meaning.EMAIL
        else:
            words.append(index)
    if words and _NAMES.isdisjoint(known):
        if any(meaning is not Meaning.NOTHING for meaning in known):
            order = [Meaning.NAME]
        elif len(words) == 1 or sum(" " in row[words[0]].strip() for row in rows) * 2 > len(rows):
            order = [Meaning.NAME, Meaning.COMPANY]
        else:
            order = [Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.COMPANY]
        for index, meaning in zip(words, order, strict=False):
            meanings[index] = meaning
    return tuple(meanings)


def _meanings_of_headings(headings: Sequence[str]) -> list[Meaning]:
    texts = [_folded(heading) for heading in headings]
    meanings = [_meaning_of(text) for text in texts]
    # "Name", "Nom", "Nome", "Nombre" alone may be any of three.
    first, last = Meaning.FIRST_NAME in meanings, Meaning.LAST_NAME in meanings
    for index, text in enumerate(texts):
        if text in _ANY_NAME and first != last:
            meanings[index] = Meaning.LAST_NAME if first else Meaning.FIRST_NAME
    return meanings


def _folded(text: str) -> str:
    """In small letters without accents, words apart by one blank."""
    plain = unicodedata.normalize("NFKD", text[:200].casefold())
    letters = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(letters).split())


_ANY_NAME = {"name", "nom", "nome", "nombre"}

# English, German, French, Spanish, Italian, without accents; the words of Outlook's and Google's
# exports among them.
_HEADINGS = {
    Meaning.NAME: """
        name, full name, fullname, display name, contact, contact name
        anzeigename, vollstandiger name, kontakt
        nom, nom complet, nom et prenom, prenom et nom, nombre, nombre completo, nombre y apellidos,
        contacto, nome, nome completo, nome e cognome, nome visualizzato, contatto
    """,
    Meaning.FIRST_NAME: """
        first name, firstname, given name, givenname, forename, first, middle name, additional name,
        vorname, vornamen, rufname, weitere vornamen, zweiter vorname,
        prenom, prenoms, deuxieme prenom, autres prenoms,
        nombre de pila, nombres, segundo nombre, secondo nome, altri nomi
    """,
    Meaning.LAST_NAME: """
        last name, lastname, surname, family name, familyname, last,
        nachname, familienname, zuname, nom de famille, apellido, apellidos, cognome
    """,
    Meaning.COMPANY: """
        company, company name, organization, organization name, organization 1 name, organisation,
        organisation name, business, firma, firmenname, unternehmen, betrieb,
        societe, nom de la societe, entreprise, raison sociale,
        empresa, compania, organizacion, razon social, societa, azienda, ditta, organizzazione
    """,
    Meaning.NOTE: """
        note, notes, comment, comments, remark, remarks, notiz, notizen, anmerkung, anmerkungen,
        bemerkung, bemerkungen, kommentar, remarque, remarques, commentaire, commentaires,
        nota, notas, comentario, comentarios, observaciones, annotazioni, commento, commenti
    """,
    Meaning.WORK: """
        number, nummer, rufnummer, numero, work, office, geschaftlich, bureau, trabajo, ufficio,
        direct line
    """,
    Meaning.HOME: "home, domicile, particular, abitazione, casa",
    Meaning.EXTENSION: """
        extension, ext, internal, internal number, durchwahl, nebenstelle, interne nummer,
        poste interne, interno, numero interno, anexo
    """,
}
_BY_HEADING = {
    heading.strip(): meaning
    for meaning, headings in _HEADINGS.items()
    for heading in re.split("[,\n]", headings)
    if heading.strip()
}
_EMAIL = re.compile(
    r"\b(?:e ?)?mail(?:adress\w*)?[0-9]?\b"
    r"|\b(?:messagerie|courriel|courrier|correo|posta el\w*)\b"
)
_NOT_AN_ADDRESS = {"name", "nom", "nome", "nombre", "list"}
_ABOUT_A_VALUE = {"type", "typ", "tipo", "label", "kind", "art"}
_SOMEBODY_ELSE = {"assistant", "assistants", "assistent", "assistente", "asistente", "phonetic"}
_PHONE = ("phone", "telefon", "rufnummer")
_PHONE_WORDS = {"tel", "tlf", "tfno", "fon"}
_FAX = ("fax", "telecop")
_KIND_STEMS = (
    # The first that fits counts: in Italian a car phone is "telefono automobile".
    (Meaning.OTHER, ("other", "weiter", "sonstig", "autre", "otro", "altro", "altri", "pager")),
    (Meaning.OTHER, ("auto", "car", "voiture", "coche", "radio", "callback", "telex", "tty")),
    (Meaning.MOBILE, ("mobil", "cell", "handy", "movil", "portable", "gsm", "natel", "iphone")),
    (Meaning.EXTENSION, ("extension", "durchwahl", "nebenstelle", "intern")),
    (
        Meaning.HOME,
        ("home", "privat", "domicile", "particular", "casa", "abitazione", "ab", "perso"),
    ),
)

_WORK = (
    "work",
    "business",
    "main",
    "office",
    "company",
    "geschaft",
    "arbeit",
    "dienst",
    "buro",
    "travail",
    "bureau",
    "professionnel",
    "trabajo",
    "lavoro",
    "ufficio",
)


def _meaning_of(heading: str) -> Meaning:
    """What a heading says, folded."""
    if heading in _BY_HEADING:
        return _BY_HEADING[heading]
    words = set(heading.split())
    is_number = any(stem in heading for stem in _PHONE) or not words.isdisjoint(_PHONE_WORDS)
    if not words.isdisjoint(_SOMEBODY_ELSE):
        return Meaning.NOTHING
    if not words.isdisjoint(_ABOUT_A_VALUE):
        return Meaning.KIND if is_number else Meaning.NOTHING
    if any(stem in heading for stem in _FAX):
        return Meaning.FAX
    if _EMAIL.search(heading):
        return Meaning.EMAIL if words.isdisjoint(_NOT_AN_ADDRESS) else Meaning.NOTHING
    kind = next((kind for kind, stems in _KIND_STEMS if _begins(words, stems)), Meaning.WORK)
    if is_number or (kind is Meaning.MOBILE and len(words) <= 2):
        return kind
    return Meaning.NOTHING


def _begins(words: set[str], stems: tuple[str, ...]) -> bool:
    """Whether a word begins with a stem; a stem of three letters must be all of it."""
    return any(
        word == stem or (len(stem) > 3 and word.startswith(stem))
        for word in words
        for stem in stems
    )
