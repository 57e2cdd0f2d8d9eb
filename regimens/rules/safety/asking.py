"""One case against the book: which rules and rows hit, and which could not be decided.

A hit carries its causes (tags, groups, limits), so that a rule and a drug's row that say the same thing
make one finding, the rule's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from regimens.rules.safety import sentences
from regimens.rules.safety.book import BY_ROW, Book, Drug, Rule
from regimens.rules.safety.case import Case, HomeMedication, Line, hours_between
from regimens.rules.safety.doses import Counted
from regimens.rules.safety.facts import Facts
from regimens.rules.safety.rows import Selector
from regimens.rules.safety.scope import Scope, allergens_of
from regimens.rules.safety.unknown import Truth, Unknown, both, either, is_true, missing
from regimens.rules.safety.verdicts import Severity

ADULT_FROM_YEARS = 18


@dataclass(frozen=True)
class Item:
    """One drug in play: ordered now (with its line), or given already."""

    drug: Drug
    line: Line
    ordered: bool
    where: str = "clinic"


@dataclass(frozen=True)
class Hit:
    """A finding before it is written. `truth` Unknown: it could not be decided, and what was missing."""

    rule: str
    severity: Severity
    drug: Drug | None
    about: frozenset[str]
    message: str
    fix: str = ""
    causes: frozenset[str] = frozenset()
    truth: Truth = True
    entry: str = ""  # the home medication whose time is not known
    limit_kind: str = ""
    limit_hours: Decimal = Decimal(0)
    with_: frozenset[str] = frozenset()  # the other drugs it rests on, given ones too

    @property
    def involves(self) -> frozenset[str]:
        return self.about | self.causes | self.with_


@dataclass(frozen=True)
class Partner:
    """What stands on a rule's right side, certainly or perhaps."""

    cause: str = ""
    truth: Truth = True
    words: str = ""
    entry: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


