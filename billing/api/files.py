"""Files through the API: make one, fetch its text, load an answer."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.serializers import AnswerRow, AnswerUpload, FileRow
from billing.selectors import files
from billing.services import answers, submission
from billing.views.submissions import as_download
from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.shared import clock
from infusion_center.shared.api import read


class Submissions(APIView):
    """All ready claims of the site into one file, checked and counted as sent."""

    requires = Can.SEND_CLAIM

    @extend_schema(operation_id="submissions_make", request=None, responses={201: FileRow})
    def post(self, request: StaffApiRequest) -> Response:
        made = submission.make_batch(site=request.site, by=request.user, at=clock.now())
        row = get_object_or_404(files.submissions(request.site), pk=made.pk)
        return Response(FileRow(row).data, status=status.HTTP_201_CREATED)


class SubmissionFile(APIView):
    """The 837P text. Each fetch is noted."""

    requires = Can.SEND_CLAIM

    @extend_schema(operation_id="submissions_file", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: StaffApiRequest, key: UUID) -> HttpResponse:
        row = get_object_or_404(files.with_text(request.site), key=key)
        return as_download(row, by=request.user, at=clock.now())


class Answers(APIView):
    """A file as it came: kept, read if it can be, matched if it is ours."""

    requires = Can.SEND_CLAIM
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="answers_load", request=AnswerUpload, responses={200: AnswerRow, 201: AnswerRow}
    )
    def post(self, request: StaffApiRequest) -> Response:
        upload, at = read(AnswerUpload, request.data)["file"], clock.now()
        row = answers.load_file(name=upload.name, raw=upload.read(), by=request.user, at=at)
        known = row.received_at < at
        return Response(AnswerRow(row).data, status=status.HTTP_200_OK if known else status.HTTP_201_CREATED)
