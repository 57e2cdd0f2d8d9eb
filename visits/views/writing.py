"""What every form on a charting screen has in common: whom it was opened for, and that it is written once.

`templates/_ui/about.html` puts both into the form.
"""

from collections.abc import Callable
from uuid import UUID

from django.utils.http import urlencode

from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import Conflict
from infusion_center.shared import clock
from patients.models import Patient
from visits.services import drafts, once

# The rest is what somebody wanted written.
NOT_TYPED = {"csrfmiddlewaretoken", "form_key", "tapped_ago"}


class WrongPatient(Conflict):
    """The form was opened for somebody else (requirement 11)."""


def same_patient(request: StaffRequest, patient: Patient) -> None:
    """Every form carries the patient it was opened for. Raises WrongPatient."""
    if request.POST.get("patient") != str(patient.key):
        raise WrongPatient("This form was opened for another patient. Nothing was written.")


def write_down(request: StaffRequest, patient: Patient, verb: Callable[[], object]) -> bool:
    """Run the verb for the form's patient, once for this form: False if it was written down before.

    Raises WrongPatient, OtherContent, and what the verb refuses.
    """
    same_patient(request, patient)
    key, user = form_key(request), request.user
    written = once.write(key=key, content=_content(request), verb=verb, by=user, at=clock.now())
    drafts.drop(form=request.path, by=user)
    return written.first


def once_more(said: str, first: bool) -> str:
    """What is announced: a form sent twice is no second entry."""
    return said if first else f"{said}. It was written down before, and is there once"


def form_key(request: StaffRequest) -> UUID | None:
    """The key of the form; None from a page that has none."""
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return None


def _content(request: StaffRequest) -> str:
    typed = sorted((name, sorted(values)) for name, values in request.POST.lists() if name not in NOT_TYPED)
    return f"{request.path} {urlencode(typed, doseq=True)}"
