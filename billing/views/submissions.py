"""The files claims leave in: make one, list them, fetch one."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from billing.models import Submission
from billing.selectors import files
from billing.services import submission as sending
from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock

PAGE = 50


@requires(Can.SEE_CLAIMS)
@require_GET
def submissions(request: StaffRequest) -> HttpResponse:
    """Newest first, with what came back."""
    listed = Paginator(files.submissions(request.site), PAGE).get_page(request.GET.get("page"))
    return render(request, "billing/submissions.html", {"listed": listed})


@requires(Can.SEND_CLAIM)
@require_POST
def make(request: StaffRequest) -> HttpResponse:
    """All ready claims of the site into one file."""
    try:
        made = sending.make_batch(site=request.site, by=request.user, at=clock.now())
    except DomainError as no:
        messages.error(request, no.message)
        return redirect("billing:claims_in", "ready" if no.http_status == 409 else "held")
    messages.success(request, "The file passed every check. Download it and send it to the clearinghouse.")
    return redirect("billing:submission", made.key)


@requires(Can.SEE_CLAIMS)
@require_GET
def submission(request: StaffRequest, key: UUID) -> HttpResponse:
    """One file: its claims and their answers."""
    row = get_object_or_404(files.submissions(request.site), key=key)
    reading.list_opened(page="billing:submission", by=request.user, at=clock.now())
    return render(request, "billing/submission.html", {"file": row, "carried": files.carried_by(row)})


@requires(Can.SEND_CLAIM)
@require_GET
def download(request: StaffRequest, key: UUID) -> HttpResponse:
    """The file itself."""
    row = get_object_or_404(files.with_text(request.site), key=key)
    return as_download(row, by=request.user, at=clock.now())


def as_download(row: Submission, *, by: User, at: datetime) -> HttpResponse:
    """The text as written; its name says nothing but our number. The fetch is noted."""
    reading.list_opened(page="billing:download", by=by, at=at)
    sending.note_download(submission=row, by=by, at=at)
    name = f"claims-{row.control_number:09d}.837"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(row.text, content_type="text/plain; charset=us-ascii", headers=headers)
