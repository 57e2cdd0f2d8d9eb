"""Mixed bags and syringes: from the lots to the label, the second check, the scan, and the bin."""

import pytest
import time_machine
from django.urls import reverse

from billing.selectors.chart import parts
from infusion_center.shared import paper
from tests.clock import MINUTE, NINE, TEN, at
from tests.people import signed_in
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.models import Administration, Preparation, VialUse, Visit
from visits.selectors import chart as charts
from visits.selectors import ledger, telling
from visits.selectors import preparing as selectors
from visits.services import checking, discharge, flow, giving, preparing
from visits.services.discharge import NotReady
from visits.services.flow import CannotMove
from visits.services.preparing import MixtureRefused, NotMixed
from visits.services.vials import LotRefused


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 600


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def send(browser, visit, line, act, when=NINE, **typed):
    with time_machine.travel(when, tick=False):
        address = reverse("visits:act", args=[visit.key, line.key, act])
        return browser.post(address, {"patient": str(visit.patient.key)} | typed, HTTP_HX_REQUEST="true")


def look(browser, name, *keys, when=NINE):
    with time_machine.travel(when, tick=False):
        return browser.get(reverse(f"visits:{name}", args=keys))


def seen(visit, when):
    return charts.chart_of(charts.visits().get(pk=visit.pk), at=when)


def on_hand(lot):
    return sum(move.amount for move in lot.moves.all())


@pytest.fixture
def mixed(in_chair, magnesium, stock, nora):
    """2 g of magnesium out of a vial of 5 g, at nine; Nora mixed it."""
    return preparing.mix(
        administration=magnesium, lots=[stock.magnesium_big], mixed_at=NINE, by=nora, at=NINE
    )


@pytest.fixture
def high_alert(drugs, magnesium):
    drugs.magnesium.class_tags = ["electrolyte"]
    drugs.magnesium.save()
    magnesium.refresh_from_db()
    magnesium.drug.refresh_from_db()
    return magnesium


def test_mixing_opens_the_vials_and_the_start_only_takes_what_stands_ready(
    in_chair, magnesium, stock, nora, nurse
):
    before = on_hand(stock.magnesium_big)
    done = send(nurse, in_chair, magnesium, "mix", lots=[stock.magnesium_big.pk])
    assert "mixed 09:00 by Nora, begin before 13:00" in done.text and "Throw away" in done.text
    assert before - on_hand(stock.magnesium_big) == 5000
    assert ledger.differences() == []
    form = look(nurse, "act", in_chair.key, magnesium.key, "start").text
    assert "Scan the label" in form and "From lot" not in form
    assert send(nurse, in_chair, magnesium, "start", when=at(9, 5)).status_code == 200
    use = VialUse.objects.get()
    assert (use.given, use.wasted, on_hand(stock.magnesium_big)) == (2000, 3000, before - 5000)
    assert ledger.differences() == []


def test_what_wants_a_second_check_does_not_run_without_it(in_chair, high_alert, stock, nora, noah, nurse):
    send(nurse, in_chair, high_alert, "mix", lots=[stock.magnesium.pk])
    assert [one.words for one in seen(in_chair, NINE).due if one.act == "check"] == [
        "Second check of magnesium sulfate"
    ]
    refused = send(nurse, in_chair, high_alert, "start", when=at(9, 5))
    assert (refused.status_code, "wants a second check" in refused.text) == (409, True)
    mine = look(nurse, "my_chairs", when=at(9, 1)).text
    with time_machine.travel(at(9, 1), tick=False):
        theirs = signed_in(noah).get(f"{reverse('visits:my_chairs')}?who=all").text
    assert "Second check of magnesium sulfate</a>" in theirs
    assert "second check open" in mine and "Second check of magnesium sulfate</a>" not in mine
    alone = send(nurse, in_chair, high_alert, "check")
    assert (alone.status_code, "You mixed it" in alone.text) == (409, True)
    assert "checked by Noah" in send(signed_in(noah), in_chair, high_alert, "check").text
    assert send(nurse, in_chair, high_alert, "start", when=at(9, 6)).status_code == 200


