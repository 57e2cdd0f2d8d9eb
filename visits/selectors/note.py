"""The note of a visit: what the chart tells, what was typed around it, what came after the signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from visits.models import Addendum, Correction, CoSignature, Note, Visit
from visits.rules import narrative
from visits.rules.narrative import Section
from visits.selectors import chart, telling


@dataclass(frozen=True)
class NotePage:
    """`sections`: the whole note as it reads now, or as it was signed. `built`: what the chart tells of it,
    and `seen` its fingerprint, until it is signed.

    `why_not`: what stands in the way of a signature; empty where nothing does.
    """

    visit: Visit
    note: Note | None
    sections: Sequence[Section]
    built: Sequence[Section] = ()
    seen: str = ""
    why_not: str = ""
    intact: bool | None = None
    addenda: Sequence[Addendum] = ()
    corrections: Sequence[Correction] = ()
    cosignatures: Sequence[CoSignature] = ()

    @property
    def signed(self) -> bool:
        return self.visit.signed_at is not None

    @property
    def before(self) -> str:
        return self.note.before if self.note else ""

    @property
    def after(self) -> str:
        return self.note.after if self.note else ""

    @property
    def version(self) -> int:
        return self.note.version if self.note else 0


def visits() -> QuerySet[Visit]:
    """Visits with what a note names."""
    return chart.visits().select_related("patient__merged_into", "seated_by", "signed_by")


def page_of(visit: Visit, *, at: datetime) -> NotePage:
    """A fixed number of queries; a signed note is read from its frozen text, not built."""
    note = note_of(visit)
    if visit.signed_at is not None and note is not None:
        return NotePage(
            visit=visit,
            note=note,
            sections=narrative.sections_of(note.text),
            intact=is_intact(note),
            addenda=list(visit.addenda.select_related("written_by").order_by("written_at", "pk")),
            corrections=list(visit.corrections.select_related("written_by").order_by("written_at", "pk")),
            cosignatures=cosignatures_of(visit),
        )
    told = telling.told_of(visit, at=at)
    sections = telling.whole(told, note.before if note else "", note.after if note else "")
    return NotePage(visit, note, sections, [told.who, *told.built], told.seen, told.why_not)


def note_of(visit: Visit) -> Note | None:
    rows = Note.objects.filter(visit=visit).select_related("edited_by", "paper").defer("paper__pdf")
    return rows.first()


def is_intact(note: Note) -> bool:
    """Whether the stored text still has the hash it was signed with, and the stored PDF its own."""
    return bool(note.text) and narrative.fingerprint(note.text) == note.sha256


def is_paper_intact(note: Note) -> bool:
    """The same of the stored PDF. Reads its bytes."""
    return narrative.fingerprint(bytes(note.paper.pdf)) == note.paper.sha256


def cosignatures_of(visit: Visit) -> list[CoSignature]:
    return list(visit.cosignatures.select_related("provider", "asked_by").order_by("asked_at", "pk"))


def who_may_cosign(visit: Visit) -> QuerySet[User]:
    """Providers of the site, without who signed, by name."""
    providers = User.objects.filter(is_active=True, roles__contains=[Role.PROVIDER], sites=visit.site)
    return providers.exclude(pk=visit.signed_by_id or 0).order_by("last_name", "first_name", "pk")
