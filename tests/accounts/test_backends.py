"""Who is signed in is read with their sites, in one statement, and works at the site they chose."""

import pytest
from django.urls import reverse

from infusion_center.accounts.backends import StaffBackend
from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from tests.people import signed_in
from tests.places import open_site

pytestmark = pytest.mark.django_db


def test_the_person_and_their_sites_are_what_the_tables_say(felix, site, django_assert_num_queries):
    south, _elsewhere = (open_site(slug=slug, name=slug.title()) for slug in ("south", "elsewhere"))
    felix.sites.add(south)
    with django_assert_num_queries(1):
        found = StaffBackend().get_user(felix.pk)
        assert found.works_at == [site, south]
    for one in (felix, site, south):
        same = found if one is felix else found.works_at[[site, south].index(one)]
        columns = [field.attname for field in type(one)._meta.concrete_fields]
        fresh = type(one).objects.get(pk=one.pk)
        assert [getattr(same, name) for name in columns] == [getattr(fresh, name) for name in columns]


def test_somebody_without_a_site_is_found_and_works_nowhere(felix):
    felix.sites.clear()
    assert StaffBackend().get_user(felix.pk).works_at == []


def test_who_left_is_nobody(felix):
    User.objects.filter(pk=felix.pk).update(is_active=False)
    assert StaffBackend().get_user(felix.pk) is None
    assert StaffBackend().get_user(0) is None


def test_one_works_at_the_site_one_chose_and_at_no_other_peoples(felix, site):
    south, elsewhere = (open_site(slug=slug, name=slug.title()) for slug in ("south", "elsewhere"))
    felix.sites.add(south)
    desk = signed_in(felix)
    for asked, there in ((south.pk, south), (elsewhere.pk, south), ("", south), (site.pk, site)):
        desk.post(reverse("choose_site"), {"site": asked})
        assert desk.get(reverse("visits:today")).context["site"] == there
    felix.sites.remove(site)
    assert desk.get(reverse("visits:today")).context["site"] == south
    assert Site.objects.count() == 3
