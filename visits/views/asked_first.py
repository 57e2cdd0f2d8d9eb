"""Said before it is done: what an act would mean for booked visits. Whoever has read it confirms it.

The confirmation carries a mark of the very sentences; if they have changed meanwhile, they are shown again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from visits.services import effects

OURS = {"csrfmiddlewaretoken", "seen"}


@dataclass(frozen=True)
class Asked:
    """Sentences to be read, and what was typed, to be sent again with their mark."""

    sentences: list[str]
    typed: list[tuple[str, str]]
    seen: str


def to_confirm(
    request: HttpRequest, act: Callable[[], object], *, rows: effects.Rows, at: datetime
) -> Asked | None:
    """None: nothing to ask, or it was asked and answered. Raises what the act refuses."""
    sentences = effects.effects_of(act, rows=rows, at=at)
    seen = hashlib.sha256("|".join(sentences).encode()).hexdigest()[:16]
    if not sentences or request.POST.get("seen") == seen:
        return None
    typed = [(name, one) for name, several in request.POST.lists() if name not in OURS for one in several]
    return Asked(sentences, typed, seen)
