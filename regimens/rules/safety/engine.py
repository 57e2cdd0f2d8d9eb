"""May these drugs be given to this patient now? `judge` answers with every finding (contracts.md 1)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from regimens.rules.safety import drug_rows, sentences
from regimens.rules.safety.asking import Asking, Hit, Item
from regimens.rules.safety.book import Book
from regimens.rules.safety.case import Case
from regimens.rules.safety.unknown import Unknown, is_true
from regimens.rules.safety.verdicts import Answer, Finding, Severity, answer_of

NEVER_ASKED = ("conditions", "allergies", "home_medications")
ONLY_AT_START = frozenset({"iv_site"})


def judge(case: Case, book: Book, *, only: str | None = None) -> Answer:
    """Every finding on the case's lines together, most severe first. Knows no clock and no database.

    `only`: the findings about this drug among the others, for a picker that asks drug by drug.
    """
    asking = Asking(case, book, only=only)
    hits = list(asking.rule_hits())
    for item in asking.spoken_of(asking.ordered):
        hits += drug_rows.hits_of(asking, item)
    decided = _named_once(book, [hit for hit in hits if not isinstance(hit.truth, Unknown)])
    undecided = [hit for hit in hits if isinstance(hit.truth, Unknown)]
    found = [_finding(hit) for hit in decided]
    found += _missing(asking, undecided, decided)
    if only is not None:
        found = [one for one in found if one.concerns(only)]
    return answer_of(_ungated(asking, _merged(found)))


def _finding(hit: Hit) -> Finding:
    return Finding(
        rule=hit.rule,
        severity=hit.severity,
        drug=hit.drug.id if hit.drug else None,
        message=hit.message,
        fix=hit.fix,
        about=tuple(sorted(hit.about)),
        involves=tuple(sorted(hit.involves)),
    )


# --- One finding for one (drug, cause) ----------------------------------------------------------------


def _named_once(book: Book, hits: list[Hit]) -> list[Hit]:
    """What a rule and the drug's row both say is the rule's; a day's limit goes by the rule that names it."""
    rules = {rule.id for rule in book.rules}
    by_rule = [hit for hit in hits if hit.rule in rules]
    kept = [hit for hit in hits if hit.rule not in rules and not _said_by(hit, by_rule)]
    day_rule = next((rule for rule in book.rules if rule.row.from_limits), None)
    if day_rule is not None:
        kept = [
            replace(hit, rule=day_rule.id, fix=day_rule.row.action) if "limit:max_24h" in hit.causes else hit
            for hit in kept
        ]
    return [*by_rule, *_strictest_interval(kept)]


def _said_by(row: Hit, rules: Iterable[Hit]) -> bool:
    return any(
        rule.about & row.about
        and (
            row.causes & rule.causes
            or (
                row.limit_kind
                and row.limit_kind == rule.limit_kind
                and (row.limit_hours == rule.limit_hours or _shorter_interval(row, rule))
            )
        )
        for rule in rules
    )


def _shorter_interval(row: Hit, rule: Hit) -> bool:
    return row.limit_kind == "min_interval" and row.limit_hours <= rule.limit_hours


def _strictest_interval(hits: list[Hit]) -> list[Hit]:
    """Too soon is said once for a drug, by the most severe of its rows."""
    intervals = [hit for hit in hits if hit.limit_kind in ("min_interval", "usual_interval")]
    kept = []
    for hit in hits:
        rivals = [other for other in intervals if other.about == hit.about and other is not hit]
        weaker = any(other.severity.weight > hit.severity.weight for other in rivals)
        if not (hit in intervals and weaker):
            kept.append(hit)
    return kept


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Several hits of one rule on one drug are one finding, the most severe one's."""
    kept: dict[tuple[str, str | None], Finding] = {}
    for finding in sorted(findings, key=lambda one: (-one.severity.weight, one.message)):
        key = (finding.rule, finding.drug)
        if key in kept:
            about = tuple(sorted({*kept[key].about, *finding.about}))
            involves = tuple(sorted({*kept[key].involves, *finding.involves}))
            kept[key] = replace(kept[key], about=about, involves=involves)
        else:
            kept[key] = finding
    return list(kept.values())


