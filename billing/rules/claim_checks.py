"""Why a claim may not go yet: what must be there, and what a coder must look at. Words are ours.

A finding is cleared by the facts (the stop time is charted, the price is loaded). Where it is a matter of
judgement, a named person may clear it with a reason: `may_be_cleared`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# billing.md 3: nausea and dehydration support hydration.
SUPPORT_HYDRATION = frozenset({"R110", "R112", "E860"})
HYDRATION_CODES = frozenset({"96360", "96361", "J7030", "J7040", "J7050"})
MOST_POINTERS = 4

# A matter of judgement: everything else is settled by the facts alone.
JUDGEMENT = frozenset(
    {
        "review",
        "ptp_check",
        "computed_stop",
        "downcoded",
        "clinical_review",
        "authorization",
        "oral_drug",
        "payer_waste",
    }
)
# Settled by reference data that may come any day: such claims are looked at again on every sweep.
WAITS_FOR_REFERENCE = frozenset({"price", "drug_code", "authorization", "diagnosis"})

FLAGS = {
    "hold:no_order": "{drug} was given without a signed order.",
    "hold:missing_start": "{drug} has no start time.",
    "hold:missing_stop": "{drug} has no stop time. The nurse adds it in the chart.",
    "hold:stop_before_start": "{drug} stops before it starts.",
    "hold:zero_minutes": "{drug} stops in the minute it starts. The nurse corrects the times in the chart.",
    "computed_stop": "The stop of {drug} was reckoned from charted volume and rate: look at it.",
    "downcoded:missing_stop": "{drug} has no stop time and is coded as a push, as this payer allows.",
    "review:repeat_infusion": "One drug was infused twice. Look whether this payer counts the second one.",
    "review:push_same_drug_as_infusion": "A push and an infusion of one drug: only one of them is coded.",
    "review:second_site_not_documented": "Two IV sites, and the need for the second is not documented.",
    "ptp_check:96372": "An injection stands beside an IV service. Look whether the payer wants 59 on it.",
    "two_ndcs": "",  # two lines say it; nothing to decide
    "inefficient_vial_choice": "",
}
REASONS = {
    "flush_or_kvo": "Flush or keep-open fluid: part of the service",
    "hydration_30_or_less": "Hydration of 30 minutes or less by itself is not billed",
    "hydration_concurrent": "Ran only while a drug was infused",
    "hydration_no_necessity": "No diagnosis supports hydration (nausea R11.0 or R11.2, dehydration E86.0)",
    "concurrent_already_reported": "Concurrent infusion is billed once a visit",
    "push_same_drug_as_infusion": "A push of a drug that was also infused",
    "repeat_push_office": "A repeated push of one drug: its units are billed, not the push",
    "repeat_push_within_30": "Repeated within 30 minutes",
    "facility_pos_professional_claim": "At this place of service the facility bills",
    "not_bought": "Sent for the patient or a sample: the drug is not ours to bill",
    "fluid_of_unbilled_hydration": "Fluid of a hydration that is not billed",
}


@dataclass(frozen=True, order=True)
class Finding:
    """`code` is stable and names the row; `sentence` is for staff and says nothing about the patient."""

    code: str
    sentence: str

    @property
    def kind(self) -> str:
        return self.code.partition(":")[0]


def may_be_cleared(code: str) -> bool:
    """Whether a named person may settle it with a reason."""
    return code.partition(":")[0] in JUDGEMENT


def supports_hydration(diagnoses: Iterable[str]) -> bool:
    return not SUPPORT_HYDRATION.isdisjoint(diagnoses)


def pointers(code: str, diagnoses: Sequence[str]) -> tuple[int, ...]:
    """Which diagnoses a line stands on, from 1: hydration on what supports it, the rest as on the claim."""
    places = range(1, len(diagnoses) + 1)
    if code in HYDRATION_CODES:
        places = sorted(places, key=lambda at: diagnoses[at - 1] not in SUPPORT_HYDRATION)  # type: ignore[assignment]
    return tuple(places[:MOST_POINTERS])


def what_coding_says(flags: Iterable[str], drug_of: Mapping[str, str]) -> Iterator[Finding]:
    """Findings of the coding engine's flags; `drug_of` names the drug of a charted line."""
    for flag in flags:
        known = next((one for one in FLAGS if flag == one or flag.startswith(f"{one}:")), None)
        if known is None:
            yield Finding(f"review:{flag}"[:60], f"A coder must look at this: {flag.replace('_', ' ')}.")
        elif FLAGS[known]:
            line = flag.removeprefix(known).removeprefix(":")
            yield Finding(
                flag.removeprefix("hold:")[:60], FLAGS[known].format(drug=drug_of.get(line, "A drug"))
            )


def what_is_missing(
    *, diagnoses: Sequence[str], has_coverage: bool, has_rendering: bool, rendering_npi: str
) -> Iterator[Finding]:
    if not diagnoses:
        yield Finding("no_diagnosis", "There is no diagnosis. Pick one, the principal first.")
    if not has_coverage:
        yield Finding(
            "no_coverage",
            "The patient has no coverage on the date of service. Add it in the patient's record.",
        )
    if not has_rendering:
        yield Finding("no_rendering", "No rendering provider is named.")
    elif not rendering_npi:
        yield Finding("no_rendering_npi", "The rendering provider has no NPI in the staff list.")


def authorization(*, drug: str, code: str, wanted: str) -> Finding | None:
    """`wanted`: never, always or unknown. Numbers are not kept yet, so `always` waits for a person."""
    sentences = {
        "always": f"The payer wants an authorization for {drug}. Note its number in the reason.",
        "unknown": f"Whether the payer wants an authorization for {drug} is not known. Ask, then say so.",
    }
    return Finding(f"authorization:{code}"[:60], sentences[wanted]) if wanted in sentences else None


def eptinezumab_for_an_attack(codes: Iterable[str], diagnoses: Sequence[str]) -> Finding | None:
    """billing.md 3: J3032 with nothing but cluster or unspecified headache goes to clinical review."""
    only_these = diagnoses and all(one.startswith("G440") or one == "R519" for one in diagnoses)
    if "J3032" not in set(codes) or not only_these:
        return None
    return Finding(
        "clinical_review:J3032",
        "Eptinezumab with cluster or unspecified headache only: clinical review first.",
    )
