"""Answers of the clearinghouse: upload one, and see what came."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from billing.forms import AnswerForm
from billing.selectors import files
from billing.services import answers as answering
from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem

PAGE = 50


@requires(Can.SEND_CLAIM)
@require_http_methods(["GET", "POST"])
def answers(request: StaffRequest) -> HttpResponse:
    """The upload, its result in words, and what nothing of ours fits."""
    if request.method == "GET":
        return _page(request, AnswerForm())
    form, at = AnswerForm(request.POST, request.FILES), clock.now()
    if not form.is_valid():
        return _page(request, form, status=422)
    upload = form.cleaned_data["file"]
    try:
        row = answering.load_file(name=upload.name, raw=upload.read(), by=request.user, at=at)
    except DomainError as no:
        put_problem(form, no)
        return _page(request, form, status=no.http_status)
    return _page(request, AnswerForm(), row=row, seen_before=row.received_at < at)


def _page(request: StaffRequest, form: AnswerForm, *, status: int = 200, **result: object) -> HttpResponse:
    listed = Paginator(files.answers(), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "listed": listed, "aside": files.kept_aside()[:PAGE], **result}
    return render(request, "billing/answers.html", context, status=status)
