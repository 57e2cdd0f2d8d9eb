"""Who keeps the shelf."""

from django.db.models import QuerySet

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import GRANTS, Can
from infusion_center.places.models import Site


def colleagues(*, site: Site, of: User) -> QuerySet[User]:
    """Who could look with this person: others of the site who keep stock or chart, by name."""
    looking = [role for role, can in GRANTS.items() if can & {Can.KEEP_STOCK, Can.CHART_VISIT}]
    people = User.objects.filter(sites=site, is_active=True, roles__overlap=looking).exclude(pk=of.pk)
    return people.order_by("last_name", "first_name", "pk")
