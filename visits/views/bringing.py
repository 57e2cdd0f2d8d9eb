"""A file of shifts, closures, bookings or series: look what would become of it, then take what is good."""

from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from visits.services import bringing, effects
from visits.services.brought import Brought, Fate

MOST_BYTES = 1_000_000
KINDS = [("shifts", "Shifts"), ("closures", "Closed days and other hours")]
OF_PATIENTS = [("bookings", "Bookings"), ("series", "Running series")]
COLUMNS = {
    "shifts": "nurse, day, from, to, breaks",
    "closures": "day, reason; for other hours also opens, closes",
    "bookings": "number (or family_name, given_name, birth_date), day, start, minutes (or regimen), "
    "chair_kind, reason",
    "series": "number (or family_name, given_name, birth_date), regimen, last_given (or first_due), "
    "every_days, early_days, late_days, weekday, from, until, chair_kind, comfort",
}


class BringForm(forms.Form):
    """The file, or its text when it is sent again to be taken."""

    use_required_attribute = False
    kind = forms.ChoiceField(label="What is in it", choices=KINDS + OF_PATIENTS)
    file = forms.FileField(label="CSV file", required=False)
    text = forms.CharField(required=False, max_length=MOST_BYTES, strip=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        brought = typed.get("file")
        if brought is not None:
            if brought.size > MOST_BYTES:
                raise forms.ValidationError({"file": "Over 1 MB: bring it in parts."})
            typed["text"] = _decoded(brought.read())
        if not typed.get("text"):
            raise forms.ValidationError({"file": "Choose a file."})
        return typed


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def bring(request: StaffRequest) -> HttpResponse:
    """POST looks; with `act=take` it takes."""
    if request.method != "POST":
        return _show(request, BringForm())
    form = BringForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    kind, text, now = form.cleaned_data["kind"], form.cleaned_data["text"], clock.now()
    of_patients = kind in dict(OF_PATIENTS)
    if of_patients:
        if not request.user.can(Can.BOOK_VISIT):
            raise PermissionDenied
        reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    about: dict[str, Any] = {"site": request.site, "text": text, "by": request.user, "at": now}
    taken = request.POST.get("act") == "take"
    try:
        found = (bringing.bring if taken else bringing.look)(kind, **about)
        trouble = [] if taken or of_patients else _trouble(kind, about, found)
    except DomainError as no:
        put_problem(form, no)
        return _show(request, form, status=no.http_status)
    return _show(request, form, found=_sorted(found), taken=taken, text=text, kind=kind, trouble=trouble)


def _trouble(kind: str, about: dict[str, Any], found: list[Brought]) -> list[str]:
    """What taking it would mean for who is booked."""
    act = partial(bringing.bring, kind, **about)
    return effects.effects_of(act, rows=bringing.rows_of(found), at=about["at"])


def _sorted(found: list[Brought]) -> list[tuple[str, list[Brought]]]:
    return [(str(fate), [one for one in found if one.fate == fate]) for fate in Fate]


def _show(request: StaffRequest, form: BringForm, *, status: int = 200, **more: Any) -> HttpResponse:
    allowed = KINDS + OF_PATIENTS if request.user.can(Can.BOOK_VISIT) else KINDS
    form.fields["kind"].choices = allowed  # type: ignore[attr-defined]
    columns = [(label, COLUMNS[kind]) for kind, label in allowed]
    context = {"form": form, "tab": "bring", "columns": columns} | more
    return render(request, "visits/bring.html", context, status=status)


def _decoded(raw: bytes) -> str:
    """UTF-8, else as an older spreadsheet writes it."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
