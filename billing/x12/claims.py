"""Loops of the 837P that say what: the claim, its diagnoses, its lines and drugs (2300, 2400, 2410)."""

from collections.abc import Iterator

from billing.x12.elements import CannotWrite, composite, day, identifier, money, quantity, segment, words
from billing.x12.parties import patient_loop, rendering_provider, subscriber_loop
from billing.x12.values import Claim837, Line837


def claim_segments(claim: Claim837, *, level: int = 2) -> Iterator[str]:
    """Loops 2000B to 2410 of one claim; `level` is its HL number below the billing provider's 1."""
    yield from subscriber_loop(claim, level)
    if claim.patient is not None:
        yield from patient_loop(claim.patient, level + 1)
    yield from _claim_loop(claim)
    for line in claim.lines:
        yield from _line_loop(line)


def _claim_loop(claim: Claim837) -> Iterator[str]:
    place = identifier(claim.place_of_service, name="place of service", longest=2)
    yield segment(
        "CLM",
        identifier(claim.number, name="claim number", longest=20, exact=True),
        money(claim.charge, name="claim charge"),
        "", "", composite(place, "B", claim.frequency), "Y", "A", "Y", "Y",
    )  # fmt: skip
    yield from _reference("G1", claim.authorization_number, name="authorization number")
    yield from _reference("F8", claim.payer_claim_number, name="payer's claim number")
    yield from _reference("EA", claim.chart_number, name="chart number")
    yield from _note(claim.note, name="claim note")
    yield _diagnoses(claim.diagnoses)
    if claim.rendering is not None:
        yield from rendering_provider(claim.rendering)


def _diagnoses(codes: tuple[str, ...]) -> str:
    written = (identifier(code, name="diagnosis code", longest=30) for code in codes)
    return segment("HI", *(composite("ABF" if at else "ABK", code) for at, code in enumerate(written)))


def _line_loop(line: Line837) -> Iterator[str]:
    yield segment("LX", str(line.number))
    yield segment(
        "SV1",
        _procedure(line),
        money(line.charge, name="line charge"),
        "UN",
        quantity(line.units, name="line's units"),
        "", "", composite(*map(str, line.pointers)),
    )  # fmt: skip
    yield segment("DTP", "472", "D8", day(line.service_on))
    yield segment("REF", "6R", identifier(line.line_control, name="line number", longest=30, exact=True))
    yield from _note(line.note, name="line note")
    if line.ndc11:
        yield from _drug(line)


def _procedure(line: Line837) -> str:
    """SV101: the code, four places for modifiers, then the description an unclassified code needs."""
    if len(line.modifiers) > 4:
        raise CannotWrite("A line may have four modifiers at most.")
    code = identifier(line.procedure_code, name="procedure code", longest=48)
    modifiers = [identifier(one, name="modifier", longest=2) for one in line.modifiers]
    description = words(line.description, name="drug description", longest=80, required=False)
    return composite("HC", code, *modifiers, *[""] * (4 - len(modifiers)), description)


def _drug(line: Line837) -> Iterator[str]:
    if line.ndc_quantity is None:
        raise CannotWrite("The NDC has no quantity.")
    unit = identifier(line.ndc_unit, name="NDC unit", longest=2)
    yield segment("LIN", "", "N4", identifier(line.ndc11, name="NDC", longest=48))
    yield segment("CTP", "", "", "", quantity(line.ndc_quantity, name="NDC quantity"), unit)


def _reference(qualifier: str, number: str, *, name: str) -> Iterator[str]:
    if number:
        yield segment("REF", qualifier, identifier(number, name=name, longest=50))


def _note(text: str, *, name: str) -> Iterator[str]:
    if text:
        yield segment("NTE", "ADD", words(text, name=name, longest=80))
