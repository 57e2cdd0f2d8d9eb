"""What a signature locks (design.md, promise 4), kept by the database whatever the path."""

from typing import Any

import pgtrigger

LOCKED = "signed_visit_is_locked"  # the name by which `services/days.py` puts the refusal into words
RAISE = f"RAISE EXCEPTION 'The visit is signed' USING ERRCODE = 'check_violation', CONSTRAINT = '{LOCKED}';"
OF_A_VISIT = "OLD.visit_id, NEW.visit_id"
OF_AN_ADMINISTRATION = (
    "SELECT visit_id FROM visits_administration WHERE id IN (OLD.administration_id, NEW.administration_id)"
)
# Two statements: in one, the planner reads `signed_at` before it locks the row. The second one sees what was
# committed while the first one waited.
REFUSE = """
    PERFORM 1 FROM visits_visit WHERE id IN (<visit>) FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM visits_visit WHERE id IN (<visit>) AND signed_at IS NOT NULL) THEN
        <raise>
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


class LockedOnceSigned(pgtrigger.Trigger):
    """For every table with clinical rows of a visit: none is added, changed or removed once it is signed.

    `visit`: SQL that finds the visit of the row. Its row is locked for the look, so that a signature written
    at the same moment either sees the change or refuses it.
    """

    name = "locked_once_signed"
    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, *, visit: str = OF_A_VISIT, **kwargs: Any) -> None:
        super().__init__(func=REFUSE.replace("<visit>", visit).replace("<raise>", RAISE), **kwargs)


def signed_stays() -> pgtrigger.Trigger:
    """The signed visit itself: neither changed nor removed."""
    return pgtrigger.Trigger(
        name="signed_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(old__signed_at__isnull=False),
        func=f"{RAISE} RETURN NULL;",
    )


def append_only() -> pgtrigger.Trigger:
    """What is added after a signature stands."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
