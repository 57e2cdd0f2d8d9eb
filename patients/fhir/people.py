"""Patient → Person."""

import re
from typing import Any

from patients.fhir import reading
from patients.fhir.records import LeftOut, Person
from patients.fhir.us_states import US_STATES
from patients.states import PhoneKind, Sex, YesNo

# Kinds of number we keep: medical record and patient numbers. A social security, licence or passport
# number identifies people to thieves; we have no use for it.
_KEPT_TYPES = {"MR", "MRT", "PI", "PT", "U"}
_SOCIAL_SECURITY = re.compile(r"\d{3}-?\d{2}-?\d{4}")
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "female": Sex.FEMALE, "male": Sex.MALE}
_PHONES = {"home": PhoneKind.HOME, "work": PhoneKind.WORK, "mobile": PhoneKind.MOBILE}
_GONE = {"old", "temp"}


def person(resource: Any, key: str) -> Person:
    """Raises LeftOut without a name or a whole birth date: nobody could be told apart by the rest."""
    facts = (
        _names(resource)
        | {"birth_date": _born(resource)}
        | _sex(resource)
        | _reach(resource)
        | _speech(resource)
    )
    died = reading.day(resource.deceasedDateTime)
    remarks = []
    if died:
        facts["died_on"] = died
    elif resource.deceasedBoolean or resource.deceasedDateTime:
        remarks.append("The file says that this person has died, without a day. Ask, and enter the day.")
    return Person(
        key=key,
        identifiers=_identifiers(resource, key),
        facts={
            name: " ".join(value.split()) if isinstance(value, str) else value
            for name, value in facts.items()
        },
        phones=tuple(_phones(resource)),
        remarks=tuple(remarks),
    )


def _names(resource: Any) -> dict[str, str]:
    names = resource.name or []
    by_use = {name.use or "": name for name in reversed(names)}
    chosen = next(
        (by_use[use] for use in ("official", "usual", "") if use in by_use), names[0] if names else None
    )
    given = " ".join(chosen.given or []) if chosen else ""
    family = (chosen.family or "") if chosen else ""
    if chosen and chosen.text and not (given and family):
        given, _, family = chosen.text.strip().rpartition(" ")
    if not (given and family):
        raise LeftOut("The Patient has no given name and family name.")
    called = by_use.get("nickname")
    former = by_use.get("maiden") or by_use.get("old")
    before = (former.family or "") if former else ""
    return {
        "given_name": given[:80],
        "family_name": family[:80],
        "preferred_name": " ".join(called.given or [])[:80] if called else "",
        "former_name": before[:80] if before != family else "",
    }


def _born(resource: Any) -> Any:
    if resource.birthDate is None:
        raise LeftOut("The Patient has no birth date.")
    born = reading.day(resource.birthDate)
    if born is None:
        raise LeftOut("The Patient's birth date is not a whole date.")
    return born


def _sex(resource: Any) -> dict[str, str]:
    """Sex at birth from the US core extension, else from `gender`; a gender that differs is kept as one."""
    birthsex = reading.extension(resource, "us-core-birthsex")
    said = (birthsex.valueCode or "") if birthsex else ""
    sex = _SEXES.get(said) or _SEXES.get(resource.gender or "", Sex.UNKNOWN)
    differs = said in _SEXES and resource.gender and _SEXES.get(resource.gender) != sex
    return {
        "sex_at_birth": str(sex),
        "gender": resource.gender if differs and resource.gender != "unknown" else "",
    }


def _speech(resource: Any) -> dict[str, str]:
    spoken = resource.communication or []
    chosen = next((one for one in spoken if one.preferred), spoken[0] if spoken else None)
    code = reading.code(chosen.language) if chosen else ""
    facts = {"language": code.split("-")[0].lower()[:8]} if code else {}
    if (needs := _interpreter(resource)) is not None:
        facts["interpreter"] = YesNo.YES.value if needs else YesNo.NO.value
    return facts


def _interpreter(resource: Any) -> bool | None:
    required = reading.extension(resource, "patient-interpreterRequired")
    if required is not None and required.valueBoolean is not None:
        return bool(required.valueBoolean)
    needed = reading.extension(resource, "us-core-interpreter-needed")
    code = needed.valueCoding.code if needed is not None and needed.valueCoding else ""
    return {"373066001": True, "373067005": False}.get(code)  # SNOMED CT yes, no


def _reach(resource: Any) -> dict[str, str]:
    telecom = [one for one in resource.telecom or [] if one.use not in _GONE]
    email = next((one.value for one in telecom if one.system == "email" and one.value), "")
    addresses = [one for one in resource.address or [] if one.use not in _GONE]
    home = next((one for one in addresses if one.use == "home"), addresses[0] if addresses else None)
    facts = {"email": email} if email else {}
    if home is None:
        return facts
    return facts | {
        "street": ", ".join(home.line or [])[:120],
        "city": (home.city or "")[:60],
        "state": US_STATES.get((home.state or "").lower(), home.state or "")[:30],
        "postal_code": (home.postalCode or "")[:10],
    }


def _phones(resource: Any) -> list[dict[str, str]]:
    return [
        {"kind": str(_PHONES.get(one.use or "", PhoneKind.MOBILE)), "written": one.value.strip()[:30]}
        for one in resource.telecom or []
        if one.system in ("phone", "sms") and one.value and one.use not in _GONE
    ]


def _identifiers(resource: Any, key: str) -> tuple[tuple[str, str], ...]:
    """(system, value) of the numbers we keep; the resource's own id where there is none."""
    kept = [
        (one.system[:120], one.value[:80])
        for one in resource.identifier or []
        if one.system and one.value and _is_kept(one)
    ]
    return tuple(dict.fromkeys(kept)) or (("fhir:Patient", key.split("/", 1)[1][:80]),)


def _is_kept(identifier: Any) -> bool:
    kind = reading.code(identifier.type)
    social = "ssn" in identifier.system.lower() or _SOCIAL_SECURITY.fullmatch(identifier.value)
    return not social and (not kind or kind in _KEPT_TYPES)
