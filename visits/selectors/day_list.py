"""The day list: everybody of one day, in the front desk's lists, as it is printed."""

from dataclasses import dataclass
from datetime import date, datetime

from infusion_center.places.models import Site
from visits.selectors.board import GROUPS, OFF, Cell, cells_on, chairs_of
from visits.selectors.day import Day, day_of
from visits.states import Status


@dataclass(frozen=True)
class DayList:
    """`groups`: (code, name, cells by start); who is not coming stands last."""

    day: Day
    groups: list[tuple[str, str, list[Cell]]]

    @property
    def expected(self) -> int:
        """How many are or were to be treated."""
        return sum(len(cells) for code, _, cells in self.groups if code != OFF)


def day_list(*, site: Site, day: date, at: datetime) -> DayList:
    """Three queries: the day, the chairs, its visits."""
    today = day_of(site=site, day=day)
    cells = cells_on(site=site, day=day, statuses=Status, chairs=chairs_of(site), at=at)
    groups = [(code, name, [cell for cell in cells if cell.group == code]) for code, name in GROUPS.items()]
    return DayList(today, groups)