def test_mixed_and_not_given_is_waste_to_the_last_drop(in_chair, mixed, stock, nora, nurse):
    done = send(nurse, in_chair, mixed, "throw", reason="Refused after a call home", when=at(9, 20))
    assert "thrown away 09:20 by Nora: Refused after a call home" in done.text
    use = VialUse.objects.get(reversed_at=None)
    assert (use.given, use.wasted, use.given_move) == (0, 5000, None)
    assert ledger.differences() == []
    send(nurse, in_chair, mixed, "mix", lots=[stock.magnesium.pk], when=at(9, 30))
    send(nurse, in_chair, mixed, "start", when=at(9, 31))
    giving.stop(administration=mixed, stopped_at=TEN, by=nora, at=TEN)
    assert ledger.differences() == []
    visit = Visit.objects.prefetch_related(*parts()).get(pk=in_chair.pk)
    billed = [use for one in visit.administrations.all() for use in one.vials.all()]
    assert [(one.given, one.wasted) for one in billed] == [(2000, 0)]  # a bag in the bin is on no claim
    told = str(telling.told_of(charts.visits().get(pk=in_chair.pk), at=TEN).built)
    assert "thrown away 09:20 by Nora North, RN (Refused after a call home)" in told


def test_a_refused_drug_takes_its_bag_along(in_chair, mixed, nora):
    giving.not_given(administration=mixed, state="refused", reason="Feels better", by=nora, at=at(9, 10))
    assert Preparation.objects.get().thrown_because == "Feels better"
    assert VialUse.objects.get(reversed_at=None).wasted == 5000
    assert ledger.differences() == []


def test_a_held_drug_keeps_its_bag_until_its_time_is_up(in_chair, mixed, nora, nurse):
    giving.not_given(administration=mixed, state="held", reason="Pressure", by=nora, at=at(9, 10))
    assert Preparation.objects.get().thrown_at is None and ledger.differences() == []
    late = NINE + 245 * MINUTE
    due = seen(in_chair, late).due[0]
    assert (due.act, due.words) == ("throw", "Throw away the mixed magnesium sulfate: its time is up")
    with pytest.raises(NotReady, match="Throw away the mixed magnesium"):
        discharge.left_early(visit=in_chair, reason="Child is ill", by=nora, at=at(9, 30))


def test_past_its_time_or_before_it_was_mixed_it_does_not_run(mixed, nora):
    late = NINE + 241 * MINUTE
    with pytest.raises(NotMixed, match="was good until 13:00"):
        giving.start(administration=mixed, lots=[], started_at=late, by=nora, at=late)
    with pytest.raises(NotMixed, match="mixed later"):
        giving.start(administration=mixed, lots=[], started_at=at(8, 55), by=nora, at=at(9, 5))


@pytest.mark.parametrize(("minutes", "said"), [(0, "after it was mixed"), (241, "within 4 hours")])
def test_a_time_it_cannot_be_good_until(magnesium, stock, nora, minutes, said):
    with pytest.raises(MixtureRefused, match=said) as no:
        preparing.mix(
            administration=magnesium,
            lots=[stock.magnesium],
            mixed_at=NINE,
            use_by=NINE + minutes * MINUTE,
            by=nora,
            at=NINE,
        )
    assert no.value.field == "use_by"
    assert VialUse.objects.count() == 0


def test_nothing_is_mixed_twice_nor_before_the_signature(mixed, stock, nora):
    with pytest.raises(NotMixed, match="mixed already"):
        preparing.mix(administration=mixed, lots=[stock.magnesium], mixed_at=NINE, by=nora, at=NINE)


def test_an_error_puts_the_vials_back_but_not_those_in_the_bin(in_chair, mixed, stock, nora):
    preparing.throw_away(administration=mixed, reason="Dropped", by=nora, at=at(9, 1))
    preparing.mix(administration=mixed, lots=[stock.magnesium], mixed_at=at(9, 2), by=nora, at=at(9, 2))
    giving.start(administration=mixed, lots=[], started_at=at(9, 3), by=nora, at=at(9, 3))
    again = giving.enter_in_error(administration=mixed, reason="Wrong chart", by=nora, at=at(9, 4))
    assert [(one.given, one.wasted) for one in VialUse.objects.filter(reversed_at=None)] == [(0, 5000)]
    assert selectors.standing_of(again) is None
    assert ledger.differences() == []


def test_a_seating_with_something_mixed_is_not_taken_back(in_chair, mixed, nora):
    with pytest.raises(CannotMove):
        flow.undo(visit=in_chair, reason="Wrong click", by=nora, at=at(9, 5))


def test_the_label_and_the_wristband_say_whose_and_until_when(in_chair, mixed, stock, nurse):
    row = Preparation.objects.select_related("administration__drug", "administration__step", "mixed_by").get()
    visit = charts.visits().get(pk=in_chair.pk)
    facts = {"label": selectors.label_of(visit, row), "site": visit.site}
    words = paper.render("visits/label_paper.html", facts)
    for said in (
        visit.patient.name,
        "10 Apr 1984",
        "magnesium sulfate 2000 mg",
        "Lot L-magnesium_big",
        "Mixed 20 Nov 09:00 by Nora North, RN",
        "Begin before 20 Nov 13:00",
        "<svg",
    ):
        assert said in words, said
    band = paper.render(
        "visits/wristband_paper.html", {"wristband": selectors.wristband_of(visit), "site": visit.site}
    )
    assert "Pell, Pia" in band and "No known allergies" in band
    for answer in (look(nurse, "label", visit.key, row.key), look(nurse, "wristband", visit.key)):
        assert answer.content.startswith(b"%PDF")


