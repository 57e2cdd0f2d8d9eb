"""One patient of today with a long record: what the safety rules have to read before they can judge."""

from datetime import timedelta
from decimal import Decimal

from benchmarks.bench import Bench
from infusion_center.management.commands.load_reference import FORMULARY
from infusion_center.shared import clock
from patients.models import Patient
from patients.services import history, reference, screening
from regimens.services import formulary
from visits.models import Visit
from visits.states import Status

MEDICINES = ["topiramate 100 mg", "propranolol 80 mg", "candesartan 16 mg", "sumatriptan 50 mg", "ibuprofen"]
TIMES = 12  # each medicine was started, stopped and started again so often
HOME_DOSES = 60  # of ketorolac, one a day
KILOS = Decimal(72)


def written(bench: Bench) -> Visit:
    """A visit of somebody who waits for an order; the formulary is loaded where it was not."""
    at = clock.now()
    loaded = formulary.load_formulary(path=FORMULARY, by=None, at=at)
    reference.load_vocabulary(vocab=loaded.vocabulary, by=None, at=at)
    site, day = bench.center.site, bench.today
    visits = Visit.objects.on(site=site, day=day).filter(status__in=[Status.ARRIVED, Status.IN_CHAIR])
    visit = visits.select_related("patient").order_by("pk")[0]
    _record(visit.patient, bench)
    return visit


def _record(patient: Patient, bench: Bench) -> None:
    by, at = bench.center.provider, clock.now()
    for text in MEDICINES * TIMES:
        row = history.add_medication(patient=patient, text=text, by=by, at=at)
        history.end_fact(fact=row, by=by, at=at)
    for text in MEDICINES:
        history.add_medication(patient=patient, text=text, by=by, at=at)
    history.add_allergy(patient=patient, text="Penicillin", by=by, at=at)
    history.add_condition(patient=patient, text="Asthma", tag="asthma", by=by, at=at)
    history.measure(patient=patient, kind="weight", value=KILOS, unit="kg", measured_at=at, by=by, at=at)
    for days in range(1, HOME_DOSES + 1):
        screening.note_home_dose(
            patient=patient,
            drug="ketorolac",
            amount=Decimal(10),
            taken_at=at - timedelta(days=days),
            by=by,
            at=at,
        )
