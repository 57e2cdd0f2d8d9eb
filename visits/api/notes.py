"""The note for programs: read, write, sign, and what is added afterwards, by the pages' verbs."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from visits.api import notes_shapes as shapes
from visits.api.charting import checked
from visits.api.once import sent_once
from visits.models import Visit
from visits.selectors import note as notes
from visits.services import after_signing
from visits.services import notes as writing


class NoteView(APIView):
    requires = {"GET": Can.READ_CHART, "PUT": Can.CHART_VISIT}

    @extend_schema(responses=shapes.NoteOut)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """The note as it reads now, or as it was signed, with what was added since."""
        visit, at = _visit(request, key), clock.now()
        reading.chart_opened(patient_key=visit.patient.key, page="api.note", by=request.user, at=at)
        return _note(visit)

    @extend_schema(request=shapes.WriteIn, responses=shapes.NoteOut)
    def put(self, request: StaffApiRequest, key: UUID) -> Response:
        """Save the typed paragraphs."""
        visit, data = checked(request, key, shapes.WriteIn)
        writing.write(visit=visit, **data, by=request.user, at=clock.now())
        return _note(visit)


class SignNote(APIView):
    requires = Can.SIGN_NOTE

    @extend_schema(request=shapes.SignIn, responses=shapes.NoteOut)
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Freeze the note and lock the chart; refused where the chart has changed since it was read."""
        visit, data = checked(request, key, shapes.SignIn)
        writing.sign(visit=visit, **data, by=request.user, at=clock.now())
        return _note(_visit(request, key))


class Addenda(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.AddendumIn, responses={201: shapes.AddendumOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Add to a signed note."""
        visit, data = checked(request, key, shapes.AddendumIn)
        row = after_signing.add(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shapes.AddendumOut(row).data, status=status.HTTP_201_CREATED)


class Corrections(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.CorrectionIn, responses={201: shapes.CorrectionOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Say what was found later about one charted row of a signed visit."""
        visit, data = checked(request, key, shapes.CorrectionIn)
        row = after_signing.correct(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shapes.CorrectionOut(row).data, status=status.HTTP_201_CREATED)


def _note(visit: Visit) -> Response:
    return Response(shapes.NoteOut(notes.page_of(visit, at=clock.now())).data)


def _visit(request: StaffApiRequest, key: UUID) -> Visit:
    return get_object_or_404(notes.visits(), key=key, site=request.site)


urlpatterns = [
    path("visits/<uuid:key>/note", NoteView.as_view(), name="api_visit_note"),
    path("visits/<uuid:key>/note/sign", SignNote.as_view(), name="api_sign_note"),
    path("visits/<uuid:key>/note/addenda", Addenda.as_view(), name="api_note_addenda"),
    path("visits/<uuid:key>/note/corrections", Corrections.as_view(), name="api_note_corrections"),
]