def start(browser, visit, line, **typed):
    return send(browser, visit, line, "start", when=at(9, 5), **typed)


def test_a_scan_that_is_somebody_elses_starts_nothing(in_chair, mixed, nurse, stock):
    label, band = f"IC-M:{Preparation.objects.get().key}", f"IC-V:{in_chair.key}"
    for typed, said in [
        ({"wristband": f"IC-V:{stock.magnesium.pk}"}, "not the patient&#x27;s wristband"),
        ({"wristband": band, "scan": "IC-M:00000000-0000-0000-0000-000000000000"}, "not the label"),
        ({"wristband": label, "scan": band}, "wristband"),
    ]:
        answer = start(nurse, in_chair, mixed, **typed)
        assert (answer.status_code, said in answer.text) == (409, True), typed
    assert line_of(in_chair, "magnesium").state == "ordered"
    done = start(nurse, in_chair, mixed, wristband=band, scan=label)
    assert "scanned: wristband, label" in done.text


def test_a_scanned_vial_is_the_lot_and_another_drugs_vial_is_refused(
    in_chair, magnesium, stock, nurse, nora, site
):
    soon = scenes.lot(stock.products.magnesium, site=site, by=nora, number="A7")
    stock.products.magnesium.gtin = "00363323064020"
    stock.products.magnesium.save()
    stock.products.ketorolac.gtin = "00304093795011"
    stock.products.ketorolac.save()
    wrong = start(nurse, in_chair, magnesium, scan="0100304093795011172806301012")
    assert (wrong.status_code, "This vial is not magnesium sulfate" in wrong.text) == (409, True)
    unknown = start(nurse, in_chair, magnesium, scan="01003633230640201728063010NOPE")
    assert (unknown.status_code, "Lot NOPE may not be used here" in unknown.text) == (409, True)
    done = start(nurse, in_chair, magnesium, scan="010036332306402017280630" + "10A7")
    assert "scanned: vial" in done.text, done.text[:500]
    assert VialUse.objects.get().lot == soon


def test_a_controlled_drug_in_the_bin_needs_a_witness(in_chair, mixed, drugs, noah, nurse):
    drugs.magnesium.dea_schedule = "III"
    drugs.magnesium.save()
    alone = send(nurse, in_chair, mixed, "throw", reason="Dropped")
    assert (alone.status_code, "name who sees it wasted" in alone.text) == (422, True)
    assert send(nurse, in_chair, mixed, "throw", reason="Dropped", witness=noah.pk).status_code == 200
    assert VialUse.objects.get(reversed_at=None).waste_witness == noah


def test_programs_mix_check_and_throw_away_too(in_chair, high_alert, stock, nora, noah):
    def post(person, name, **facts):
        with time_machine.travel(at(9, 1), tick=False):
            body = {"visit": str(in_chair.key), "patient": str(in_chair.patient.key)} | facts
            address = reverse(f"api_administration_{name}", args=[high_alert.key])
            return signed_in(person).post(address, body, content_type="application/json").json()

    assert post(nora, "mix", lots=[stock.magnesium.pk], mixed_at=NINE.isoformat())["wants_check"] is True
    assert post(noah, "check")["mixture"]["checked_at"] is not None
    assert post(nora, "throw", reason="Too bright")["mixture"] is None
    assert Administration.objects.get(pk=high_alert.pk).state == "ordered"


def test_a_bag_thrown_away_while_it_is_started_opens_no_other_vials(mixed, stock, nora, monkeypatch):
    """Between the look at the rules and the day's lock somebody else throws it away."""
    asked = checking.require_clear

    def and_then_thrown(**facts):
        answer = asked(**facts)
        preparing.throw_away(administration=mixed, reason="Dropped", by=nora, at=at(9, 4))
        return answer

    monkeypatch.setattr(checking, "require_clear", and_then_thrown)
    with pytest.raises(LotRefused, match="Choose the lot"):
        giving.start(administration=mixed, lots=[], started_at=at(9, 5), by=nora, at=at(9, 5))
    assert VialUse.objects.filter(reversed_at=None, given__gt=0).count() == 0
    assert ledger.differences() == []
