"""A visit of Pia's that is over, and its note signed by Dana, through the services."""

from tests.clock import NINE, at
from tests.visits.conftest import line_of
from visits.selectors import note as notes
from visits.services import charting, discharge, giving
from visits.services import notes as writing

HOME, SIGNED = at(10, 5), at(10, 15)


def treated(visit, stock, *, by):
    """Saline refused, magnesium with a rate change and a pause, ketorolac pushed, one score and vitals."""
    charting.score(visit=visit, moment="baseline", pain=8, scored_at=at(8, 55), by=by, at=at(8, 55))
    charting.record_vitals(
        visit=visit, taken_at=at(8, 56), systolic=128, diastolic=78, pulse=76, by=by, at=at(8, 56)
    )
    giving.not_given(
        administration=line_of(visit, "sodium"), state="refused", reason="Drinks well", by=by, at=at(8, 58)
    )
    line = line_of(visit, "magnesium")
    giving.start(
        administration=line, lots=[stock.magnesium], started_at=NINE, rate_ml_h=200, pain=8, by=by, at=NINE
    )
    giving.change_rate(administration=line, rate_ml_h=300, happened_at=at(9, 5), by=by, at=at(9, 5))
    giving.pause(administration=line, happened_at=at(9, 10), by=by, at=at(9, 10))
    giving.resume(administration=line, happened_at=at(9, 15), by=by, at=at(9, 15))
    giving.stop(administration=line, stopped_at=at(9, 35), pain=4, by=by, at=at(9, 35))
    push = line_of(visit, "ketorolac")
    times = {"started_at": at(9, 40), "stopped_at": at(9, 42)}
    giving.give_push(administration=push, lots=[stock.ketorolac], **times, pain=4, by=by, at=at(9, 43))
    return visit


def over(visit, stock, *, by):
    """Treated and sent home at 10:05."""
    treated(visit, stock, by=by)
    answers = {"pain": 2, "back_to_activity": "yes", "left_with": "Sam", "iv_out": "yes"}
    discharge.discharge(visit=visit, **answers, by=by, at=HOME)
    visit.refresh_from_db()
    return visit


def signed(visit, *, by, when=SIGNED, before="", after=""):
    """Read as it stands, and signed."""
    fresh = notes.visits().get(pk=visit.pk)
    page = notes.page_of(fresh, at=when)
    typed = {"before": before or page.before, "after": after or page.after, "version": page.version}
    note = writing.sign(visit=visit, **typed, seen=page.seen, by=by, at=when)
    visit.refresh_from_db()
    return note
