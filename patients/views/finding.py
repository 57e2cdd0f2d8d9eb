"""One box to find a patient."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.forms import FindForm
from patients.selectors import search

MOST = 20


@requires(Can.FIND_PATIENT)
@require_http_methods(["GET", "POST"])
def find(request: StaffRequest) -> HttpResponse:
    """POST, so that no name stands in an address. The list opened as a page is noted in the access log."""
    if request.method == "GET":
        reading.list_opened(page="patients:find", by=request.user, at=clock.now())
    form = FindForm(request.POST or None)
    text = form.cleaned_data["text"].strip() if form.is_valid() else ""
    found = search.find(text=text, limit=MOST) if text else None
    context = {"text": text, "found": found, "full": found is not None and len(found) == MOST}
    return page_or_part(request, page="patients/find.html", part="patients/_found.html", context=context)
