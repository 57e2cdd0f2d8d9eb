"""A visit as a calendar file. It goes into a patient's own calendar and through other people's servers, so it
says when, where and for how long, and nothing of whom or what for.
"""

from datetime import datetime

from visits.models import Visit
from visits.states import Status

TAKEN_BACK = {Status.CANCELLED, Status.NO_SHOW, Status.EXPIRED, Status.LEFT}


def calendar_file(visit: Visit, *, at: datetime) -> bytes:
    """One event in the site's zone; the same visit is the same event whenever it is sent (RFC 5545, UID)."""
    from icalendar import Calendar, Event  # only who hands one out needs it (decision 0016)

    site = visit.site
    event = Event()
    event.add("uid", f"{visit.key}@{site.slug}")
    event.add("dtstamp", at)
    event.add("sequence", int(visit.updated_at.timestamp()))
    event.add("dtstart", visit.starts_at.astimezone(site.zoneinfo))
    event.add("dtend", visit.ends_at.astimezone(site.zoneinfo))
    event.add("summary", f"Appointment at {site.name}")
    event.add("location", f"{site.street}, {site.city}, {site.state} {site.postal_code[:5]}")
    event.add("description", f"Questions, or you cannot come? Call {site.phone}.")
    event.add("status", "CANCELLED" if visit.status in TAKEN_BACK else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Infusion Center//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
