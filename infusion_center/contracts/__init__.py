"""The formats of `explain`: a case in, the answer of the same rules the product runs on, out.

One module per kind; each has `answer(case)`, which validates strictly and raises `Malformed`.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from infusion_center.errors import DomainError

from .case import Malformed, without_notes

BUILT = frozenset({"coding", "units", "ndc", "npi", "icd10", "barcode", "order", "day"})
NOT_BUILT = frozenset({"share", "authorization"})
KINDS = BUILT | NOT_BUILT

Answer = dict[str, Any]


def explain(kind: str, cases: Iterable[Any]) -> tuple[list[Answer], bool]:
    """Answers in the order of the cases, and whether every case could be answered.

    A case of another kind is skipped; a malformed one, or one a rule refuses, is answered with the reason.
    """
    answers = [_answer(kind, case) for case in cases if _kind_of(case) not in KINDS - {kind}]
    return answers, not any(answer.keys() == {"id", "error"} for answer in answers)


def _kind_of(case: Any) -> str | None:
    kind = case.get("kind") if isinstance(case, dict) else None
    return kind if isinstance(kind, str) else None


def _answer(kind: str, case: Any) -> Answer:
    identity = case.get("id") if isinstance(case, dict) else None
    try:
        asked = without_notes(case)
        if asked.pop("kind", kind) != kind:
            raise Malformed("kind: no such kind")
        answer: Answer = import_module(f"{__name__}.{kind}").answer(asked)
    except DomainError as no:
        return {"id": identity, "error": no.message}
    return {"id": identity, **answer}
