"""The note of a visit: typed paragraphs saved as they grow, and the signature that locks the chart."""

from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared import clock, paper
from visits.models import Note, SignedPaper, Visit
from visits.rules import narrative
from visits.rules.narrative import Section
from visits.selectors import note as notes
from visits.selectors import telling
from visits.services import days
from visits.services.locked import refuse_signed

LONGEST = 20_000  # characters of a typed paragraph


class NotReady(Conflict):
    """Something stands in the way of the signature."""


class ChartChanged(Conflict):
    """What was read is not what would be signed."""


class OtherText(Conflict):
    """Somebody else saved another text meanwhile; `note` is theirs. Nothing was overwritten."""

    def __init__(self, note: Note) -> None:
        name = note.edited_by.name
        super().__init__(
            f"{name} has saved another text meanwhile. Both are here: save yours again, or take theirs."
        )
        self.note = note


def write(*, visit: Visit, before: str, after: str, version: int, by: User, at: datetime) -> Note:
    """Save the typed paragraphs. `version`: of the note the writer had open, 0 for none.

    Raises Signed, OtherText, DomainError for a text nobody could have typed.
    """
    note = notes.note_of(visit)
    if note and (note.before, note.after) == (before.strip(), after.strip()) and visit.signed_at is None:
        return note  # every few seconds somebody asks; only what is new takes the day
    with days.changing("note.written", site=visit.site, day=visit.day, by=by, at=at):
        fresh = Visit.objects.select_related("signed_by", "site").get(pk=visit.pk)
        refuse_signed(fresh)
        return _save(fresh, before.strip(), after.strip(), version, by=by, at=at)


def sign(*, visit: Visit, before: str, after: str, version: int, seen: str, by: User, at: datetime) -> Note:
    """Freeze the note with its hash and its PDF, and lock the chart.

    `seen`: the fingerprint of the built part as the signer read it (`NotePage.seen`).
    1. the PDF is drawn, before the day is taken: it takes a tenth of a second   2. the day is taken, and the
    visit closed to every writer   3. the same text is told again   4. note and PDF are kept   5. signed
    Raises Signed, NotReady, ChartChanged, OtherText.
    """
    text = _text(visit, _told(visit, at=at), before, after, by=by, at=at)
    pdf = paper.draw("visits/note_paper.html", paper_facts(visit, text))
    with days.changing("note.signed", site=visit.site, day=visit.day, by=by, at=at):
        visit = (
            Visit.objects.select_related("signed_by", "site").select_for_update(of=("self",)).get(pk=visit.pk)
        )
        refuse_signed(visit)
        told = _told(visit, at=at)
        if told.why_not:
            raise NotReady(told.why_not)
        if told.seen != seen or text != _text(visit, told, before, after, by=by, at=at):
            raise ChartChanged("The chart has changed since you opened this note. Read it again, then sign.")
        note = _save(visit, before.strip(), after.strip(), version, by=by, at=at)
        note.text, note.sha256 = text, narrative.fingerprint(text)
        note.save(update_fields=["text", "sha256", "updated_at"])
        SignedPaper.objects.create(note=note, pdf=pdf, sha256=narrative.fingerprint(pdf), made_at=at)
        Visit.objects.filter(pk=visit.pk).update(signed_at=at, signed_by=by, updated_at=at)
        return note


def paper_facts(visit: Visit, text: str) -> dict[str, object]:
    """What the PDF says besides the text itself: the text's hash, in its footer."""
    return {
        "sections": narrative.sections_of(text),
        "sha256": narrative.fingerprint(text),
        "site": visit.site,
    }


def _told(visit: Visit, *, at: datetime) -> telling.Told:
    """The chart as it stands in the database at this moment."""
    return telling.told_of(notes.visits().get(pk=visit.pk), at=at)


def _text(visit: Visit, told: telling.Told, before: str, after: str, *, by: User, at: datetime) -> str:
    """The whole note with the line of its signature."""
    when = clock.local(at, visit.site.zone)
    signature = Section("Signature", [f"Signed by {by.name}, {when:%a %d %b %Y %H:%M %Z}."])
    return narrative.as_text([*telling.whole(told, before, after), signature])


def _save(visit: Visit, before: str, after: str, version: int, *, by: User, at: datetime) -> Note:
    """One row a visit; a text of somebody else is not overwritten unseen. The day is taken."""
    for field, typed in (("before", before), ("after", after)):
        if len(typed) > LONGEST:
            raise DomainError(f"At most {LONGEST:,} characters.", field=field)
    note = Note.objects.select_related("edited_by").filter(visit=visit).first()
    if note is None:
        return Note.objects.create(visit=visit, before=before, after=after, edited_at=at, edited_by=by)
    if (note.before, note.after) == (before, after):
        return note
    if note.version != version and note.edited_by != by:
        raise OtherText(note)
    note.before, note.after, note.version = before, after, note.version + 1
    note.edited_at, note.edited_by = at, by
    note.save(update_fields=["before", "after", "version", "edited_at", "edited_by", "updated_at"])
    return note
