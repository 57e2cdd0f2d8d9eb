"""What stands in forms that were not sent: one's own, and that somebody else types into the same one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from patients.selectors import card
from visits.models import Draft, Visit, WrittenForm

AT_IT = timedelta(minutes=30)  # whoever typed longer ago is not typing now


@dataclass(frozen=True)
class Kept:
    """Of one form. `others`: who else has typed into it in the last half hour, with when."""

    mine: Draft | None = None
    others: Sequence[Draft] = ()


@dataclass(frozen=True)
class Drafts:
    """Of one visit, as one person sees them."""

    mine: Sequence[Draft] = ()
    of_others: Sequence[Draft] = field(default_factory=list)

    def of(self, form: str) -> Kept:
        mine = next((one for one in self.mine if one.form == form), None)
        return Kept(mine, [one for one in self.of_others if one.form == form])


def of_visit(visit: Visit, *, by: User, at: datetime) -> Drafts:
    """One query; none of what was sent meanwhile."""
    found = list(_unsent().filter(visit=visit).select_related("saved_by").order_by("pk"))
    others = [one for one in found if one.saved_by_id != by.pk and at - one.saved_at < AT_IT]
    return Drafts([one for one in found if one.saved_by_id == by.pk], others)


def unsent(*, site: Site, by: User) -> list[Draft]:
    """One person's own of every visit, the newest first."""
    rows = _unsent().filter(saved_by=by, visit__site=site).select_related("visit__patient")
    found = list(rows.order_by("-saved_at", "-pk"))
    card.with_same_name([one.visit.patient for one in found])
    return found


def put_back(form: forms.Form, draft: Draft) -> None:
    """Fill an empty form with what was typed; what is wrong with it is said when it is sent."""
    typed = QueryDict(mutable=True)
    for name, values in draft.typed.items():
        typed.setlist(name, values)
    for name, one in form.fields.items():
        if not one.widget.value_omitted_from_data(typed, {}, form.add_prefix(name)):
            form.initial[name] = one.widget.value_from_datadict(typed, {}, form.add_prefix(name))


def _unsent() -> QuerySet[Draft]:
    return Draft.objects.filter(~Exists(WrittenForm.objects.filter(key=OuterRef("key"))))
