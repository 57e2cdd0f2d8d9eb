"""The downtime pack: made each morning and anew while the day changes, kept, and copied to a folder."""

from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings

from infusion_center.places.models import Site
from infusion_center.shared import clock, paper
from visits.models import ClinicDay, DowntimePack
from visits.selectors import downtime
from visits.selectors.day import version_of

log = structlog.get_logger()

FIRST_HOUR = 5  # on the site's wall clock
KEPT = timedelta(days=3)


def make_due(*, at: datetime) -> int:
    """For every site whose day has begun and has changed since its pack. Returns how many were made."""
    forget(at=at)
    return sum(_make_if_due(site, at) for site in Site.objects.order_by("pk"))


def make_pack(*, site: Site, day: date, at: datetime) -> DowntimePack:
    """Drawn first, then kept in place of the one before: a day has one pack.

    The day's version is read before its rows, so that what changes meanwhile asks for another pack.
    """
    version = version_of(site=site, day=day)
    pack = downtime.pack_of(site=site, day=day, at=at)
    pdf = paper.draw("visits/downtime_paper.html", {"pack": pack, "site": site, "blank": range(2)})
    facts = {
        "version": version,
        "made_at": at,
        "patients": len(pack.sheets),
        "pdf": pdf,
        "copy_problem": _copy(site, day, pdf),
    }
    kept, _ = DowntimePack.objects.update_or_create(site=site, day=day, defaults=facts)
    log.info("downtime.made", site=site.slug, patients=kept.patients, copied=not kept.copy_problem)
    return kept


def forget(*, at: datetime) -> int:
    """Packs of past days, and their copies."""
    old = DowntimePack.objects.filter(day__lt=(at - KEPT).date()).select_related("site").defer("pdf")
    for pack in old:
        if settings.DOWNTIME_DIR:
            _file(pack.site, pack.day).unlink(missing_ok=True)
    return old.delete()[0]


def _make_if_due(site: Site, at: datetime) -> bool:
    day = site.day_of(at)
    if (
        clock.local(at, site.zone).hour < FIRST_HOUR
        or not ClinicDay.objects.filter(site=site, day=day).exists()
    ):
        return False
    found = downtime.standing(site=site, day=day)
    if found.pack and not found.changes:
        return False
    make_pack(site=site, day=day, at=at)
    return True


def _copy(site: Site, day: date, pdf: bytes) -> str:
    """A copy in the folder, if one is set: whole or not at all. Returns what was in the way, in words."""
    if not settings.DOWNTIME_DIR:
        return ""
    place = _file(site, day)
    half = place.with_suffix(".part")
    try:
        half.parent.mkdir(parents=True, exist_ok=True)
        half.touch(mode=0o600)
        half.write_bytes(pdf)
        half.replace(place)
    except OSError as no:
        return f"No copy could be written: {no.strerror or 'unknown error'}."
    return ""


def _file(site: Site, day: date) -> Path:
    return Path(settings.DOWNTIME_DIR) / f"{site.slug}-{day:%Y-%m-%d}.pdf"
