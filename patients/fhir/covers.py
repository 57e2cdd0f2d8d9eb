"""Coverage → Cover. A payer is an Organization of the file, one contained, or just a name."""

from typing import Any

from patients.fhir import reading
from patients.fhir.reading import Index
from patients.fhir.records import Cover, LeftOut
from patients.fhir.resources import validated

_RELATIONSHIPS = {"self": "18", "spouse": "01", "common": "01", "child": "19", "parent": "G8", "other": "G8"}
_NOBODY = {"no_insurance", "self pay", "selfpay", "uninsured", "none"}


def cover(resource: Any, key: str, index: Index) -> Cover:
    """Raises LeftOut for a draft, for people without insurance and where no payer or member id is given."""
    if resource.status in ("draft", "entered-in-error"):
        raise LeftOut(f"Its status is “{resource.status}”.")
    payer_ids, payer_name = _payer(resource, index)
    if payer_name.lower() in _NOBODY:
        raise LeftOut("It says that the person has no insurance.")
    member_id = resource.subscriberId or next(
        (one.value for one in resource.identifier or [] if one.value), ""
    )
    if not member_id:
        raise LeftOut("It has no member number.")
    period = resource.period
    return Cover(
        key=key,
        subject=index.person(resource.beneficiary),
        payer_ids=payer_ids,
        payer_name=payer_name,
        member_id=member_id[:40],
        group_number=_group(resource)[:40],
        relationship=_RELATIONSHIPS.get(reading.code(resource.relationship), "18"),
        order=resource.order,
        starts_on=reading.day(period.start) if period else None,
        ends_on=reading.day(period.end) if period else None,
        ended=resource.status == "cancelled",
    )


def _payer(resource: Any, index: Index) -> tuple[tuple[str, ...], str]:
    reference = resource.payor[0] if resource.payor else None
    organization = _organization(resource, reference, index)
    named = [*(organization.identifier or [] if organization else [])]
    if reference is not None and reference.identifier is not None:
        named.append(reference.identifier)
    name = (organization.name if organization else None) or (reference.display if reference else None) or ""
    ids = tuple(one.value for one in named if one.value)
    if not (name or ids):
        raise LeftOut("It does not say who the payer is.")
    return ids, name


def _organization(resource: Any, reference: Any, index: Index) -> Any:
    inside = (getattr(reference, "reference", None) or "").removeprefix("#")
    for contained in resource.contained or []:
        if contained.id == inside:
            return contained
    entry = index.entry(reference)
    return validated(entry.raw) if entry is not None and entry.key.startswith("Organization/") else None


def _group(resource: Any) -> str:
    return next(
        (one.value for one in resource.class_fhir or [] if reading.code(one.type) == "group" and one.value),
        "",
    )
