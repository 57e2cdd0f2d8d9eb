"""What can be derived about the patient: the tags nobody records, and what is not known (contracts.md 1)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from regimens.rules.safety.book import Book, Drug
from regimens.rules.safety.case import Case, HomeMedication, hours_between
from regimens.rules.safety.unknown import Truth, Unknown, both, either, missing

CHILDBEARING_AGES = range(10, 56)  # vocab `childbearing_possible`
LONG_QT_MS = {"male": Decimal(450), "female": Decimal(460)}  # vocab `long_qt`
CLEARANCE_KEEPS_HOURS = Decimal(365 * 24)
HCG_KEEPS_HOURS = Decimal(24)
HAND_OR_WRIST = frozenset({"hand", "wrist"})
MAOI_HOURS = Decimal(14 * 24)


class Facts:
    """One case's patient at one moment. A tag is True, False or Unknown with the name of what is missing."""

    def __init__(self, case: Case, book: Book, at: datetime) -> None:
        self.case, self.book, self.patient, self.at = case, book, case.patient, at

    def tag(self, tag: str, drug: Drug | None = None) -> Truth:
        """Whether the condition is present; `drug` for the few that depend on it."""
        if tag == "mri_gate_missing":
            return self._mri_gate(drug)
        if tag == "not_us_approved":
            return drug is not None and drug.row.us_iv_status == "not_fda_approved"
        found = self._derived.get(tag)
        if found is None:
            return tag in self.recorded
        return either([tag in self.recorded, found])

    @cached_property
    def recorded(self) -> frozenset[str]:
        return self.patient.conditions or frozenset()

    @cached_property
    def allergies(self) -> frozenset[str]:
        """Groups and drug ids: an allergy to a drug is one to its class, not to its excipients."""
        named = self.patient.allergies or frozenset()
        drugs = [self.book.drugs[one] for one in named if one in self.book.drugs]
        return named.union(*(drug.own_allergens for drug in drugs))

    @cached_property
    def home(self) -> tuple[HomeMedication, ...]:
        """Home medications, and a nerve block of today as one more drug given elsewhere."""
        block = self.patient.screening.get("nerve_block")
        entries = self.patient.home_medications or ()
        if block is None:
            return entries
        groups = frozenset({"local_anesthetic_block"})
        name = f"{block.drug} nerve block"
        return (*entries, HomeMedication(groups, name, active=False, last_taken_at=block.at or self.at))

    def home_of(self, group: str) -> list[HomeMedication]:
        return [entry for entry in self.home if group in entry.groups]

    @cached_property
    def crcl(self) -> Decimal | Unknown:
        """mL/min of the last 365 days."""
        if self.patient.crcl is None:
            return missing("crcl_ml_min")
        value, at = self.patient.crcl
        fresh = hours_between(at, self.at) <= CLEARANCE_KEEPS_HOURS
        return value if fresh else missing("crcl_ml_min")

    @cached_property
    def qtc(self) -> Decimal | Unknown:
        known = self.patient.ecg and self.patient.ecg[0]
        return known if known is not None else missing("ecg")

    def ecg_within(self, hours: Decimal) -> bool:
        """An ECG without its QTc decides nothing."""
        ecg = self.patient.ecg
        return ecg is not None and ecg[0] is not None and hours_between(ecg[1], self.at) < hours

    def negative_hcg_within(self, hours: Decimal) -> bool:
        hcg = self.patient.hcg
        return hcg is not None and hcg[0] == "negative" and hours_between(hcg[1], self.at) < hours

    @cached_property
    def pregnant(self) -> Truth:
        patient = self.patient
        if patient.pregnancy_status == "pregnant" or (patient.hcg and patient.hcg[0] == "positive"):
            return True
        if patient.pregnancy_status != "unknown" or self._may_bear is False:
            return False
        return False if self.negative_hcg_within(HCG_KEEPS_HOURS) else missing("pregnancy")

    @cached_property
    def weeks(self) -> Decimal | Unknown:
        weeks = self.patient.gestation_weeks
        return weeks if weeks is not None else missing("weeks")

    @cached_property
    def bmi(self) -> Decimal | Unknown:
        weight, height = self.patient.weight_kg, self.patient.height_cm
        if weight is None or height is None:
            return missing("bmi")
        return weight / (height / 100) ** 2

    @cached_property
    def _may_bear(self) -> Truth:
        """Of an age and a sex to bear a child, and nothing recorded against it."""
        patient = self.patient
        if patient.pregnancy_status == "not_possible" or patient.age_years not in CHILDBEARING_AGES:
            return False
        if patient.sex_at_birth is None:
            return missing("sex_at_birth")
        return patient.sex_at_birth == "female"

    @cached_property
    def _childbearing_possible(self) -> Truth:
        """Who is known to be pregnant needs no test that says so."""
        return False if self.pregnant is True else self._may_bear

    @cached_property
    def _derived(self) -> Mapping[str, Truth]:
        age, patient = self.patient.age_years, self.patient
        return {
            "age_lt_2": age < 2,
            "age_lt_6": age < 6,
            "age_lt_12": age < 12,
            "age_ge_65": age >= 65,
            "childbearing_possible": self._childbearing_possible,
            "childbearing_potential_no_contraception": self._no_contraception,
            "pregnancy": self.pregnant,
            "pregnancy_lt_20w": self._in_weeks(lambda weeks: weeks < 20),
            "pregnancy_20_29w": self._in_weeks(lambda weeks: 20 <= weeks < 30),
            "pregnancy_ge_30w": self._in_weeks(lambda weeks: weeks >= 30),
            "preeclampsia_suspected": self._preeclampsia,
            "renal_impairment_moderate": _when_known(self.crcl, lambda value: 30 <= value < 60),
            "renal_impairment_severe": _when_known(self.crcl, lambda value: value < 30),
            "hypotension_now": missing("sbp") if patient.sbp is None else patient.sbp < 90,
            "bmi_gt_40": _when_known(self.bmi, lambda value: value > 40),
            "long_qt": self._long_qt,
            "no_ecg_today": not self.ecg_within(Decimal(24)),
            "cv_risk_factors_2plus_no_ecg": patient.ecg is None and "cv_risk_factors_2plus" in self.recorded,
            "no_driver": patient.driver is not True,
            "no_anesthesia_trained_provider": self.case.site.anesthesia_provider is not True,
            "hand_or_wrist_iv_site": self._hand_or_wrist,
            "new_neuro_symptoms": patient.screening.get("new_headache_type") is True,
            "anticoagulant_therapy": any(entry.active for entry in self.home_of("anticoagulant")),
            "maoi_within_14_days": either(self._maoi(entry) for entry in self.home_of("maoi")),
            **self._named_by_allergy,
        }

    @cached_property
    def _named_by_allergy(self) -> dict[str, Truth]:
        return {
            tag.id: tag.allergy_group in self.allergies
            for tag in self.book.tags.values()
            if tag.allergy_group
        }

    @cached_property
    def _no_contraception(self) -> Truth:
        """Asked about only once a negative test has shown that it is the question."""
        negative = self.patient.hcg is not None and self.patient.hcg[0] == "negative"
        if self.patient.contraception is None:
            return both([self._childbearing_possible, missing("contraception")]) if negative else False
        return both([self._childbearing_possible, self.patient.contraception == "none"])

    def _in_weeks(self, fits: Any) -> Truth:
        """The week is asked of a patient who is known to be pregnant."""
        return _when_known(self.weeks, fits) if self.pregnant is True else self.pregnant

    @cached_property
    def _preeclampsia(self) -> Truth:
        """Pregnant 20 weeks or more, or up to 6 weeks after birth, and 140/90 (rule `gate_preeclampsia`).

        Where neither a pregnancy nor the pressure is known, the drugs' own rows ask about the pregnancy.
        """
        patient = self.patient
        late = either(["postpartum_6w" in self.recorded, self._in_weeks(lambda weeks: weeks >= 20)])
        pressures = [(patient.sbp, 140), (patient.dbp, 90)]
        high = either(missing("vitals") if value is None else value >= limit for value, limit in pressures)
        if isinstance(high, Unknown) and isinstance(late, Unknown) and "pregnancy" in late.names:
            return Unknown(frozenset())
        return both([late, high])

    @cached_property
    def _long_qt(self) -> Truth:
        sex = self.patient.sex_at_birth
        limits = [LONG_QT_MS[sex]] if sex in LONG_QT_MS else list(LONG_QT_MS.values())
        answers = {_when_known(self.qtc, lambda value, limit=limit: value > limit) for limit in limits}
        return answers.pop() if len(answers) == 1 else missing("sex_at_birth")

    @cached_property
    def _hand_or_wrist(self) -> Truth:
        site = self.patient.iv_site
        return missing("iv_site") if site is None else bool(HAND_OR_WRIST & set(site.split("_")))

    def _maoi(self, entry: HomeMedication) -> Truth:
        if entry.active:
            return True
        if entry.last_taken_at is None:
            return missing("last_taken_at")
        return hours_between(entry.last_taken_at, self.at) < MAOI_HOURS

    def _mri_gate(self, drug: Drug | None) -> Truth:
        """No MRI read since the last dose, before an infusion that wants one (FDA label gates, drug row)."""
        if drug is None or not drug.row.mri_before_infusions:
            return False
        number = self.patient.screening.get("infusion_number")
        if number is None:
            return missing("infusion_number")
        if number not in drug.row.mri_before_infusions:
            return False
        read = self.patient.screening.get("last_mri_at")
        if read is None:
            return True
        doses = [dose.at for dose in self.patient.given if dose.drug == drug.id]
        return bool(doses) and hours_between(max(doses), read) <= 0


def _when_known(value: Any, fits: Any) -> Truth:
    return value if isinstance(value, Unknown) else fits(value)
