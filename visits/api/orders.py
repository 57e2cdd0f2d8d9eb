"""Signing for programs. It lives where the visit is known: the rules are asked about both."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.shared import clock
from regimens.api.serializers import OrderDetail
from regimens.api.views import answer, order_by_key
from visits.selectors import composing
from visits.services import signing


class SignOrder(APIView):
    """Check and sign; refused while a finding stands that nobody has answered for."""

    requires = Can.SIGN_ORDER

    @extend_schema(request=None, responses=OrderDetail)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        order = order_by_key(key)
        visit = composing.visit_of(order)
        return answer(request, signing.sign(order=order, visit=visit, by=request.user, at=clock.now()))