# --- What is not known --------------------------------------------------------------------------------


def _missing(asking: Asking, undecided: list[Hit], decided: list[Hit]) -> Iterator[Finding]:
    yield from _never_asked(asking)
    yield from _not_understood(asking)
    for item in asking.spoken_of(asking.ordered):
        yield from _creatinine(asking, item)
    for hit in undecided:
        for what in sorted(hit.truth.names):  # type: ignore[union-attr]
            if what in sentences.ASKED and _is_asked(asking, hit, what, decided):
                yield _gap(what, hit)


def _never_asked(asking: Asking) -> Iterator[Finding]:
    for what in NEVER_ASKED:
        if getattr(asking.case.patient, what) is None:
            yield Finding(
                f"missing:{what}", Severity.OVERRIDE_REASON, None, sentences.missing(what, "", ""), asks=what
            )


def _not_understood(asking: Asking) -> Iterator[Finding]:
    """An active allergy or medication that no vocabulary knows is never silence."""
    for text in asking.case.patient.not_understood:
        kind, _, name = text.partition(":")
        yield Finding(
            f"not_understood:{kind}:{name}"[:120],
            Severity.OVERRIDE_REASON,
            None,
            f"Not understood: {name}, review.",
            fix="Say what it is on the patient's page, or go on with a reason.",
            asks=f"{kind}s" if kind != "allergy" else "allergies",
        )


def _creatinine(asking: Asking, item: Item) -> Iterator[Finding]:
    wanted = drug_rows.CREATININE_WANTED & set(item.drug.row.monitoring.baseline)
    if wanted and isinstance(asking.facts_of(item).crcl, Unknown):
        subject = sentences.dose(item.drug, item.line)
        yield Finding(
            "missing:crcl_ml_min",
            Severity.OVERRIDE_REASON,
            item.drug.id,
            sentences.missing("crcl_ml_min", subject, ""),
            asks="crcl_ml_min",
            about=(item.drug.id,),
        )


def _is_asked(asking: Asking, hit: Hit, what: str, decided: list[Hit]) -> bool:
    """The table of contracts.md 1: when a gap is a finding, and when a rule that names it is."""
    if what == "crcl_ml_min":
        return False  # asked by the drug's baseline
    if what in ONLY_AT_START:
        return asking.case.moment == "start"
    if what == "pregnancy":
        return not _asks_for_hcg(asking, hit, decided)
    return True


def _asks_for_hcg(asking: Asking, hit: Hit, decided: list[Hit]) -> bool:
    hcg_rules = {
        rule.id for rule in asking.book.rules if rule.when and "negative_hcg_within" in rule.when.uses
    }
    return any(other.rule in hcg_rules and other.drug == hit.drug for other in decided)


def _gap(what: str, hit: Hit) -> Finding:
    subject = sentences.title(hit.drug) if hit.drug else ""
    return Finding(
        f"missing:{what}",
        hit.severity,
        hit.drug.id if hit.drug else None,
        sentences.missing(what, subject, hit.entry),
        asks=what,
        about=tuple(sorted(hit.about)),
        involves=tuple(sorted(hit.involves)),
    )


# --- Never in the way of an emergency -----------------------------------------------------------------


def _ungated(asking: Asking, findings: list[Finding]) -> Iterator[Finding]:
    """Epinephrine for a reaction is never gated: whatever is said about it is information."""
    free = {item.drug.id for item in asking.ordered if _is_free(asking, item)}
    gated = {item.drug.id for item in asking.ordered if not _is_free(asking, item)}
    for finding in findings:
        about = set(finding.about) or ({finding.drug} if finding.drug else set())
        ungated = about <= free - gated if about else bool(free) and not gated
        yield replace(finding, severity=Severity.INFO) if ungated else finding


def _is_free(asking: Asking, item: Item) -> bool:
    rule = item.drug.never_gated
    return rule is not None and is_true(rule(asking.scope(item)))
