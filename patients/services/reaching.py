"""How to reach the person, and who stands beside them: phones with their consent to text, and contacts."""

from datetime import datetime
from typing import Any

from django.db import transaction

from infusion_center.audit import history
from infusion_center.errors import DomainError
from patients.models import Contact, Patient, Phone
from patients.rules import phone as phones
from patients.states import PhoneKind, YesNo


class BadContact(DomainError):
    """A contact nobody could call on."""


def add_phone(
    *,
    patient: Patient,
    written: str,
    kind: str = PhoneKind.MOBILE,
    may_text: str = YesNo.UNKNOWN,
    by: Any,
    at: datetime,
) -> Phone:
    """Note a number; the same number again only corrects its kind and consent. Raises UnreadablePhone."""
    number = phones.read_phone(written)
    with transaction.atomic(), history.verb("phone.noted", by=by, at=at):
        phone = Phone.objects.select_for_update().filter(patient=patient, digits=number.digits).first()
        phone = phone or Phone(patient=patient, digits=number.digits)
        phone.written, phone.kind = number.written, _known(kind, PhoneKind, "kind")
        _hear_consent(phone, may_text, by, at)
        phone.save()
    return phone


def answer_texting(*, phone: Phone, may_text: str, by: Any, at: datetime) -> Phone:
    """What the person says about texts to this number, heard by `by`."""
    with transaction.atomic(), history.verb("phone.texting_answered", by=by, at=at):
        _hear_consent(phone, may_text, by, at)
        phone.save(update_fields=["may_text", "may_text_at", "may_text_by"])
    return phone


def drop_phone(*, phone: Phone, by: Any, at: datetime) -> None:
    """The number is not theirs any more. Its history stays."""
    with transaction.atomic(), history.verb("phone.dropped", by=by, at=at):
        phone.delete()


def add_contact(
    *,
    patient: Patient,
    name: str,
    relation: str = "",
    phone: str = "",
    drives: bool = False,
    guardian: bool = False,
    by: Any,
    at: datetime,
) -> Contact:
    """Somebody to call. Raises BadContact without a name, UnreadablePhone for a number nobody can dial."""
    if not name.strip():
        raise BadContact("Give the contact's name.", field="name")
    number = _readable(phone) if phone.strip() else ""
    facts = {"name": " ".join(name.split()), "relation": relation.strip(), "phone": number}
    with transaction.atomic(), history.verb("contact.noted", by=by, at=at):
        return Contact.objects.create(patient=patient, **facts, drives=drives, guardian=guardian)


def drop_contact(*, contact: Contact, by: Any, at: datetime) -> None:
    """Not to be called any more. The history stays."""
    with transaction.atomic(), history.verb("contact.dropped", by=by, at=at):
        contact.delete()


def _hear_consent(phone: Phone, may_text: str, by: Any, at: datetime) -> None:
    """An answer carries who heard it and when; "not known" is no answer, and leaves an earlier one alone."""
    if _known(may_text, YesNo, "may_text") == YesNo.UNKNOWN:
        return
    phone.may_text, phone.may_text_at, phone.may_text_by = may_text, at, by


def _known(word: str, words: type[PhoneKind] | type[YesNo], field: str) -> str:
    if word not in words.values:
        raise BadContact(f"“{word}” is none of {', '.join(words.values)}.", field=field)
    return word


def _readable(phone: str) -> str:
    try:
        return phones.read_phone(phone).written
    except phones.UnreadablePhone as no:
        raise phones.UnreadablePhone(no.message, field="phone") from no
