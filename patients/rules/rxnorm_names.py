"""What a drug's written name says: its ingredients, its brand and its form.

RxNorm writes names in a grammar: "Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet
[Percocet]", "{28 (norethindrone 0.35 MG Oral Tablet) } Pack [Camila]". What people
type is near enough to it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_BRAND = re.compile(r"\[([^\]]+)\]")
_PACKED = re.compile(r"\(\s*([^()]*?\d[^()]*)\)")
# What stands before the name: "24 HR", "0.3 ML", "200 ACTUAT", an application number, a promise of the box.
_BEFORE = re.compile(
    r"^(?:(?:NDA|ANDA|BLA)\d+|[\d.]+\s*(?:HR|ML|ACTUAT|DAY|HOUR)|\d+hr|abuse-deterrent|once-daily|biweekly)\b[\s,]*",
    re.I,
)
_UNIT = r"(?:MG|MCG|UG|µG|G|ML|UNT|UNITS?|IU|MEQ|MMOL|ACTUAT|%|CELLS|BAU|SQCM)"
_STRENGTH = re.compile(rf"\s\d[\d.,/\-]*\s*{_UNIT}(?![a-z])", re.I)
_MILLIGRAMS = re.compile(r"(\d[\d.,]*)\s*MG(?!/)(?![a-z])", re.I)
_FORM = re.compile(
    r"\s(?:(?:\d+\s*)?(?:day|dose)\s+pack|oral|chewable|extended|delayed|disintegrating|sublingual|buccal|rectal|vaginal"
    r"|topical|ophthalmic|otic|nasal|inhal\w*|metered|dry powder|inject\w*|prefilled|auto-injector|pen"
    r"|transdermal|mucosal|intrauterine|drug implant|implant|tablets?|tabs?|capsules?|caps?|cream|ointment"
    r"|gel|lotion|solution|suspension"
    r"|syrup|spray|patch|powder|suppository|lozenge|er|xr|sr|cr|xl|dr|odt|pm|nos)\b.*$",
    re.I,
)
_SALTS = frozenset(
    [
        "acetate",
        "acetonide",
        "anhydrous",
        "aspartate",
        "barium",
        "besylate",
        "bisulfate",
        "bitartrate",
        "bromide",
        "butyrate",
        "calcium",
        "camsylate",
        "carbonate",
        "chloride",
        "citrate",
        "decanoate",
        "diethylamine",
        "dihydrate",
        "dihydrochloride",
        "dimeglumine",
        "dipropionate",
        "disodium",
        "edisylate",
        "enanthate",
        "estolate",
        "etexilate",
        "ethylsuccinate",
        "fumarate",
        "furoate",
        "gluconate",
        "hcl",
        "hemihydrate",
        "hyclate",
        "hydrobromide",
        "hydrochloride",
        "isethionate",
        "lactate",
        "lysine",
        "magnesium",
        "malate",
        "maleate",
        "medoxomil",
        "mesylate",
        "mofetil",
        "monohydrate",
        "mononitrate",
        "napsylate",
        "nitrate",
        "oxalate",
        "pamoate",
        "pentahydrate",
        "phosphate",
        "pivoxil",
        "porcine",
        "potassium",
        "propionate",
        "proxetil",
        "sodium",
        "stearate",
        "succinate",
        "sulfate",
        "tartrate",
        "tosylate",
        "trihydrate",
        "tromethamine",
        "valerate",
        "xinafoate",
        "zinc",
    ]
)
_LOCAL = re.compile(
    r"\b(?:ophthalmic|otic|vaginal|topical|eye drops?|ear drops?|cream|ointment|shampoo|lotion)\b", re.I
)
_EMERGENCY = re.compile(r"auto-?injector|inject|syringe|pen\b", re.I)


@dataclass(frozen=True)
class Ingredient:
    """`names`: from the fullest to the barest ("lithium carbonate", "lithium"); `mg` in one dose."""

    names: tuple[str, ...]
    mg: Decimal | None = None

    @property
    def bare(self) -> str:
        return self.names[-1]


@dataclass(frozen=True)
class Written:
    """One product as its name describes it."""

    ingredients: tuple[Ingredient, ...]
    brand: str = ""
    local: bool = False  # put on skin, eye, ear or vagina
    injected: bool = False


def read(text: str) -> Written:
    """The product a name describes; no ingredients where the text is empty."""
    brand = _BRAND.search(text)
    bare = _BRAND.sub("", text).strip()
    pieces = [piece for part in _packed(bare) for piece in re.split(r"\s+/\s+|\s+\+\s+", part)]
    found = {ingredient.bare: ingredient for ingredient in map(_ingredient, pieces) if ingredient}
    return Written(
        ingredients=tuple(found.values()),
        brand=_without_form(brand.group(1)).lower().strip() if brand else "",
        local=bool(_LOCAL.search(bare)),
        injected=bool(_EMERGENCY.search(bare)),
    )


def _packed(text: str) -> list[str]:
    """The names inside a pack, or the name itself."""
    return _PACKED.findall(text) if text.startswith("{") else [text]


def _ingredient(piece: str) -> Ingredient | None:
    name = f" {_without_before(piece.strip())}"
    strength = _STRENGTH.search(name)
    amount = _MILLIGRAMS.search(name)
    named = _without_form(name[: strength.start()] if strength else name)
    names = _barer(re.sub(r"[^\w\s,'-]", " ", named.lower()))
    return (
        Ingredient(names, Decimal(amount.group(1).replace(",", "").rstrip(".")) if amount else None)
        if names
        else None
    )


def _without_before(text: str) -> str:
    shorter = _BEFORE.sub("", text)
    return shorter if shorter == text else _without_before(shorter)


def _without_form(text: str) -> str:
    return _FORM.sub("", text)


def _barer(name: str) -> tuple[str, ...]:
    """The name, then the name without its salt words, one by one from the end."""
    words = name.replace(",", " ").split()
    names = [" ".join(words)] if words else []
    while len(words) > 1 and words[-1] in _SALTS:
        words = words[:-1]
        names.append(" ".join(words))
    return tuple(names)
