"""The rule book, read: every row checked, every condition parsed, every id known, or the row is refused."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from regimens.rules.safety import rows
from regimens.rules.safety.expressions import (
    ON_A_LINE,
    ON_PAIRS,
    ON_PARTNERS,
    ON_SEVERAL,
    BadExpression,
    Expression,
    Vocabulary,
    parse,
)
from regimens.rules.safety.rows import BadRow, DrugRow, RuleRow, Selector, VocabularyRow
from regimens.rules.safety.verdicts import Severity

PAIRING = frozenset({"same_visit", "within_hours"})
ON_ITEMS = frozenset(
    {"drug", "class_tag", "qt_risk", "sedation_level_min", "flag", "any_drug", "allergy_group"}
)


@dataclass(frozen=True)
class Graded:
    when: Expression
    severity: Severity


@dataclass(frozen=True)
class Rule:
    """A rule ready to be asked: the row, its conditions parsed, its selectors sorted."""

    row: RuleRow
    when: Expression | None
    severities: tuple[Graded, ...]
    conditions: tuple[str, ...]  # right side, by what they look at
    allergies: tuple[str, ...]
    groups: tuple[str, ...]
    partners: tuple[Selector, ...]

    @property
    def id(self) -> str:
        return self.row.id

    @cached_property
    def of_visit(self) -> bool:
        return any(selector.visit_type for selector in self.row.left)

    @cached_property
    def on_pairs(self) -> bool:
        return self.row.relation in PAIRING and bool(self.partners) and not self.row.together

    def may_choose(self, drug: "Drug") -> bool:
        """Whether one of its sides may choose the drug, for one patient or another."""
        return self.of_visit or any(
            one.key not in BY_ROW or BY_ROW[one.key](one.wanted, drug)
            for one in [*self.row.left, *self.partners]
        )


@dataclass(frozen=True)
class Contra:
    row: rows.Contraindication
    when: Expression | None


@dataclass(frozen=True)
class AdjustedLimit:
    when: Expression
    limit: Decimal | None
    limit_per_kg: Decimal | None


@dataclass(frozen=True)
class LimitRule:
    row: rows.Limit
    when: Expression | None
    unless: Expression | None
    adjusted: tuple[AdjustedLimit, ...]


@dataclass(frozen=True)
class Ceiling:
    """An adjustment that reckons: the ceilings that hold where `when` does."""

    row: rows.Adjustment
    when: Expression


@dataclass(frozen=True)
class Drug:
    """One drug ready to be asked about."""

    row: DrugRow
    contraindications: tuple[Contra, ...]
    limits: tuple[LimitRule, ...]
    ceilings: tuple[Ceiling, ...]
    never_gated: Expression | None
    adult_dose_when: Expression | None
    tags: frozenset[str]
    own_allergens: frozenset[str]  # without the excipients
    excipients: frozenset[str]

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def name(self) -> str:
        """As it is said: `ketorolac`, `acetaminophen`, without salt and brand."""
        return self.row.id.removesuffix("_iv").replace("_", " ")

    @property
    def unit(self) -> str:
        """mg or mL: what doses of it are written in."""
        return self.row.adult_dose.unit.partition("/")[0]


# Selectors that need to know the drug alone.
BY_ROW: dict[str, Callable[[Any, Drug], bool]] = {
    "drug": lambda wanted, drug: drug.id == wanted,
    "class_tag": lambda wanted, drug: wanted in drug.tags,
    "qt_risk": lambda wanted, drug: drug.row.qt_risk == wanted,
    "sedation_level_min": lambda wanted, drug: drug.row.sedation.level >= wanted,
}


@dataclass(frozen=True)
class Book:
    """Everything the engine knows."""

    drugs: Mapping[str, Drug]
    rules: tuple[Rule, ...]
    tags: Mapping[str, rows.ConditionTag]
    allergy_groups: Mapping[str, rows.AllergyGroup]
    members: Mapping[str, frozenset[str]]  # a home drug's name → the groups that list it
    groups: frozenset[str]
    vocabulary: Vocabulary
    _about: dict[str, frozenset[str]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def rules_about(self, drugs: Iterable[Drug]) -> Iterator[Rule]:
        """The rules that may have something to say where these drugs are ordered or were given."""
        about = frozenset().union(*(self._rules_about(drug) for drug in drugs))
        return (rule for rule in self.rules if rule.id in about)

    def _rules_about(self, drug: Drug) -> frozenset[str]:
        if drug.id not in self._about:
            self._about[drug.id] = frozenset(rule.id for rule in self.rules if rule.may_choose(drug))
        return self._about[drug.id]

    def with_drugs(self, added: Sequence[Any]) -> "Book":
        """The book and the rows a center added. Raises BadRow."""
        if not added:
            return self
        fresh: dict[str, Drug] = {}
        known_tags = self.vocabulary.class_tags
        for number, raw in enumerate(added):
            row = DrugRow.read(raw, place=f"drugs.{number}.")
            if row.id in self.drugs or row.id in fresh:
                raise BadRow(f"drugs.{number}.id: {row.id} is in the formulary already")
            vocabulary = replace(self.vocabulary, class_tags=known_tags | frozenset(row.class_tags))
            fresh[row.id] = _drug(row, self.allergy_groups, self.tags, vocabulary, f"drugs.{number}.")
        return replace(self, drugs={**self.drugs, **fresh})


def read_book(raw: Mapping[str, Any]) -> Book:
    """The book in the shape of `data/formulary.json`: `vocab`, `drugs`, `interaction_rules`.

    Raises BadRow with the place of the first row that does not parse.
    """
    vocab = VocabularyRow.read(raw.get("vocab", {}), place="vocab.")
    drug_rows = [
        DrugRow.read(row, place=f"drugs.{_name(row, number)}.")
        for number, row in enumerate(raw.get("drugs", []))
    ]
    vocabulary = Vocabulary(
        tags=frozenset(tag.id for tag in vocab.condition_tags),
        groups=frozenset(group.id for group in vocab.external_drug_groups),
        allergy_groups=frozenset(group.id for group in vocab.allergy_groups),
        class_tags=frozenset(vocab.class_tags).union(*(row.class_tags for row in drug_rows)),
    )
    tags = {tag.id: tag for tag in vocab.condition_tags}
    allergy_groups = {group.id: group for group in vocab.allergy_groups}
    for tag in vocab.condition_tags:
        if tag.allergy_group is not None and tag.allergy_group not in allergy_groups:
            raise BadRow(
                f"vocab.condition_tags.{tag.id}.allergy_group: unknown allergy group {tag.allergy_group}"
            )
    _refuse_twice("drugs", [row.id for row in drug_rows])
    drugs = {row.id: _drug(row, allergy_groups, tags, vocabulary, f"drugs.{row.id}.") for row in drug_rows}
    rule_rows = [
        RuleRow.read(row, place=f"interaction_rules.{_name(row, number)}.")
        for number, row in enumerate(raw.get("interaction_rules", []))
    ]
    _refuse_twice("interaction_rules", [row.id for row in rule_rows])
    return Book(
        drugs=drugs,
        rules=tuple(_rule(row, vocabulary, frozenset(drugs)) for row in rule_rows),
        tags=tags,
        allergy_groups=allergy_groups,
        members=_members(vocab.external_drug_groups),
        groups=vocabulary.groups,
        vocabulary=vocabulary,
    )


def read_rule(raw: Any, book: Book) -> Rule:
    """One rule as a pharmacist typed it, against this book. Raises BadRow."""
    row = RuleRow.read(raw, place="")
    return _rule(row, book.vocabulary, frozenset(book.drugs), place="")


def read_drug(raw: Any, book: Book) -> Drug:
    """One drug as a pharmacist typed it, against this book. Raises BadRow."""
    row = DrugRow.read(raw, place="")
    vocabulary = replace(book.vocabulary, class_tags=book.vocabulary.class_tags | frozenset(row.class_tags))
    return _drug(row, book.allergy_groups, book.tags, vocabulary, "")


def _drug(
    row: DrugRow,
    allergy_groups: Mapping[str, rows.AllergyGroup],
    tags: Mapping[str, rows.ConditionTag],
    vocabulary: Vocabulary,
    place: str,
) -> Drug:
    unknown = [group for group in row.allergy_groups if group not in allergy_groups]
    if unknown:
        raise BadRow(f"{place}allergy_groups: unknown allergy group {unknown[0]}")
    for number, contra in enumerate(row.contraindications):
        if contra.tag not in tags:
            raise BadRow(f"{place}contraindications.{number}.tag: unknown condition {contra.tag}")

    vocabulary = replace(vocabulary, senseless=ON_PARTNERS | ON_PAIRS | ON_SEVERAL)

    def read(text: str | None, where: str) -> Expression | None:
        return _condition(text, vocabulary, f"{place}{where}")

    excipients = frozenset(group for group in row.allergy_groups if allergy_groups[group].excipient)
    return Drug(
        row=row,
        contraindications=tuple(
            Contra(contra, read(contra.when, f"contraindications.{number}.when"))
            for number, contra in enumerate(row.contraindications)
        ),
        limits=tuple(
            _limit(limit, vocabulary, f"{place}frequency_limits.{number}.")
            for number, limit in enumerate(row.frequency_limits)
        ),
        ceilings=tuple(
            Ceiling(one, _must(one.when, vocabulary, f"{place}adult_dose.adjustments.{number}.when"))
            for number, one in enumerate(row.adult_dose.adjustments)
            if one.when
        ),
        never_gated=read(row.never_gated_when, "never_gated_when"),
        adult_dose_when=read(row.pediatric_dose.adult_dose_when, "pediatric_dose.adult_dose_when"),
        tags=frozenset(row.class_tags),
        own_allergens=frozenset(row.allergy_groups) - excipients,
        excipients=excipients,
    )


def _limit(row: rows.Limit, vocabulary: Vocabulary, place: str) -> LimitRule:
    return LimitRule(
        row=row,
        when=_condition(row.when, vocabulary, f"{place}when"),
        unless=_condition(row.unless, vocabulary, f"{place}unless"),
        adjusted=tuple(
            AdjustedLimit(
                _must(one.when, vocabulary, f"{place}adjusted.{number}.when"), one.limit, one.limit_per_kg
            )
            for number, one in enumerate(row.adjusted)
        ),
    )


def _rule(row: RuleRow, vocabulary: Vocabulary, drugs: frozenset[str], place: str | None = None) -> Rule:
    place = f"interaction_rules.{row.id}." if place is None else place
    for side in ("left", "right"):
        for number, selector in enumerate(getattr(row, side)):
            _check(selector, vocabulary, drugs, f"{place}{side}.{number}.")
    for tag in row.speaks_for:
        if tag not in vocabulary.tags:
            raise BadRow(f"{place}speaks_for: unknown condition {tag}")
    for selector in row.left:
        if selector.key not in ON_ITEMS | {"visit_type"}:
            raise BadRow(f"{place}left: {selector.key} chooses no drug")
    right = [(selector.key, selector) for selector in row.right]
    vocabulary = replace(vocabulary, senseless=_senseless(row))
    return Rule(
        row=row,
        when=_condition(row.when, vocabulary, f"{place}when"),
        severities=tuple(
            Graded(_must(one.when, vocabulary, f"{place}severities.{number}.when"), one.severity)
            for number, one in enumerate(row.severities)
        ),
        conditions=tuple(str(one.wanted) for key, one in right if key == "condition"),
        allergies=tuple(str(one.wanted) for key, one in right if key == "allergy_group"),
        groups=tuple(str(one.wanted) for key, one in right if key == "external_group"),
        partners=tuple(
            one for key, one in right if key not in ("condition", "allergy_group", "external_group")
        ),
    )


def _senseless(row: RuleRow) -> frozenset[str]:
    """What a condition of this rule cannot ask."""
    if any(selector.visit_type for selector in row.left):
        return ON_A_LINE | ON_PARTNERS | ON_PAIRS | ON_SEVERAL
    if row.together:
        return ON_PARTNERS | ON_PAIRS
    paired = row.relation in PAIRING and any(selector.key in ON_ITEMS for selector in row.right)
    return ON_SEVERAL if paired else ON_SEVERAL | ON_PAIRS


def _check(selector: Selector, vocabulary: Vocabulary, drugs: frozenset[str], place: str) -> None:
    known = {
        "drug": drugs,
        "class_tag": vocabulary.class_tags,
        "external_group": vocabulary.groups,
        "condition": vocabulary.tags,
        "allergy_group": vocabulary.allergy_groups,
    }.get(selector.key)
    if known is not None and selector.wanted not in known:
        raise BadRow(f"{place}{selector.key}: unknown {selector.key.replace('_', ' ')} {selector.wanted}")


def _condition(text: str | None, vocabulary: Vocabulary, place: str) -> Expression | None:
    return _must(text, vocabulary, place) if text else None


def _must(text: str | None, vocabulary: Vocabulary, place: str) -> Expression:
    try:
        return parse(text or "", vocabulary)
    except BadExpression as no:
        raise BadRow(f"{place}: {no.message}" if place else no.message) from no


def _members(groups: Iterable[rows.ExternalGroup]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in groups:
        for name in group.members:
            found.setdefault(name.lower(), set()).add(group.id)
    return {name: frozenset(ids) for name, ids in found.items()}


def _refuse_twice(place: str, ids: list[str]) -> None:
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise BadRow(f"{place}: {twice} is there twice")


def _name(row: Any, number: int) -> str:
    return str(row.get("id", number)) if isinstance(row, dict) else str(number)
