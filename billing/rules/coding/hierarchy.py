"""The drugs of one IV site, from the initial service down: `billing.md` 1.1, 1.2, 1.4 steps 6 to 9."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from .chart import Mode, Policy, Setting
from .given import Given
from .minutes import LONGEST_PUSH, Span, add_on_hours, together, whole_minutes
from .sheet import Sheet


class Family(NamedTuple):
    """The codes of one family: the first infusion, its further hours, the next drug; the same for pushes."""

    infusion: str
    hour: str
    next_infusion: str
    push: str
    next_push: str


THERAPEUTIC = Family("96365", "96366", "96367", "96374", "96375")
COMPLEX = Family("96413", "96415", "96417", "96409", "96411")
CONCURRENT = "96368"
REPEAT_PUSH = "96376"


@dataclass
class SiteCoder:
    """Codes the infusions and pushes of one site, which are given in order of their start."""

    given: Sequence[Given]
    setting: Setting
    policy: Policy
    sheet: Sheet

    def code(self, *, modifiers: tuple[str, ...]) -> None:
        """The initial service with its hours (the modifier is a second site's), then the rest."""
        initial = self._initial()
        family = _family(initial)
        code = family.infusion if _infused(initial) else family.push
        self.sheet.bill(code, 1, initial.lines, modifiers)
        if _infused(initial):
            self.sheet.bill(family.hour, add_on_hours(initial.minutes), initial.lines)
        self._code_infusions(initial)
        self._code_pushes(initial)

    def _initial(self) -> Given:
        """Office: the primary reason for the visit where one is named. Else rank, then length, then start.

        A push has no length that counts (`billing.md` 1.2).
        """
        for given in self.given if self.setting is Setting.OFFICE else ():
            if self.policy.primary_reason in {line.id for line in given.lines}:
                return given
        return min(self.given, key=lambda g: (_rank(g), -g.minutes if _infused(g) else 0, g.start))

    def _code_infusions(self, initial: Given) -> None:
        """Step 8. Overlap is counted against every infusion placed before, whichever code that one earned."""
        infused = set(initial.drugs) if _infused(initial) else set()
        running = list(initial.spans) if _infused(initial) else []
        others = [given for given in self.given if _infused(given) and given is not initial]
        for given in sorted(others, key=lambda g: (_rank(g), g.start)):
            if given.drugs <= infused:
                self.sheet.bill(_family(given).hour, 1 + add_on_hours(given.minutes), given.lines)
                self.sheet.flag("review:repeat_infusion")
            else:
                self._code_next_infusion(given, running)
            infused |= given.drugs
            running += given.spans

    def _code_next_infusion(self, given: Given, running: Sequence[Span]) -> None:
        """Concurrent when little is left beside the overlap; else the next drug, for what is left.

        Where neither the overlap nor the rest is long enough to count, it is the next drug for all its time.
        """
        overlap = whole_minutes(together(given.spans, running))
        rest = given.minutes - overlap
        if overlap >= self.policy.concurrent_min_overlap and rest <= LONGEST_PUSH:
            self._code_concurrent(given)
            return
        counted = rest if rest > LONGEST_PUSH else given.minutes
        family = _family(given)
        self.sheet.bill(family.next_infusion, 1, given.lines)
        self.sheet.bill(family.hour, add_on_hours(counted), given.lines)

    def _code_concurrent(self, given: Given) -> None:
        """Once in an encounter, however many drugs or sites, without time units (`billing.md` 1.3)."""
        if self.sheet.has(CONCURRENT):
            self.sheet.drop(given.lines, "concurrent_already_reported")
        else:
            self.sheet.bill(CONCURRENT, 1, given.lines)

    def _code_pushes(self, initial: Given) -> None:
        """Step 9, in order of time."""
        infused = {drug for given in self.given if _infused(given) for drug in given.drugs}
        pushed: dict[str, datetime] = {}
        billed = set(initial.drugs)
        for given in (g for g in self.given if not _infused(g)):
            since = [given.start - pushed[drug] for drug in given.drugs & pushed.keys()]
            pushed.update(dict.fromkeys(given.drugs, given.start))
            if given.drugs <= infused:
                self._review_same_drug(given, is_initial=given is initial)
            elif given is not initial and not given.drugs <= billed:
                self.sheet.bill(_family(given).next_push, 1, given.lines)
            elif given is not initial:
                self._code_repeat_push(given, min(since, default=timedelta()))
            billed |= given.drugs

    def _review_same_drug(self, given: Given, *, is_initial: bool) -> None:
        """A loading push beside an infusion of the same drug is contested (`billing.md` 1.4 step 9)."""
        self.sheet.flag("review:push_same_drug_as_infusion")
        if not is_initial:
            self.sheet.drop(given.lines, "push_same_drug_as_infusion")

    def _code_repeat_push(self, given: Given, since: timedelta) -> None:
        """A facility's alone, and only over half an hour after the drug's last push (`billing.md` 1.3)."""
        if self.setting is Setting.OFFICE:
            self.sheet.drop(given.lines, "repeat_push_office")
        elif since < timedelta(minutes=self.policy.repeat_push_min):
            self.sheet.drop(given.lines, "repeat_push_within_30")
        else:
            self.sheet.bill(REPEAT_PUSH, 1, given.lines)


def _family(given: Given) -> Family:
    return COMPLEX if given.is_complex else THERAPEUTIC


def _infused(given: Given) -> bool:
    return given.mode is Mode.INFUSION


def _rank(given: Given) -> int:
    """Complex infusion, complex push, infusion, push: `billing.md` 1.2."""
    return (0 if given.is_complex else 2) + (0 if _infused(given) else 1)
