"""A crowd of people who do not exist, always the same one: for tests and `make bench`."""

from __future__ import annotations

import random
from collections.abc import Iterator

from callctrl.people import Number, NumberKind, Person

__all__ = ["crowd"]


def _list(names: str) -> list[str]:
    return names.split()


_FIRST = _list("""
Adam Agnes Aisha Alan Albert Alejandro Alice Amélie Amina Andrea Andreas Andrzej Angela Anna Anne
Antonio Arjun Astrid Ayşe Barbara Beata Ben Birgit Björn Bruno Carla Carmen Charlotte Chloé Chris
Clara Claudia Craig Daniel David Diana Dieter Dimitri Dorothea Eduardo Elena Elif Ella Emil Emma
Erik Ewa Fatima Felix Fiona Florian François Frank Gabriele George Gerda Giulia Greta Günther
Hannah Hans Heike Helen Henrik Hugo Ian Ingrid Irina Isabelle Ivan Jack Jakub James Jan Jean Jonas
Jörg José Julia Jürgen Karen Karin Katharina Kevin Klaus Lars Laura Lea Leila Lena Linda Louis
Luca Lucy Łukasz Magdalena Maja Marco Maria Mark Marta Mehmet Mia Michael Michał Monika Nadia
Niels Nina Noah Nora Olga Oliver Omar Oscar Paolo Patrick Paul Pedro Peter Petra Philipp Pierre
Rachel Rafael Rainer Ravi Renate René Robert Rosa Ruth Sabine Samuel Sandra Sara Sean Silvia Simon
Sofia Søren Stefan Susanne Sven Sylvie Tanja Theo Thomas Tim Tobias Ulrike Ursula Uwe Valentina
Vera Victor Vincent Walter Werner William Wolfgang Yann Yusuf Zoe
""")
_SURNAMES = _list("""
Ackermann Adams Álvarez Andersen Bailey Baumann Becker Bell Berger Bernard Bianchi Böhm Brandt
Braun Brown Carter Castillo Clarke Collins Cooper Costa Çelik Dąbrowski Davies Díaz Dubois Dupont
Edwards Engel Evans Fernández Fischer Fontaine Foster Franke Friedrich García Garnier Gomez Graf
Gray Green Günther Haas Hahn Hall Hansen Harris Hartmann Heinrich Henry Herrmann Hoffmann Horn
Huber Hughes Jackson Jäger Jankowski Jansen Jensen Johansson Jones Jung Kaiser Kaplan Kaya Keller
Kelly King Klein Koch Köhler König Kowalski Kramer Krause Kumar Lambert Lang Larsson Lefèvre
Lehmann Lewis Lindberg López Lorenz Ludwig Lund Marino Martin Martínez Mayer Meier Mercier Meyer
Miller Möller Moore Morel Moretti Müller Murphy Nguyen Nielsen Novák Nowak Olsen Otto Park Patel
Petersen Pfeiffer Phillips Pohl Popović Richter Ricci Rivera Roberts Romano Rossi Roth Roussel
Roux Santos Sauer Schäfer Scherer Schmid Schmidt Schmitt Schmitz Schneider Scholz Schreiber
Schröder Schubert Schulte Schultz Schulz Schumacher Schuster Schwarz Scott Seidel Silva Simon
Singh Smith Sommer Stein Svensson Taylor Thomas Thompson Torres Turner Vogel Vogt Wagner Walker
Walter Weber Weiss Werner White Williams Winkler Winter Wójcik Wolf Wood Wright Yilmaz Young
Ziegler Zimmermann
""")
_BEGINNINGS = _list("""
Ahr Alt Bald Berg Birk Blau Bren Buch Dorn Eber Eich Ell Fal Feld Fink Gold Grün Hag Hain Hell
Hirsch Hohen Holz Kalt Kirch Korn Kreuz Lang Lauter Lind Löwen Markt Mühl Neu Nieder Ober Ost Rab
Reich Ried Rosen Rot Sand Schön See Silber Sonn Stein Tann Thal Ulm Wald Warten Weid Wiesen Wild
""")
_MIDDLES = ["", "en", "er", "l", "s", "ing"]
_ENDINGS = _list("""
ach au bach baum beck berg bichler born brecht brink brück burg dorf eder egger feld fels furt
garten gruber hagen hammer hardt haus heim hofer horst huber kamp kötter land lehner leitner lich
mann maier meister moser müller nagel ner rath rieder roth scheid schmidt stein stetter thaler
tner ung wald wieser winkler zell
""")
_TRADES = _list("""
Bakery Bank Bau Books Brauerei Clinic Consulting Dental Design Electric Energie Foods Garage
Gärten Hotel Immobilien Insurance Kanzlei Kliniken Labor Logistics Maschinenbau Media Möbel Optik
Pharma Print Reisen Schule Software Spedition Stahl Systems Textil Travel Verlag Versicherung
Werke
""")
_FORMS = ["GmbH", "AG", "Ltd", "Inc", "& Co", "SARL", "e. V.", "KG"]


def crowd(size: int, seed: int = 1) -> Iterator[Person]:
    """So many people, the same for the same seed; two in five have a rare surname."""
    chance = random.Random(seed)
    companies = [_company(chance) for _ in range(max(1, size // 12))]
    for _ in range(size):
        yield Person(
            name=f"{chance.choice(_FIRST)} {_surname(chance)}",
            numbers=tuple(_numbers(chance)),
            company=chance.choice(companies) if chance.random() < 0.8 else "",
            email=f"mail{chance.randrange(10**6)}@example.com",
            note="Prefers a call back in the afternoon." if chance.random() < 0.1 else "",
        )


def _surname(chance: random.Random) -> str:
    if chance.random() < 0.6:
        # Names are not equally common: the first choices are drawn far more often.
        return _SURNAMES[int(len(_SURNAMES) * chance.random() ** 1.5)]
    parts = (_BEGINNINGS, _MIDDLES, _ENDINGS)
    return "".join(chance.choice(each) for each in parts)


def _company(chance: random.Random) -> str:
    return f"{_surname(chance)} {chance.choice(_TRADES)} {chance.choice(_FORMS)}"


def _numbers(chance: random.Random) -> Iterator[Number]:
    if chance.random() < 0.1:
        yield Number(str(chance.randrange(100, 1000)), NumberKind.EXTENSION)
    area, line = chance.randrange(20, 990), chance.randrange(10**6, 10**7)
    yield Number(f"+49 {area} {line}" if chance.random() < 0.5 else f"0{area} / {line}")
    if chance.random() < 0.4:
        yield Number(f"+49 17{chance.randrange(10)} {chance.randrange(10**7)}", NumberKind.MOBILE)
