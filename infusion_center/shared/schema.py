"""The API's own description. Apart from api.py, which DRF asks for while its views are still loading."""

from drf_spectacular.views import SpectacularAPIView

from infusion_center.accounts.permissions import Can


class Schema(SpectacularAPIView):
    """OpenAPI of all this, for staff."""

    requires = Can.SIGNED_IN
