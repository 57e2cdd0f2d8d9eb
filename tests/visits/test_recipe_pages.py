"""A regimen is copied, changed and kept in versions: Dana's own, the center's, the shipped one."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from regimens.models import Order, Regimen
from regimens.selectors import formulary
from regimens.services import ordering, variants
from regimens.services.variants import NotYours
from tests.clock import EIGHT, NINE, TEN
from tests.people import signed_in


@pytest.fixture(autouse=True)
def at_ten(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(TEN, tick=False):
        yield


def text(answer):
    return " ".join(answer.content.decode().split())


def page(regimen):
    return reverse("visits:edit_regimen", args=[regimen.code])


def copy(recipe, *, by, own=True, name="Dana's cocktail"):
    return variants.make_variant(regimen=recipe, name=name, own=own, by=by, at=NINE)


def filled(answer, **changes):
    """The form as the page shows it, with some fields typed anew."""
    rows = [form.row for form, _ in answer.context["rows"]]
    typed = {"count": str(len(rows)), "name": answer.context["name"].data["name"]}
    for index, row in enumerate(rows):
        typed |= {f"s{index}-{field}": value for field, value in row.items()}
    return typed | {"act": "save"} | changes


def test_dana_makes_her_own_and_changes_it_and_the_shipped_one_stays(recipe, dana, pia):
    before = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=EIGHT)
    browser, make = signed_in(dana), reverse("regimens:make_variant", args=[recipe.code])
    assert "Make a variant" in text(browser.get(reverse("regimens:regimen", args=[recipe.code])))
    assert "Change its steps" not in text(browser.get(reverse("regimens:regimen", args=[recipe.code])))
    made = browser.post(make, {"name": "Dana's cocktail", "whose": "mine"})
    own = Regimen.objects.get(owner=dana)
    assert made.url == page(own) and own.based_on == recipe
    opened = browser.get(page(own))
    saved = browser.post(page(own), filled(opened, **{"s2-dose": "15", "s1-optional": "on"}))
    assert saved.url == reverse("regimens:regimen", args=[own.code])
    assert [step.dose for step in own.steps.order_by("position")] == [1000, 2000, 15]
    assert own.steps.get(position=2).optional and own.steps.get(position=3).start_after == [2]
    assert [version.number for version in own.versions.order_by("number")] == [1, 2]
    assert recipe.steps.get(position=3).dose == 30 and Order.objects.get() == before
    shown = text(browser.get(saved.url))
    assert "Dana Dorn, MD's own" in shown and "Version 2 (newest)" in shown and "ketorolac 30 mg" in shown


def test_an_order_of_the_first_version_is_not_touched_by_the_second(recipe, dana, mia, pia):
    order = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=EIGHT)
    director = signed_in(mia)
    opened = director.get(page(recipe))
    assert director.post(page(recipe), filled(opened, **{"s2-dose": "60"})).status_code == 302
    recipe.refresh_from_db()
    order = Order.objects.get(pk=order.pk)
    assert order.steps.get(position=3).dose == Decimal(30)
    assert order.regimen_version.facts["steps"][2]["dose"] == "30" and order.regimen_version.number == 1
    assert recipe.reviewed_by == mia  # a load keeps what she changed
    assert f"version {order.regimen_version.number}" in text(
        signed_in(dana).get(reverse("regimens:order", args=[order.key]))
    )


def test_steps_are_added_moved_and_removed(recipe, mia, drugs):
    browser = signed_in(mia)
    opened = browser.get(page(recipe))
    added = browser.post(page(recipe), filled(opened, act="add", new_drug="prochlorperazine"))
    assert len(added.context["rows"]) == 4
    up = browser.post(page(recipe), filled(added, act="up:3"))
    gone = browser.post(page(recipe), filled(up, act="remove:0"))
    assert [form.name for form, _ in gone.context["rows"]] == [
        "magnesium sulfate",
        "prochlorperazine",
        "ketorolac",
    ]
    for nonsense in ("remove:99", "up:x", "add:nothing", "", "explode:1"):
        assert browser.post(page(recipe), filled(opened, act=nonsense)).status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Give it a name"),
        ({"s0-dose": "0"}, "more than zero"),
        ({"s0-dose": "much"}, "Write the dose as a number"),
        ({"s0-dose": "9" * 30}, "Write the dose as a number"),
        ({"s1-minutes": "-5"}, "minutes"),
        ({"s1-drug": "gone"}, "no such drug"),
        ({"count": "0"}, "Add a drug first"),
        ({"count": "999999"}, ""),
        ({"s0-condition": "x" * 300}, "at most 200"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(recipe, mia, typed, words):
    browser = signed_in(mia)
    answer = browser.post(page(recipe), filled(browser.get(page(recipe)), **typed))
    assert answer.status_code == 422 and words in text(answer)
    assert recipe.steps.count() == 3 and not recipe.versions.exists()


def test_who_may_change_and_copy_what(recipe, dana, nora, mia, noah):
    own, centers = copy(recipe, by=dana), copy(recipe, by=mia, own=False, name="Ours")
    for who, regimen, status in (
        (dana, own, 200),
        (mia, own, 403),
        (dana, centers, 403),
        (mia, centers, 200),
        (nora, recipe, 403),
    ):
        assert signed_in(who).get(page(regimen)).status_code == status
    with pytest.raises(NotYours):
        copy(recipe, by=nora)
    with pytest.raises(NotYours):
        copy(recipe, by=dana, own=False)
    assert (
        signed_in(nora).post(reverse("regimens:make_variant", args=[recipe.code]), {"name": "N"}).status_code
        == 422
    )


def test_the_picker_shows_the_centers_then_mine_then_the_shipped(recipe, dana, mia, waiting):
    copy(recipe, by=mia, own=False, name="Ours")
    copy(recipe, by=dana)
    groups = [(one.name, formulary.kind_of(one)) for one in formulary.regimens_for(dana)]
    assert groups == [("Ours", "center"), ("Dana's cocktail", "mine"), ("Three agents", "shipped")]
    assert [one.name for one in formulary.regimens_for(mia)] == ["Ours", "Three agents"]
    picker = text(signed_in(dana).get(reverse("visits:compose", args=[waiting.key])))
    assert picker.index("The center's own") < picker.index(">Mine<") < picker.index(">Shipped<")
