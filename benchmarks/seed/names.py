"""Names as an American city has them: some very common, many rare, some with accents, hyphens and apostrophes."""

import random
from itertools import accumulate, product

GIVEN = """
Mary James Maria Robert Linda John Patricia Michael José Jennifer David Elizabeth William Barbara Carlos Susan Juan
Jessica Thomas Sarah Charles Karen Daniel Lisa Matthew Nancy Anthony Betty Mark Sandra Luis Margaret Steven Ashley Paul
Kimberly Andrew Emily Joshua Donna Kenneth Michelle Jesús Carol Kevin Amanda Brian Melissa George Deborah Ángel Sofía
Timothy Stephanie Ronald Rebecca Jason Sharon Edward Laura Jeffrey Cynthia Ryan Dorothy Jacob Amy Gary Kathleen Nicholas
Angela Eric Shirley Jonathan Emma Stephen Brenda Larry Pamela Justin Nicole Scott Anna Brandon Samantha Benjamin
Katherine Samuel Christine Gregory Débora Alexander Rachel Frank Carolyn Patrick Janet Raymond Maricela Jack Heather
Dennis Zoë Jerry Chloé Tyler René Aaron Renée Nathan Françoise Henry Anaïs Zachary Jürgen Peter Søren Kyle Łukasz Noah
Thuỳ Ethan Đặng Jeremy Priya Walter Aisha Christian Fatima Keith Mei Austin Xiomara Sean Óscar Roger Inés Terry Ximena
Gerald Begoña Harold Iñaki Dylan Guadalupe Ramón Esperanza Omar Yolanda Hassan Ifeoma Ivan Oluwaseun Dmitri Siobhán
""".split()

FAMILY = """
Smith Johnson García Williams Brown Martínez Jones Rodríguez Davis Hernández Miller López González Wilson Anderson Pérez
Thomas Taylor Moore Jackson Martin Sánchez Lee Ramírez Thompson White Harris Torres Clark Lewis Robinson Flores Walker
Young Nguyễn Allen King Rivera Wright Scott Gómez Hill Díaz Green Adams Nelson Baker Hall Campbell Mitchell Carter Reyes
Roberts Cruz Morales Ortiz Gutiérrez Phillips Evans Turner Parker Collins Edwards Stewart Chávez Ramos Ruiz Castillo
Morris Rogers Reed Cook Morgan Bell Murphy Bailey Cooper Richardson Cox Howard Ward Peterson Gray James Watson Brooks
Kelly Sanders Price Bennett Wood Barnes Ross Henderson Coleman Jenkins Perry Powell Long Patterson Hughes Washington
Butler Simmons Foster Bryant Alexander Russell Griffin Hayes Myers Ford Hamilton Graham Sullivan Wallace Woods Cole West
O'Brien O'Connor MacDonald McCarthy D'Angelo Núñez Muñoz Peña Müller Schröder Weiß Jørgensen Ångström Kowalczyk
Wiśniewski Dvořák Nováková Papadopoulos Okonkwo Adébáyò Patel Singh Kim Chen Wang Ivanov Haddad Benítez Ibáñez Zúñiga
""".split()

# Rare names: two pieces each.
FIRST_PIECES = """
Ash Black Brad Bridge Brook Burn Chat Clay Cran Dal Dun East Elm Fair Farn Glen Gold Green Hart Haw Hazel Heath High
Holl Kings Lang Lin Lock Mar May Mill Moor Nor Oak Pem Pine Quin Rad Raven Red Rock Ros Sand Shel Stan Stone Strat Thorn
Upp Wake Wal Waver Wey Whit Wil Win Wood Wyn Yar
""".split()
LAST_PIECES = """
berry borough bourne bridge brook bury by cliffe combe croft dale den don field ford gate grove ham hampton hill holm
hurst ington land ley low man mere mond more ness over pool port ridge shaw stead stock ston thorpe ton tree vale ville
wick wood worth
""".split()
RARE = [first + last for first, last in product(FIRST_PIECES, LAST_PIECES)]

COMMON_SHARE, DOUBLE_SHARE, CALLED_SHARE, FORMER_SHARE = 0.6, 0.04, 0.08, 0.06


def family_name(rng: random.Random) -> str:
    if rng.random() < DOUBLE_SHARE:
        return f"{_family(rng)}-{_family(rng)}"
    return _family(rng)


def given_name(rng: random.Random) -> str:
    return _skewed(rng, GIVEN, _GIVEN_WEIGHTS)


def preferred_name(rng: random.Random, given: str) -> str:
    """Empty for most; else a short form."""
    return given[:3] if rng.random() < CALLED_SHARE else ""


def former_name(rng: random.Random) -> str:
    return _family(rng) if rng.random() < FORMER_SHARE else ""


def misspelt(rng: random.Random, name: str) -> str:
    """The name with two neighbouring letters in the wrong order, not at its start."""
    place = rng.randrange(1, max(2, len(name) - 1))
    return name[:place] + name[place : place + 2][::-1] + name[place + 2 :]


def _family(rng: random.Random) -> str:
    if rng.random() < COMMON_SHARE:
        return _skewed(rng, FAMILY, _FAMILY_WEIGHTS)
    return rng.choice(RARE)


def _skewed(rng: random.Random, names: list[str], weights: list[float]) -> str:
    return rng.choices(names, cum_weights=weights)[0]


def _falling(names: list[str]) -> list[float]:
    """Cumulative weights: the tenth name is about a third as common as the first."""
    return list(accumulate(1 / (place + 5) for place in range(len(names))))


_GIVEN_WEIGHTS, _FAMILY_WEIGHTS = _falling(GIVEN), _falling(FAMILY)
