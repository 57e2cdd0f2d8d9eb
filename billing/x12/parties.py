"""Loops of the 837P that say who: providers, subscriber, patient, payer (2010AA to 2010CA, 2310B)."""

from collections.abc import Iterator
from datetime import date

from billing.x12.elements import day, digits, identifier, segment, words
from billing.x12.values import (
    Address,
    BillingProvider,
    Claim837,
    Patient,
    Payer,
    PersonName,
    RenderingProvider,
    Sex,
    Subscriber,
)


def billing_provider(provider: BillingProvider) -> Iterator[str]:
    who = "billing provider"
    yield segment("HL", "1", "", "20", "1")
    yield segment("PRV", "BI", "PXC", identifier(provider.taxonomy, name=f"{who}'s taxonomy", longest=10))
    yield organisation("85", provider.name, "XX", provider.npi, who=who)
    yield from _address(provider.address, who=who)
    yield segment("REF", "EI", digits(provider.tax_id, name=f"{who}'s tax number", lengths=(9,)))
    if provider.phone:
        name = words(provider.name, name=f"{who}'s name", longest=60)
        phone = digits(provider.phone, name=f"{who}'s phone", lengths=(10,))
        yield segment("PER", "IC", name, "TE", phone)


def subscriber_loop(claim: Claim837, level: int) -> Iterator[str]:
    subscriber, own = claim.subscriber, claim.patient is None
    group = identifier(subscriber.group_number, name="group number", longest=50, required=False)
    filing = identifier(claim.payer.filing_code, name="payer's filing code", longest=2)
    yield segment("HL", str(level), "1", "22", "0" if own else "1")
    yield segment("SBR", "P", "18" if own else "", group, "", "", "", "", "", filing)
    yield _subscriber_name(subscriber)
    if own:
        yield from _subscriber_facts(subscriber)
    yield _payer(claim.payer)


def _subscriber_name(subscriber: Subscriber) -> str:
    member = identifier(subscriber.member_id, name="member number", longest=80)
    return _person("IL", subscriber.name, "MI", member, who="subscriber")


def _subscriber_facts(subscriber: Subscriber) -> Iterator[str]:
    if subscriber.address is not None:
        yield from _address(subscriber.address, who="subscriber")
    if subscriber.birth_date is not None:
        yield _demographics(subscriber.birth_date, subscriber.sex)


def _payer(payer: Payer) -> str:
    return organisation("PR", payer.name, "PI", payer.payer_id, who="payer")


def patient_loop(patient: Patient, level: int) -> Iterator[str]:
    relationship = identifier(patient.relationship, name="patient's relationship code", longest=2)
    yield segment("HL", str(level), str(level - 1), "23", "0")
    yield segment("PAT", relationship)
    yield _person("QC", patient.name, who="patient")
    yield from _address(patient.address, who="patient")
    yield _demographics(patient.birth_date, patient.sex)


def rendering_provider(provider: RenderingProvider) -> Iterator[str]:
    who = "rendering provider"
    npi = identifier(provider.npi, name=f"{who}'s NPI", longest=10)
    taxonomy = identifier(provider.taxonomy, name=f"{who}'s taxonomy", longest=10, required=False)
    yield _person("82", provider.name, "XX", npi, who=who)
    if taxonomy:
        yield segment("PRV", "PE", "PXC", taxonomy)


def organisation(entity: str, name: str, qualifier: str, number: str, *, who: str) -> str:
    written = words(name, name=f"{who}'s name", longest=60)
    known_as = identifier(number, name=f"{who}'s number", longest=80)
    return segment("NM1", entity, "2", written, "", "", "", "", qualifier, known_as)


def _person(entity: str, name: PersonName, qualifier: str = "", number: str = "", *, who: str) -> str:
    return segment(
        "NM1", entity, "1",
        words(name.last, name=f"{who}'s last name", longest=60),
        words(name.first, name=f"{who}'s first name", longest=35, required=False),
        words(name.middle, name=f"{who}'s middle name", longest=25, required=False),
        "",
        words(name.suffix, name=f"{who}'s name suffix", longest=10, required=False),
        qualifier, number,
    )  # fmt: skip


def _address(address: Address, *, who: str) -> Iterator[str]:
    yield segment(
        "N3",
        words(address.line1, name=f"{who}'s address", longest=55),
        words(address.line2, name=f"{who}'s second address line", longest=55, required=False),
    )
    yield segment(
        "N4",
        words(address.city, name=f"{who}'s city", longest=30),
        identifier(address.state, name=f"{who}'s state", longest=2),
        digits(address.zip_code, name=f"{who}'s ZIP code", lengths=(5, 9)),
    )


def _demographics(birth_date: date, sex: Sex) -> str:
    return segment("DMG", "D8", day(birth_date), sex)