class Asking:
    """One case and the book, with what both sides of many rules need reckoned once.

    `only`: the drug whose findings are wanted; what cannot say anything about it is not asked.
    """

    def __init__(self, case: Case, book: Book, *, only: str | None = None) -> None:
        self.case, self.book, self.only = case, book, only
        self._facts: dict[datetime, Facts] = {}
        self.facts = self._facts_at(case.at)
        self.ordered = [Item(book.drugs[line.drug], line, ordered=True) for line in case.lines]
        self.given = [
            Item(
                book.drugs[dose.drug],
                Line(dose.drug, dose.amount, "", dose.at, indication=""),
                False,
                dose.where,
            )
            for dose in case.patient.given
        ]
        self.by_drug = sorted([*self.ordered, *self.given], key=lambda item: item.drug.id)
        self._counted: dict[tuple[int, frozenset[str]], Counted] = {}

    # --- what one line is asked ------------------------------------------------------------------------

    def facts_of(self, item: Item) -> Facts:
        """A line's windows end at its own time, not at the visit's."""
        return self._facts_at(item.line.at) if item.ordered else self.facts

    def _facts_at(self, at: datetime) -> Facts:
        if at not in self._facts:
            self._facts[at] = Facts(self.case, self.book, at)
        return self._facts[at]

    def tag(self, tag: str, item: Item) -> Truth:
        """Whether the condition counts for this line: an allergy to an excipient, if the product holds it."""
        known = self.book.allergy_groups.get(self.book.tags[tag].allergy_group or "")
        if known and known.excipient and known.id not in allergens_of(item.drug, item.line):
            return False
        return self.facts_of(item).tag(tag, item.drug)

    def scope(self, item: Item, drugs: Iterable[str] | None = None, **more: Any) -> Scope:
        return Scope(
            self.facts_of(item),
            drug=item.drug,
            line=item.line,
            counted=self.counted(item.line, [item.drug.id] if drugs is None else drugs),
            **more,
        )

    def counted(self, line: Line, drugs: Iterable[str]) -> Counted:
        key = (id(line), frozenset(drugs))
        if key not in self._counted:
            self._counted[key] = Counted(self.case, line, key[1])
        return self._counted[key]

    # --- selectors -------------------------------------------------------------------------------------

    def chooses(self, selectors: Iterable[Selector], item: Item) -> bool:
        return any(self._fits(selector, item) for selector in selectors)

    def _fits(self, selector: Selector, item: Item) -> bool:
        if selector.key in BY_ROW:
            return BY_ROW[selector.key](selector.wanted, item.drug)
        return _FITS[selector.key](self, selector.wanted, item)

    def flagged(self, flag: str, drug: Drug) -> bool:
        return _FLAGS[flag](self, drug)

    @property
    def minor(self) -> bool:
        return self.case.patient.age_years < ADULT_FROM_YEARS

    def weight_based(self, drug: Drug) -> bool:
        """The dose that applies is per kg."""
        if self.minor and drug.row.pediatric_dose.supported:
            return drug.row.pediatric_dose.per_kg is not None
        return drug.row.adult_dose.unit.endswith("/kg")

    def unsupported_for_minors(self, drug: Drug) -> bool:
        """Under 18 without a supported paediatric dose, or under its youngest age."""
        dose = drug.row.pediatric_dose
        youngest = dose.min_age_years or 0
        return self.minor and (not dose.supported or self.case.patient.age_years < youngest)

    # --- rules -----------------------------------------------------------------------------------------

    def rule_hits(self) -> Iterator[Hit]:
        drugs = [item.drug for item in self.spoken_of([*self.ordered, *self.given])]
        for rule in self.book.rules_about(drugs):
            if not rule.row.from_limits:
                yield from self._of_rule(rule)

    def spoken_of(self, items: Iterable[Item]) -> list[Item]:
        """Those whose findings are wanted."""
        return [item for item in items if self.only in (None, item.drug.id)]

    def _of_rule(self, rule: Rule) -> Iterator[Hit]:
        if rule.of_visit:
            if self.only is None:
                yield from self._of_visit(rule)
            return
        asked = self.ordered if rule.row.once else self.spoken_of(self.ordered)
        left = [item for item in asked if self.chooses(rule.row.left, item)]
        if rule.row.also_given and not left and self.only is None:
            left = [item for item in self.given if self.chooses(rule.row.left, item)][:1]
            yield from (replace(hit, drug=None) for item in left for hit in self._on_line(rule, item))
        elif rule.row.together:
            yield from self._together(rule)
        elif rule.on_pairs:
            yield from self._on_pairs(rule)
            if rule.groups:
                yield from (hit for item in left for hit in self._on_line(rule, item, groups_only=True))
        elif rule.row.once:
            yield from self._once(rule, left)
        else:
            yield from (hit for item in left for hit in self._on_line(rule, item))

    def _of_visit(self, rule: Rule) -> Iterator[Hit]:
        if not any(selector.visit_type == self.case.visit_type for selector in rule.row.left):
            return
        scope = Scope(self.facts)
        causes = [Partner(tag, self.facts.tag(tag), self.label(tag)) for tag in rule.conditions]
        truth = both(
            [
                either(partner.truth for partner in causes) if causes else True,
                rule.when(scope) if rule.when else True,
            ]
        )
        if truth is False:
            return
        yield self._hit(rule, None, truth, causes, scope)

    def _once(self, rule: Rule, left: Sequence[Item]) -> Iterator[Hit]:
        """One finding for the visit, about all the drugs that match."""
        hits = [hit for item in left for hit in self._on_line(rule, item)]
        if not hits:
            return
        about = frozenset().union(*(hit.about for hit in hits))
        drug = hits[0].drug if len(about) == 1 else None
        worst = max(hits, key=lambda hit: hit.severity.weight)
        names = sentences.listed(sorted(self.book.drugs[one].name for one in about))
        yield replace(worst, drug=drug, about=about, message=sentences.rule(rule, names, ""))

    def _on_line(self, rule: Rule, item: Item, *, groups_only: bool = False) -> Iterator[Hit]:
        partners = list(self._partners(rule, item, groups_only=groups_only))
        found = [(partner, self._truth(rule, item, partner)) for partner in partners]
        hits = [partner for partner, truth in found if truth is True]
        if hits:
            worst = max(
                (self._severity(rule, self._scope_of(rule, item, partner)) for partner in hits),
                key=lambda severity: severity.weight,
            )
            yield self._written(rule, item, hits, worst)
        for partner, truth in found:
            if isinstance(truth, Unknown):
                severity = self._severity(rule, self._scope_of(rule, item, partner))
                yield replace(
                    self._written(rule, item, [partner], severity), truth=truth, entry=partner.entry
                )

    def _partners(self, rule: Rule, item: Item, *, groups_only: bool) -> Iterator[Partner]:
        """Everything on the right side that this line may meet; one empty partner where there is no right."""
        for group in rule.groups:
            for entry in self.facts.home_of(group):
                yield self._home_partner(rule, item, group, entry)
        if rule.row.asks and rule.row.asks not in self.case.patient.screening:
            yield Partner(truth=missing(rule.row.asks))
        if groups_only:
            return
        for tag in rule.conditions:
            yield Partner(tag, self.tag(tag, item), self.label(tag))
        for group in rule.allergies:
            yield Partner(group, group in self.facts.allergies, f"{self._allergy(group)} allergy")
        if not (rule.groups or rule.conditions or rule.allergies or rule.partners or rule.row.asks):
            yield Partner()

    def _home_partner(self, rule: Rule, item: Item, group: str, entry: HomeMedication) -> Partner:
        truth = _entry_truth(rule, item.line, entry)
        words = sentences.home(entry, item.line.at, within=rule.row.relation == "within_hours")
        return Partner(group, truth, words, entry=entry.name, extra={"other": entry.name})

    def _truth(self, rule: Rule, item: Item, partner: Partner) -> Truth:
        if partner.truth is False or rule.when is None:
            return partner.truth
        return both([partner.truth, rule.when(self._scope_of(rule, item, partner))])

    def _scope_of(self, rule: Rule, item: Item, partner: Partner) -> Scope:
        drugs = self._left_drugs(rule) if rule.row.relation == "frequency" else None
        return self.scope(item, drugs, extra={"cause": partner.cause, **partner.extra})

    def _left_drugs(self, rule: Rule) -> list[str]:
        """All drugs that the left side chooses: what a rule on a class counts."""
        items = [*self.ordered, *self.given]
        return [item.drug.id for item in items if self.chooses(rule.row.left, item)]

    # --- rules on pairs and on several drugs -----------------------------------------------------------

    def _on_pairs(self, rule: Rule) -> Iterator[Hit]:
        """Two different drugs, at least one of them ordered now; each pair once."""
        seen: set[frozenset[int]] = set()
        lefts = [item for item in self.by_drug if self.chooses(rule.row.left, item)]
        rights = [item for item in self.by_drug if self.chooses(rule.partners, item)]
        for left in lefts:
            for right in rights if self.spoken_of([left]) else self.spoken_of(rights):
                pair = frozenset({id(left), id(right)})
                if pair in seen or not self._meet(rule, left, right):
                    continue
                hit = self._pair_hit(rule, left, right)
                if hit is not None:
                    seen.add(pair)
                    yield hit

    def _meet(self, rule: Rule, left: Item, right: Item) -> bool:
        """The other orders of the case, and doses given within the window or, without one, here today."""
        if left.drug.id == right.drug.id or not (left.ordered or right.ordered):
            return False
        window = rule.row.window_hours
        apart = hours_between(left.line.at, right.line.at)
        if left.ordered and right.ordered:
            return rule.row.relation == "same_visit" or window is None or abs(apart) < window
        given, ordered = (right, left) if left.ordered else (left, right)
        return _still_counts(given, ordered.line, window)

    def _pair_hit(self, rule: Rule, left: Item, right: Item) -> Hit | None:
        extra = {"cause": right.drug.id, "other": right.drug.id, "other_dose": right.line.dose}
        if not left.ordered:
            extra |= {"indication": missing("indication"), "method": missing("method")}
        scope = self.scope(left, extra=extra)
        if rule.when is not None and not is_true(rule.when(scope)):
            return None
        spoken = left if left.ordered else right
        other = right if left.ordered else left
        words = sentences.together(other.drug, other.line, given=not other.ordered, at=spoken.line.at)
        partner = Partner(right.drug.id, True, words)
        hit = self._written(rule, spoken, [partner], self._severity(rule, scope))
        return replace(
            hit,
            about=frozenset(item.drug.id for item in (left, right) if item.ordered),
            with_=frozenset({left.drug.id, right.drug.id}),
        )

    def _together(self, rule: Rule) -> Iterator[Hit]:
        """All drugs that either side chooses make one finding, if two of them differ and one is ordered."""
        sides = [*rule.row.left, *rule.partners]
        ordered = [item for item in self.ordered if self.chooses(sides, item)]
        if not ordered:
            return
        first = min(ordered, key=lambda item: (hours_between(self.case.at, item.line.at), item.drug.id))
        given = [
            item
            for item in self.given
            if self.chooses(sides, item) and _still_counts(item, first.line, rule.row.window_hours)
        ]
        sure, perhaps = self._home_names(rule, first.line)
        for home, truth in ((sure, True), (sure | perhaps, missing("last_taken_at"))):
            hit = self._together_with(rule, first, [*ordered, *given], home)
            if hit is not None:
                yield replace(hit, truth=truth, entry=sentences.listed(sorted(home - sure)))
                return

    def _home_names(self, rule: Rule, line: Line) -> tuple[frozenset[str], frozenset[str]]:
        """Home medications that the rule counts, and those it would count if their time were known."""
        entries = {entry for group in rule.groups for entry in self.facts.home_of(group)}
        truths = {entry: _entry_truth(rule, line, entry) for entry in entries}
        return (
            frozenset(entry.name for entry, truth in truths.items() if truth is True),
            frozenset(entry.name for entry, truth in truths.items() if isinstance(truth, Unknown)),
        )

    def _together_with(
        self, rule: Rule, first: Item, items: Sequence[Item], home: frozenset[str]
    ) -> Hit | None:
        names = {item.drug.id: item.drug for item in items}
        if len(names) + len(home) < 2:
            return None
        scope = self.scope(
            first,
            together=list(names.values()),
            extra={
                "drug_count": Decimal(len(names) + len(home)),
                "later_partners": Decimal(self._later(rule, items)),
            },
        )
        if rule.when is not None and not is_true(rule.when(scope)):
            return None
        words = sentences.listed(sorted(drug.name for drug in names.values()) + sorted(home))
        return Hit(
            rule.id,
            self._severity(rule, scope),
            None,
            frozenset(item.drug.id for item in items if item.ordered),
            sentences.rule(rule, words, ""),
            fix=rule.row.action,
            with_=frozenset([*names, *home]),
        )

    def _later(self, rule: Rule, items: Sequence[Item]) -> int:
        """How many of the right side come after the first of the left side."""
        starts = [item.line.at for item in items if self.chooses(rule.row.left, item)]
        if not starts:
            return 0
        first = min(starts)
        after = [item for item in items if self.chooses(rule.partners, item)]
        return sum(1 for item in after if hours_between(first, item.line.at) > 0)

    # --- writing a hit ---------------------------------------------------------------------------------

    def _severity(self, rule: Rule, scope: Scope) -> Severity:
        for graded in rule.severities:
            if is_true(graded.when(scope)):
                return graded.severity
        return rule.row.severity

    def _hit(
        self, rule: Rule, item: Item | None, truth: Truth, partners: Sequence[Partner], scope: Scope
    ) -> Hit:
        hits = [partner for partner in partners if partner.truth is True]
        words = sentences.listed([partner.words for partner in hits if partner.words])
        return Hit(
            rule.id,
            self._severity(rule, scope),
            item.drug if item else None,
            frozenset(),
            sentences.rule(rule, "", words),
            fix=rule.row.action,
            causes=_causes(rule, hits),
            truth=truth,
        )

    def _written(self, rule: Rule, item: Item, partners: Sequence[Partner], severity: Severity) -> Hit:
        words = sentences.listed(list(dict.fromkeys(partner.words for partner in partners if partner.words)))
        subject = sentences.dose(item.drug, item.line)
        numbers = sentences.numbers(rule, self._scope_of(rule, item, partners[0]))
        return Hit(
            rule.id,
            severity,
            item.drug,
            frozenset({item.drug.id}) if item.ordered else frozenset(),
            sentences.rule(rule, subject, words or numbers),
            fix=rule.row.action,
            causes=_causes(rule, partners),
            with_=frozenset(word for one in partners for word in (one.cause, one.entry) if word),
            limit_kind=rule.row.limit_kind or "",
            limit_hours=rule.row.window_hours or Decimal(0),
        )

    def label(self, tag: str) -> str:
        return sentences.lower(self.book.tags[tag].label)

    def _allergy(self, group: str) -> str:
        return sentences.lower(self.book.allergy_groups[group].label)


