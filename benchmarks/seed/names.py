"""Names as an American city has them: some very common, many rare; accents, hyphens and apostrophes."""

import random
from itertools import accumulate, product
from pathlib import Path


def _words(file: str) -> list[str]:
    return (Path(__file__).parent / file).read_text(encoding="utf-8").split()


GIVEN, FAMILY = _words("given_names.txt"), _words("family_names.txt")  # the common ones, commonest first
RARE = [first + last for first, last in product(_words("name_beginnings.txt"), _words("name_endings.txt"))]

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
