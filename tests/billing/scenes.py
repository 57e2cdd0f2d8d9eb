"""A finished visit with its vials, made through the services; drugs, prices and payer are reference rows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from billing.models import Claim, IcdCode
from billing.services import charging
from infusion_center.errors import DomainError
from patients.models import Payer
from patients.services import coverage
from regimens.models import HcpcsCode
from tests.clock import NINE, SEVEN, at
from tests.visits import notes, scenes
from visits.models import Administration
from visits.services import charting, discharge, flow, giving

MIGRAINE, NAUSEA, CLUSTER = "G43709", "R112", "G44009"
EVENING = at(17, 0)
CODES = {
    "ketorolac": ("J1885", 15, "mg"),
    "magnesium_sulfate": ("J3475", 500, "mg"),
    "eptinezumab": ("J3032", 1, "mg"),
    "ketamine": ("J3490", 1, "claim line"),
    "droperidol": ("J1790", 5, "mg"),
}
BAGS = (("J7030", 1000, "active"), ("J7040", 500, "alternate_product"), ("J7050", 250, "alternate_product"))
# drug -> what its usual step is: dose, unit, method, minutes
STEPS = {
    "normal_saline": (500, "mL", "iv_infusion", 60),
    "magnesium_sulfate": (2000, "mg", "iv_infusion", 30),
    "ketorolac": (30, "mg", "iv_push", 2),
    "eptinezumab": (100, "mg", "iv_infusion", 30),
    "ketamine": (25, "mg", "iv_push", 3),
    "droperidol": (2, "mg", "iv_push", 3),
}
# drug -> NDC, amount and mL of a vial
VIALS = {
    "normal_saline": ("0338-0049-03", 500, 500),
    "magnesium_sulfate": ("63323-064-02", 1000, 2),
    "ketorolac": ("0409-3795-01", 30, 1),
    "eptinezumab": ("67386-130-51", 100, 1),
    "ketamine": ("0143-9508-10", 500, 10),
    "droperidol": ("0517-9702-25", 5, 2),
}


def drugs():
    """The drugs of STEPS with their codes; eptinezumab is an antibody, saline a fluid."""
    tags = {"normal_saline": ["fluid"], "eptinezumab": ["monoclonal_antibody"]}
    made = {code: scenes.drug(code, code.replace("_", " "), tags=tags.get(code, ())) for code in STEPS}
    for drug, (code, amount, unit) in CODES.items():
        HcpcsCode.objects.create(drug=made[drug], code=code, unit_amount=amount, unit=unit, unit_basis="per")
    for position, (code, amount, status) in enumerate(BAGS):
        facts = {
            "unit_amount": amount,
            "unit": "mL",
            "unit_basis": "per",
            "status": status,
            "position": position,
        }
        HcpcsCode.objects.create(drug=made["normal_saline"], code=code, **facts)
    return made


def shelf(made, *, site, by):
    """A single-dose vial of each drug, ten of them on hand."""
    lots = {}
    for drug, (ndc, amount, volume) in VIALS.items():
        unit = "mL" if drug == "normal_saline" else "mg"
        facts = {
            "amount": Decimal(amount),
            "unit": unit,
            "volume_ml": Decimal(volume),
            "container": "single_dose",
        }
        product = scenes.stocking.add_product(drug=made[drug], ndc=ndc, **facts, by=by, at=SEVEN)
        lots[drug] = scenes.lot(product, site=site, by=by, number=f"L-{drug}", vials=500)
    return lots


def insure(patient, *, by, payer=None, **facts):
    payer = payer or Payer.objects.create(name="Example Health Plan", payer_id="60054", filing_code="CI")
    return coverage.add_coverage(
        patient=patient, payer=payer, member_id="MBR001234567", by=by, at=SEVEN, **facts
    )


def diagnosis_codes():
    IcdCode.objects.bulk_create(
        IcdCode(code=code, text=text, billable=billable, release="test", valid_from=since)
        for code, text, billable, since in (
            ("G437", "Chronic migraine without aura", False, None),
            (
                MIGRAINE,
                "Chronic migraine without aura, not intractable, without status migrainosus",
                True,
                None,
            ),
            ("G43E09", "Chronic migraine with aura, not intractable", True, date(2023, 10, 1)),
            (NAUSEA, "Nausea with vomiting, unspecified", True, None),
            (CLUSTER, "Cluster headache syndrome, unspecified, not intractable", True, None),
            ("G43999", "Migraine, only from the next year on", True, date(2027, 1, 1)),
        )
    )


class Centre:
    """One site with its staff, drugs and shelf, and what it takes to finish a visit."""

    def __init__(self, *, site, felix, nora, dana):
        self.site, self.felix, self.nora, self.dana = site, felix, nora, dana
        self.drugs = drugs()
        self.lots = shelf(self.drugs, site=site, by=nora)

    def seated(self, patient, *codes, starts_at=NINE):
        """In a chair under an order for these drugs, one after the other."""
        steps = [(self.drugs[code], *STEPS[code], ()) for code in codes]
        recipe = scenes.regimen(*steps, code=f"recipe_{patient.pk}_{starts_at:%H%M}", name="Recipe")
        order = scenes.signed_order(patient=patient, recipe=recipe, by=self.dana)
        visit = scenes.booked(
            patient=patient, site=self.site, orders=[order], by=self.felix, starts_at=starts_at
        )
        flow.check_in(visit=visit, by=self.felix, at=starts_at - timedelta(minutes=20))
        return flow.seat(visit=visit, by=self.nora, at=starts_at - timedelta(minutes=10))

    def line(self, visit, code):
        return Administration.objects.get(visit=visit, drug=self.drugs[code])

    def give(self, visit, code, *, start, minutes):
        """From the first drop to the last."""
        stop, line = start + timedelta(minutes=minutes), self.line(visit, code)
        giving.start(administration=line, lots=[self.lots[code]], started_at=start, by=self.nora, at=start)
        return giving.stop(administration=line, stopped_at=stop, by=self.nora, at=stop)

    def discharge(self, visit, *, when, signed=True):
        """Home, and the note signed in the same minute."""
        charting.record_vitals(visit=visit, taken_at=when, by=self.nora, at=when, systolic=120, diastolic=80)
        answers = {"pain": 2, "back_to_activity": "yes", "left_with": "Sam", "iv_out": "yes"}
        discharge.discharge(visit=visit, **answers, by=self.nora, at=when)
        visit.refresh_from_db()
        if signed:
            notes.signed(visit, by=self.dana, when=when)
        return visit

    def finished(self, patient, *codes, starts_at=NINE):
        """Each drug given for its usual minutes, one after the other, then discharged."""
        visit, moment = self.seated(patient, *codes, starts_at=starts_at), starts_at
        for code in codes:
            self.give(visit, code, start=moment, minutes=STEPS[code][3])
            moment += timedelta(minutes=STEPS[code][3])
        return self.discharge(visit, when=moment + timedelta(minutes=5))


def claim_of(visit) -> Claim:
    """Swept and coded."""
    charging.draft_claims(at=EVENING)
    return Claim.objects.get(visit=visit)


def diagnosed(visit, *codes, by) -> Claim:
    return charging.set_diagnoses(claim=claim_of(visit), codes=codes or [MIGRAINE], by=by, at=EVENING)


def said(claim) -> dict[str, str]:
    """Open holds: code and sentence."""
    return dict(claim.holds.filter(cleared_at=None).values_list("code", "sentence"))


def lines(claim) -> list[tuple]:
    return [(one.code, int(one.units), tuple(one.modifiers)) for one in claim.lines.order_by("position")]


def together(act, *, times):
    """Run at the same moment in threads of their own; what each gave back or raised, in no order."""

    def one(_):
        gate.wait()
        try:
            return act()
        except DomainError as no:
            return no
        finally:
            connection.close()

    gate = threading.Barrier(times)
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))