def _causes(rule: Rule, partners: Sequence[Partner]) -> frozenset[str]:
    """The tags and allergies it rests on. A home group or another drug may bear the name of one of them."""
    named = frozenset([*rule.conditions, *rule.allergies])
    return (named & {partner.cause for partner in partners}) | frozenset(rule.row.speaks_for)


def _entry_truth(rule: Rule, line: Line, entry: HomeMedication) -> Truth:
    """Whether a home medication stands in the rule's way (contracts.md 1, `home_medications`).

    `within_hours` looks at the last dose alone; otherwise an active entry counts whenever it was taken, and
    with a window a stopped one taken within it.
    """
    window = rule.row.window_hours
    if rule.row.relation != "within_hours" and entry.active:
        return True
    if window is None:
        return False
    if entry.last_taken_at is None:
        return missing("last_taken_at")
    return abs(hours_between(entry.last_taken_at, line.at)) < window


def _still_counts(given: Item, line: Line, window: Decimal | None) -> bool:
    apart = hours_between(given.line.at, line.at)
    if window is None:
        return given.where == "clinic" and given.line.at.date() == line.at.date()
    return 0 <= apart < window


_FITS: dict[str, Callable[[Asking, Any, Item], bool]] = {
    "flag": lambda asking, wanted, item: asking.flagged(wanted, item.drug),
    "any_drug": lambda asking, wanted, item: True,
    "allergy_group": lambda asking, wanted, item: wanted in allergens_of(item.drug, item.line),
}
_FLAGS: dict[str, Callable[[Asking, Drug], bool]] = {
    "driver_required": lambda asking, drug: drug.row.sedation.driver_required,
    "weight_based": lambda asking, drug: asking.weight_based(drug),
    "pediatric_not_supported": lambda asking, drug: asking.unsupported_for_minors(drug),
}
