"""What every row is given: the data, the people, fresh days, the web server."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import count, cycle, islice

from benchmarks.seed import SEED, copying, days, people, visits
from benchmarks.seed.center import Center, open_center
from benchmarks.web import Web, serving
from infusion_center.shared import clock
from patients.models import Patient

VISITS_A_DAY = 60
BUSY_DAY = 300
RECENT_DAYS = 30
HISTORY_DAYS = 3 * 365
FIRST_FRESH_DAY = 14  # days from today

Plan = Callable[[random.Random, int], Sequence[days.Sitting]]  # of a number of chairs


@dataclass
class Bench:
    """A center with its people, on the day `today`. `quick`: fewer repetitions of the same."""

    quick: bool
    running: ExitStack
    center: Center = field(init=False)
    today: date = field(init=False)
    _ahead: Iterator[int] = field(default_factory=lambda: count(FIRST_FRESH_DAY))
    _people: Iterator[int] = field(default_factory=lambda: cycle(range(1, people.UNSEEN + 1)))

    def seed(self) -> None:
        """Everybody, the last month, today with 60 visits and tomorrow with 300."""
        people.people()
        self.center = open_center()
        self.today = self.center.site.day_of(clock.now())
        self._fill(self._ago(range(1, RECENT_DAYS + 1)), self._past)
        self._fill([self.today], lambda rng, chairs: list(days.running(rng, VISITS_A_DAY, chairs)))
        self._fill([self.busy_day], lambda rng, chairs: list(days.running(rng, BUSY_DAY, chairs)))
        copying.analyze()

    def seed_history(self) -> None:
        """Three years before that month."""
        self._fill(self._ago(range(RECENT_DAYS + 1, HISTORY_DAYS + 1)), self._past)
        copying.analyze()

    @property
    def busy_day(self) -> date:
        return self.today + timedelta(days=1)

    def fresh_days(self, how_many: int, plan: Plan) -> list[date]:
        """Days in the future that nobody has touched, each laid out by the plan."""
        fresh = [self.today + timedelta(days=next(self._ahead)) for _ in range(how_many)]
        self._fill(fresh, plan)
        return fresh

    def fresh_patients(self, how_many: int) -> list[int]:
        """Primary keys of patients without visits, others than the last time."""
        return list(islice(self._people, how_many))

    def times(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @cached_property
    def patient_keys(self) -> dict[int, str]:
        """Public keys of those patients, by primary key."""
        rows = Patient.objects.filter(pk__lte=people.UNSEEN).values_list("pk", "key")
        return {pk: str(key) for pk, key in rows}

    @cached_property
    def web(self) -> Web:
        """Started when first asked for, stopped at the end of the run."""
        return self.running.enter_context(serving())

    def _fill(self, which: Sequence[date], plan: Plan) -> None:
        rng = random.Random(SEED)
        planned = {day: plan(rng, len(self.center.chairs)) for day in which}
        visits.fill(self.center, planned)

    def _ago(self, back: range) -> list[date]:
        return [self.today - timedelta(days=many) for many in back]

    def _past(self, rng: random.Random, chairs: int) -> Sequence[days.Sitting]:
        return list(days.past(rng, VISITS_A_DAY, chairs))
