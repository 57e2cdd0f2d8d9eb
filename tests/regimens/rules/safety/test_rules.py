"""The rules of the formulary, one by one: where each speaks, and where it stays silent.

The last column is everything the answer holds, so a case shows duplicates and needless alerts too.
"""
# ruff: noqa: E501 - a table is read by its lines

import json

import pytest

from infusion_center.contracts.reference import FILES
from tests.regimens.rules.safety.asked import (
    DOSE,
    EVERYTHING_ON,
    a,
    ago,
    asking,
    had,
    pregnant,
    said,
    took,
    woman,
)

DHE, D2 = "dihydroergotamine", "prochlorperazine"
NEGATIVE = ago(hours=1)
# An antiemetic and a painkiller that the center added itself.
ADDED = EVERYTHING_ON | {
    "drugs": [
        {
            "id": "amisulpride_iv",
            "class_tags": ["dopamine_antagonist", "antiemetic"],
            "qt_risk": "conditional",
        },
        {"id": "ibuprofen_iv", "class_tags": ["nsaid"]},
    ]
}
MRI = {"infusion_number": 5, "last_mri_at": ago(days=3)}
OLD = {"age_years": 71}


def sick(*conditions):
    return {"conditions": list(conditions)}


def at_home(*entries):
    return {"home_medications": list(entries)}


def given(*doses):
    return {"given": list(doses)}


def later(drug, hours, dose=None, **more):
    return a(drug, dose, at=ago(hours=-hours), **more)


# what happens · the case · everything the answer says
CASES = [
    # --- dihydroergotamine
    ("DHE 6 h after a triptan", asking(DHE, **at_home(took("triptan", "sumatriptan", hours=6))), ["block dhe_triptan_24h"]),
    ("DHE 23 h 59 after a triptan", asking(DHE, **at_home(took("triptan", "sumatriptan", hours=23, minutes=59))), ["block dhe_triptan_24h"]),
    ("DHE 24 h after a triptan", asking(DHE, **at_home(took("triptan", "sumatriptan", hours=24))), []),
    ("a stopped triptan counts by its last dose", asking(DHE, **at_home(took("triptan", "sumatriptan", active=False, hours=6))), ["block dhe_triptan_24h"]),
    ("a triptan at an unknown time", asking(DHE, **at_home(took("triptan", "sumatriptan", unknown=True))), ["block missing:last_taken_at"]),
    ("one triptan known, one not", asking(DHE, **at_home(took("triptan", "sumatriptan", hours=6), took("triptan", "rizatriptan", unknown=True))), ["block dhe_triptan_24h", "block missing:last_taken_at"]),
    ("a triptan by another group's name", asking(DHE, **at_home(took("nsaid_home", "Sumatriptan/Naproxen", hours=2))), ["block dhe_triptan_24h"]),
    ("DHE after another ergot", asking(DHE, **at_home(took("ergot", "ergotamine", hours=10))), ["block dhe_ergot_24h"]),
    ("DHE a day after another ergot", asking(DHE, **at_home(took("ergot", "ergotamine", hours=24))), []),
    ("an ergot and an ergot allergy are two findings", asking(DHE, allergies=["ergot"], **at_home(took("ergot", "ergotamine", hours=10))), ["block dhe_ergot_24h", "block dihydroergotamine:contraindication:ergot_allergy"]),
    ("ritonavir stopped 6 days ago", asking(DHE, **at_home(took("strong_cyp3a4_inhibitor", "ritonavir", active=False, days=6))), ["block dhe_strong_cyp3a4"]),
    ("ritonavir stopped 7 days ago", asking(DHE, **at_home(took("strong_cyp3a4_inhibitor", "ritonavir", active=False, days=7))), []),
    ("ritonavir stopped at an unknown time", asking(DHE, **at_home(took("strong_cyp3a4_inhibitor", "ritonavir", active=False, unknown=True))), ["block missing:last_taken_at"]),
    ("ritonavir taken on at an unknown time", asking(DHE, **at_home(took("strong_cyp3a4_inhibitor", "ritonavir", unknown=True))), ["block dhe_strong_cyp3a4"]),
    ("fluconazole with DHE", asking(DHE, **at_home(took("moderate_cyp3a4_inhibitor", "fluconazole", hours=5))), ["warn dhe_moderate_cyp3a4"]),
    ("fluconazole stopped", asking(DHE, **at_home(took("moderate_cyp3a4_inhibitor", "fluconazole", active=False, hours=5))), []),
    ("pseudoephedrine with DHE", asking(DHE, **at_home(took("vasoconstrictor_drug", "pseudoephedrine", days=9))), ["block dhe_vasoconstrictor"]),
    ("propranolol and smoking with DHE", asking(DHE, **at_home(took("propranolol", "propranolol", hours=1), took("nicotine", "smoking", hours=1))), ["warn dhe_propranolol_nicotine"]),
    ("an MAOI 13 days ago with DHE", asking(DHE, **at_home(took("maoi", "phenelzine", active=False, days=13))), ["override_reason dhe_maoi_14d"]),
    ("an MAOI 14 days ago with DHE", asking(DHE, **at_home(took("maoi", "phenelzine", active=False, days=14))), []),
    ("DHE in coronary disease", asking(DHE, **sick("coronary_artery_disease")), ["block dhe_cv_disease"]),
    ("DHE in sepsis and coronary disease is one finding", asking(DHE, **sick("coronary_artery_disease", "sepsis")), ["block dhe_cv_disease"]),
    ("DHE in hemiplegic migraine", asking(DHE, **sick("hemiplegic_migraine")), ["block dhe_special_migraine"]),
    ("DHE in severe kidney disease", asking(DHE, **sick("renal_impairment_severe"), labs=None), ["block dihydroergotamine:contraindication:renal_impairment_severe"]),
    ("DHE in pregnancy", asking(DHE, **pregnant(12)), ["block dhe_pregnancy_lactation"]),
    ("DHE while breastfeeding", asking(DHE, **sick("lactation")), ["block dhe_pregnancy_lactation"]),
    ("DHE and a test 23 h 59 old", asking(DHE, **woman(hcg=ago(hours=23, minutes=59))), []),
    ("DHE and a test of exactly 24 h", asking(DHE, **woman(hcg=ago(hours=24))), ["block dhe_hcg_missing"]),
    ("DHE, pregnancy unknown, no test", asking(DHE, **woman("unknown")), ["block dhe_hcg_missing"]),
    ("DHE at 56", asking(DHE, **(woman("unknown") | {"age_years": 56})), []),
    ("the test counts from the order's own time", asking(later(DHE, 3), **woman(hcg=ago(hours=22))), ["block dhe_hcg_missing"]),
    ("DHE, two risk factors, no ECG", asking(DHE, ecg=None, **sick("cv_risk_factors_2plus")), ["override_reason dhe_cv_risk_no_ecg"]),
    ("DHE, two risk factors, an ECG of last year", asking(DHE, ecg={"qtc_ms": 415, "at": ago(days=400)}, **sick("cv_risk_factors_2plus")), []),
    ("2.25 mg of DHE in a day", asking(DHE, **given(had(DHE, 1.75, hours=5))), ["block dhe_daily_max"]),
    ("2 mg of DHE in a day", asking(DHE, **given(had(DHE, 1.5, hours=5))), []),
    ("DHE 24 h after 2 mg", asking(DHE, **given(had(DHE, 2, hours=24))), []),
    ("6.5 mg of DHE in a week, at home too", asking(DHE, **given(had(DHE, 3, days=4), had(DHE, 3, days=5, where="home"))), ["block dhe_weekly_max"]),
    ("6 mg of DHE in a week", asking(DHE, **given(had(DHE, 2.5, days=4), had(DHE, 3, days=5, where="home"))), []),
    ("DHE 59 minutes after the last", asking(DHE, **given(had(DHE, minutes=59))), ["block dihydroergotamine:limit:min_interval"]),
    ("DHE an hour after the last", asking(DHE, **given(had(DHE, minutes=60))), []),
    ("a third course of DHE in 30 days", asking(DHE, **given(had(DHE, days=10), had(DHE, days=20))), ["warn dihydroergotamine:limit:course"]),
    ("consecutive days of DHE are one course", asking(DHE, **given(had(DHE, days=1), had(DHE, days=2), had(DHE, days=20))), []),
    ("DHE with a gepant and a CGRP antibody", asking(DHE, **at_home(took("gepant", "ubrogepant", hours=1), took("cgrp_mab", "erenumab", days=9))), ["info dhe_cgrp_ok"]),
    ("an antiemetic and an antacid after DHE", asking(DHE, later("ondansetron", 1), later("famotidine", 1)), ["warn qt_known_plus_other"]),
    ("ondansetron, then metoclopramide, after DHE", asking(DHE, later("ondansetron", 1), later("metoclopramide", 2)), ["warn dhe_nausea_stack", "warn qt_known_plus_other"]),
    ("one antiemetic before DHE, one after", asking("metoclopramide", later(DHE, 1), later("ondansetron", 2)), ["warn qt_known_plus_other"]),
    ("DHE with Raynaud", asking(DHE, **sick("raynaud")), ["override_reason dihydroergotamine:contraindication:raynaud"]),
    ("1.5 mg of DHE at once", asking(a(DHE, 1.5)), ["block dihydroergotamine:dose:max_single"]),
    # --- dopamine antagonists
    ("metoclopramide with prochlorperazine", asking("metoclopramide", D2), ["block metoclopramide_with_d2", "warn cns_stack_2"]),
    ("metoclopramide 23 h after prochlorperazine", asking("metoclopramide", **given(had(D2, hours=23))), ["block metoclopramide_with_d2"]),
    ("metoclopramide 24 h after prochlorperazine", asking("metoclopramide", **given(had(D2, hours=24))), []),
    ("metoclopramide with an added antiemetic", asking("metoclopramide", "amisulpride_iv", site=ADDED), ["block metoclopramide_with_d2"]),
    ("two dopamine antagonists", asking(D2, **given(had("haloperidol", hours=23))), ["override_reason two_d2_antagonists", "warn qt_known_plus_other"]),
    ("the same dopamine antagonist twice", asking(D2, **given(had(D2, hours=5))), []),
    ("two dopamine antagonists a day apart", asking(D2, **given(had("haloperidol", hours=24))), []),
    ("metoclopramide with quetiapine at home", asking("metoclopramide", **at_home(took("antipsychotic", "quetiapine", hours=9))), ["block d2_home_antipsychotic"]),
    ("prochlorperazine with quetiapine at home", asking(D2, **at_home(took("antipsychotic", "quetiapine", hours=9))), ["override_reason d2_home_antipsychotic"]),
    ("prochlorperazine in Parkinson disease", asking(D2, **sick("parkinson_disease")), ["block d2_parkinson"]),
    ("ondansetron in Parkinson disease", asking("ondansetron", **sick("parkinson_disease")), []),
    ("metoclopramide after tardive dyskinesia", asking("metoclopramide", **sick("tardive_dyskinesia_history")), ["block d2_td_nms_history"]),
    ("metoclopramide after akathisia", asking("metoclopramide", **sick("prior_dystonia_or_akathisia")), ["override_reason d2_prior_akathisia"]),
    ("haloperidol in old dementia", asking("haloperidol", **sick("dementia_elderly")), ["override_reason d2_dementia_elderly"]),
    ("metoclopramide in epilepsy", asking("metoclopramide", **sick("seizure_disorder")), ["block metoclopramide_epilepsy"]),
    ("prochlorperazine in epilepsy", asking(D2, **sick("seizure_disorder")), ["warn prochlorperazine:contraindication:seizure_disorder"]),
    ("metoclopramide with a pheochromocytoma", asking("metoclopramide", **sick("pheochromocytoma")), ["block metoclopramide_pheo_gi"]),
    ("diphenhydramine against metoclopramide 10 mg", asking("metoclopramide", a("diphenhydramine", indication="side_effect")), ["warn cns_stack_2", "warn diphenhydramine_for_metoclopramide10", "info counter_effect_generic"]),
    ("diphenhydramine against metoclopramide 20 mg", asking(a("metoclopramide", 20), a("diphenhydramine", indication="side_effect")), ["warn cns_stack_2", "info counter_effect_generic"]),
    ("diphenhydramine with prochlorperazine", asking(D2, "diphenhydramine"), ["warn cns_stack_2", "info diphenhydramine_for_prochlorperazine"]),
    ("a metoclopramide allergy beside ondansetron is not lost", asking("metoclopramide", "ondansetron", allergies=["metoclopramide"]), ["block metoclopramide:allergy:metoclopramide", "warn qt_known_plus_other"]),
    # --- QT
    ("droperidol, QTc 441 in a man", asking("droperidol", ecg={"qtc_ms": 441, "at": NEGATIVE}), ["block droperidol_qtc"]),
    ("droperidol, QTc 440 in a man", asking("droperidol", ecg={"qtc_ms": 440, "at": NEGATIVE}), []),
    ("droperidol, QTc 450 in a woman", asking("droperidol", ecg={"qtc_ms": 450, "at": NEGATIVE}, **woman()), []),
    ("droperidol, QTc 465 in a woman is one finding", asking("droperidol", ecg={"qtc_ms": 465, "at": NEGATIVE}, **woman()), ["block droperidol_qtc"]),
    ("droperidol without an ECG", asking("droperidol", ecg=None), ["block droperidol_no_ecg"]),
    ("droperidol, an ECG of exactly 24 h", asking("droperidol", ecg={"qtc_ms": 415, "at": ago(hours=24)}), ["block droperidol_no_ecg"]),
    ("droperidol, an ECG nobody read", asking("droperidol", ecg={"qtc_ms": None, "at": NEGATIVE}), ["block droperidol_no_ecg"]),
    ("droperidol with ondansetron", asking("droperidol", "ondansetron"), ["override_reason droperidol_qt_other", "override_reason qt_two_known"]),
    ("droperidol with escitalopram at home", asking("droperidol", **at_home(took("ssri_snri", "escitalopram", hours=9))), ["override_reason droperidol_qt_other", "override_reason qt_home_known"]),
    ("two known QT drugs a day apart", asking("ondansetron", **given(had("haloperidol", hours=24))), []),
    ("ondansetron with famotidine", asking("ondansetron", "famotidine"), ["warn qt_known_plus_other"]),
    ("famotidine with diphenhydramine", asking("famotidine", "diphenhydramine"), []),
    ("three QT drugs, one at home", asking("famotidine", "diphenhydramine", **at_home(took("qt_known_home", "methadone", hours=9))), ["override_reason qt_three_or_more"]),
    ("three QT drugs, if the stopped one counts", asking("famotidine", "diphenhydramine", **at_home(took("qt_known_home", "methadone", active=False, unknown=True))), ["override_reason missing:last_taken_at"]),
    ("two QT drugs and a stopped one", asking("famotidine", "diphenhydramine", **at_home(took("qt_known_home", "methadone", active=False, days=1))), []),
    ("ondansetron with azithromycin at home", asking("ondansetron", **at_home(took("qt_known_home", "azithromycin", hours=9))), ["override_reason qt_home_known"]),
    ("prochlorperazine with azithromycin at home", asking(D2, **at_home(took("qt_known_home", "azithromycin", hours=9))), []),
    ("ondansetron in congenital long QT", asking("ondansetron", **sick("congenital_long_qt")), ["block qt_congenital"]),
    ("ondansetron with low magnesium", asking("ondansetron", **sick("hypomagnesemia")), ["override_reason qt_low_k_mg"]),
    ("prochlorperazine with low magnesium", asking(D2, **sick("hypomagnesemia")), []),
    ("ondansetron 20 mg is one finding", asking(a("ondansetron", 20)), ["block ondansetron_over16"]),
    ("ondansetron 16 mg", asking(a("ondansetron", 16)), ["warn ondansetron:dose:max"]),
    ("ondansetron with apomorphine", asking("ondansetron", **at_home(took("apomorphine", "apomorphine", hours=9))), ["block ondansetron_apomorphine"]),
    ("haloperidol by vein without an ECG", asking("haloperidol", ecg=None), ["override_reason haloperidol_no_ecg"]),
    ("haloperidol into the muscle without an ECG", asking(a("haloperidol", method="im"), ecg=None), []),
    ("a long QT on record, a good ECG", asking("chlorpromazine", **sick("long_qt")), ["block chlorpromazine:contraindication:long_qt"]),
    # --- ketorolac
    ("ketorolac with an added NSAID", asking("ketorolac", "ibuprofen_iv", site=ADDED), ["block ketorolac_nsaid_same_visit"]),
    ("naproxen 23 h ago", asking("ketorolac", **at_home(took("nsaid_home", "naproxen", hours=23))), ["override_reason ketorolac_home_nsaid_24h"]),
    ("naproxen 24 h ago", asking("ketorolac", **at_home(took("nsaid_home", "naproxen", hours=24))), []),
    ("aspirin 81 mg", asking("ketorolac", **at_home(took("aspirin_low_dose", "aspirin 81 mg", hours=2))), ["override_reason ketorolac_low_dose_aspirin"]),
    ("warfarin and clopidogrel", asking("ketorolac", **at_home(took("anticoagulant", "warfarin", hours=2), took("antiplatelet", "clopidogrel", hours=2))), ["override_reason ketorolac_anticoagulant"]),
    ("probenecid", asking("ketorolac", **at_home(took("probenecid", "probenecid", hours=2))), ["block ketorolac_probenecid"]),
    ("pentoxifylline stopped", asking("ketorolac", **at_home(took("pentoxifylline", "pentoxifylline", active=False, hours=2))), []),
    ("pentoxifylline", asking("ketorolac", **at_home(took("pentoxifylline", "pentoxifylline", hours=2))), ["block ketorolac_pentoxifylline"]),
    ("sertraline with ketorolac", asking("ketorolac", **at_home(took("ssri_snri", "sertraline", hours=2))), ["warn ketorolac_ssri"]),
    ("methotrexate", asking("ketorolac", **at_home(took("methotrexate", "methotrexate", hours=2))), ["override_reason ketorolac_lithium_mtx"]),
    ("lisinopril alone", asking("ketorolac", **at_home(took("acei_arb", "lisinopril", hours=2))), []),
    ("lisinopril and furosemide", asking("ketorolac", **at_home(took("acei_arb", "lisinopril", hours=2), took("diuretic", "furosemide", hours=2))), ["warn ketorolac_acei_diuretic"]),
    ("lisinopril and a stopped diuretic", asking("ketorolac", **at_home(took("acei_arb", "lisinopril", hours=2), took("diuretic", "furosemide", active=False, hours=2))), []),
    ("ketorolac and volume depletion", asking("ketorolac", **sick("volume_depletion")), ["block ketorolac_renal_gi"]),
    ("ketorolac, clearance 29.9", asking("ketorolac", labs={"crcl_ml_min": 29.9, "at": NEGATIVE}), ["block ketorolac_renal_gi"]),
    ("ketorolac 15 mg, clearance 30", asking("ketorolac", labs={"crcl_ml_min": 30, "at": NEGATIVE}), ["override_reason ketorolac:contraindication:renal_impairment_moderate"]),
    ("ketorolac 30 mg, clearance 59", asking(a("ketorolac", 30), labs={"crcl_ml_min": 59, "at": NEGATIVE}), ["block ketorolac_dose_cap_15", "override_reason ketorolac:contraindication:renal_impairment_moderate"]),
    ("ketorolac 30 mg, clearance 60", asking(a("ketorolac", 30), labs={"crcl_ml_min": 60, "at": NEGATIVE}), []),
    ("ketorolac 30 mg at 65", asking(a("ketorolac", 30), age_years=65), ["block ketorolac_dose_cap_15"]),
    ("ketorolac 30 mg at 64 and 50 kg", asking(a("ketorolac", 30), age_years=64, weight_kg=50), []),
    ("ketorolac 30 mg, weight unknown", asking(a("ketorolac", 30), weight_kg=None), ["block missing:weight_kg"]),
    ("ketorolac 15 mg, weight unknown", asking("ketorolac", weight_kg=None), []),
    ("ketorolac 30 mg at 67, weight unknown", asking(a("ketorolac", 30), weight_kg=None, age_years=67), ["block ketorolac_dose_cap_15"]),
    ("a boy of 15 and 48 kg follows his own dose", asking(a("ketorolac", 24), age_years=15, weight_kg=48), []),
    ("a boy of 15 without a weight", asking("ketorolac", age_years=15, weight_kg=None), ["block no_weight_weight_based"]),
    ("ketorolac without creatinine", asking("ketorolac", labs=None), ["override_reason missing:crcl_ml_min"]),
    ("creatinine of 365 days", asking("ketorolac", labs={"crcl_ml_min": 95, "at": ago(days=365)}), []),
    ("creatinine of more than 365 days", asking("ketorolac", labs={"crcl_ml_min": 95, "at": ago(days=365, minutes=1)}), ["override_reason missing:crcl_ml_min"]),
    ("a sixth day of ketorolac", asking("ketorolac", **given(*(had("ketorolac", days=day) for day in range(1, 6)))), ["block ketorolac_5_days", "warn ketorolac:limit:max_per_period"]),
    ("a fifth day of ketorolac", asking("ketorolac", **given(*(had("ketorolac", days=day) for day in range(1, 5)))), []),
    ("a sixth day of ketorolac after a pause", asking("ketorolac", **given(*(had("ketorolac", days=day) for day in (1, 2, 3, 5, 6)))), ["warn ketorolac:limit:max_per_period"]),
    ("an aspirin allergy is one finding", asking("ketorolac", allergies=["nsaid_aspirin"]), ["block ketorolac_aspirin_asthma"]),
    ("aspirin-sensitive asthma", asking("ketorolac", **sick("asthma_aspirin_sensitive")), ["block ketorolac:contraindication:asthma_aspirin_sensitive"]),
    ("ketorolac in week 30", asking("ketorolac", **pregnant(30)), ["block ketorolac_pregnancy_ge30w"]),
    ("ketorolac in week 29", asking("ketorolac", **pregnant(29)), ["override_reason ketorolac_pregnancy_lt30w"]),
    ("ketorolac in an unknown week", asking("ketorolac", **pregnant()), ["block missing:weeks"]),
    ("ketorolac, pregnancy unknown", asking("ketorolac", **woman("unknown")), ["block missing:pregnancy"]),
    ("ketorolac, pregnancy unknown, a test today", asking("ketorolac", **woman("unknown", hcg=NEGATIVE)), []),
    ("ketorolac, a positive test", asking("ketorolac", sex_at_birth="female", pregnancy={"status": "not_pregnant", "weeks": 8, "hcg": {"result": "positive", "at": NEGATIVE}}), ["override_reason ketorolac_pregnancy_lt30w"]),
    ("ketorolac with dexamethasone", asking("ketorolac", "dexamethasone"), ["warn ketorolac_steroid"]),
    ("ketorolac a day after dexamethasone", asking("ketorolac", **given(had("dexamethasone", hours=24))), []),
    ("ketorolac 5 h 59 after ketorolac", asking("ketorolac", **given(had("ketorolac", hours=5, minutes=59))), ["block ketorolac:limit:min_interval"]),
    ("ketorolac twice at once", asking("ketorolac", "ketorolac"), ["block ketorolac:limit:min_interval"]),
    ("75 mg of ketorolac in a day at 67", asking("ketorolac", age_years=67, **given(*(had("ketorolac", 15, hours=hours) for hours in (6, 12, 18, 23)))), ["block same_drug_day_max"]),
    # --- valproate
    ("valproate in pregnancy", asking("valproate_sodium", **pregnant(12)), ["block valproate_pregnancy"]),
    ("valproate without a test", asking("valproate_sodium", **woman("unknown")), ["block valproate_hcg_missing"]),
    ("valproate, a test, no contraception", asking("valproate_sodium", **woman(hcg=NEGATIVE, contraception="none")), ["override_reason valproate_no_contraception"]),
    ("valproate, a test, contraception not asked", asking("valproate_sodium", **woman(hcg=NEGATIVE, contraception=None)), ["override_reason missing:contraception"]),
    ("valproate, a test, contraception", asking("valproate_sodium", **woman(hcg=NEGATIVE)), []),
    ("valproate after sterilisation", asking("valproate_sodium", **woman("not_possible", contraception=None)), []),
    ("valproate in liver disease", asking("valproate_sodium", **sick("liver_disease")), ["block valproate_liver_ucd_polg"]),
    ("valproate with meropenem", asking("valproate_sodium", **at_home(took("carbapenem", "meropenem", hours=9))), ["override_reason valproate_carbapenem"]),
    ("valproate with zonisamide, lamotrigine and divalproex", asking("valproate_sodium", **at_home(took("topiramate", "zonisamide", hours=9), took("lamotrigine", "lamotrigine", hours=9), took("valproate_oral", "divalproex", hours=9))), ["warn valproate_lamotrigine", "warn valproate_on_divalproex", "warn valproate_topiramate"]),
    ("valproate 23 h after valproate", asking("valproate_sodium", **given(had("valproate_sodium", hours=23))), ["override_reason valproate_sodium:limit:min_interval"]),
    ("valproate at 9 years", asking(a("valproate_sodium", 400), age_years=9, weight_kg=30), ["block paediatric_off_protocol"]),
    ("valproate at 10 years", asking(a("valproate_sodium", 450), age_years=10, weight_kg=30), []),
    # --- magnesium
    ("magnesium in kidney failure", asking("magnesium_sulfate", labs={"crcl_ml_min": 20, "at": NEGATIVE}), ["block magnesium_renal"]),
    ("magnesium 1 g, clearance 45", asking("magnesium_sulfate", labs={"crcl_ml_min": 45, "at": NEGATIVE}), ["override_reason magnesium_sulfate:contraindication:renal_impairment_moderate"]),
    ("magnesium in myasthenia", asking("magnesium_sulfate", **sick("myasthenia_gravis")), ["block magnesium_mg"]),
    ("magnesium with myocardial damage", asking("magnesium_sulfate", **sick("myocardial_damage")), ["block magnesium_heart_block"]),
    ("magnesium with amlodipine", asking("magnesium_sulfate", **at_home(took("calcium_channel_blocker", "amlodipine", hours=9))), ["warn magnesium_ccb_cns"]),
    ("magnesium, systolic 89", asking("magnesium_sulfate", vitals={"sbp": 89, "dbp": 60}), ["override_reason magnesium_sulfate:contraindication:hypotension_now"]),
    ("magnesium, systolic 90", asking("magnesium_sulfate", vitals={"sbp": 90, "dbp": 60}), []),
    ("magnesium with a sulfa allergy", asking("magnesium_sulfate", allergies=["sulfonamide_antibiotic"]), ["info sulfa_is_not_sulfate"]),
    ("promethazine with a sulfa allergy", asking(a("promethazine", product=None), allergies=["sulfonamide_antibiotic"]), []),
    ("5 g of magnesium in a day", asking("magnesium_sulfate", **given(had("magnesium_sulfate", 4000, hours=23))), ["override_reason same_drug_day_max"]),
    ("4 g of magnesium in a day", asking("magnesium_sulfate", **given(had("magnesium_sulfate", 3000, hours=23))), []),
    ("a sixth day of magnesium in pregnancy", asking("magnesium_sulfate", **(pregnant(12) | given(*(had("magnesium_sulfate", days=day) for day in range(1, 6))))), ["block magnesium_sulfate:limit:max_per_period"]),
    # --- opioids and sedation
    ("IV tramadol, switched off", asking("tramadol_iv", site=None, **sick()), ["block not_orderable", "block tramadol_not_approved"]),
    ("IV tramadol, switched on", asking("tramadol_iv"), ["block tramadol_not_approved", "override_reason opioid_for_migraine"]),
    ("IV tramadol with an opioid allergy and an opioid", asking("tramadol_iv", allergies=["opioid"], **(sick() | at_home(took("opioid", "oxycodone", hours=9)))), ["block tramadol_iv:allergy:opioid", "block tramadol_not_approved", "warn cns_home_benzo_opioid"]),
    ("IV tramadol in epilepsy", asking("tramadol_iv", **sick("seizure_disorder")), ["block tramadol_not_approved", "block tramadol_seizure"]),
    ("IV tramadol with sertraline", asking("tramadol_iv", **(sick() | at_home(took("ssri_snri", "sertraline", hours=9)))), ["block tramadol_not_approved", "override_reason tramadol_ssri_maoi"]),
    ("IV tramadol 13 days after an MAOI", asking("tramadol_iv", **(sick() | at_home(took("maoi", "phenelzine", active=False, days=13)))), ["block tramadol_not_approved", "block tramadol_ssri_maoi"]),
    ("sertraline hides no MAOI of an unknown time", asking("tramadol_iv", **(sick() | at_home(took("ssri_snri", "sertraline", hours=9), took("maoi", "phenelzine", active=False, unknown=True)))), ["block missing:last_taken_at", "block tramadol_not_approved", "override_reason tramadol_ssri_maoi"]),
    ("IV tramadol with haloperidol", asking("tramadol_iv", "haloperidol", **sick()), ["block tramadol_not_approved", "warn cns_stack_2", "warn qt_known_plus_other", "warn tramadol_promethazine_d2"]),
    ("sedation 2 and 1", asking("diphenhydramine", "valproate_sodium"), ["warn cns_stack_2"]),
    ("sedation 1 and 1", asking("levetiracetam", "valproate_sodium"), []),
    ("sedation 2 here this morning, 1 now", asking("valproate_sodium", **given(had("diphenhydramine", hours=3))), ["warn cns_stack_2"]),
    ("sedation 2 at home this morning, 1 now", asking("valproate_sodium", **given(had("diphenhydramine", hours=3, where="home"))), []),
    ("sedation 2 here yesterday, 1 now", asking("valproate_sodium", **given(had("diphenhydramine", hours=11))), []),
    ("sedation 2, 2 and 1", asking("diphenhydramine", "methocarbamol", "valproate_sodium"), ["override_reason cns_stack_3", "warn cns_stack_2"]),
    ("ketamine with the mildest sedation", asking("ketamine", "valproate_sodium"), ["override_reason cns_stack_3", "warn cns_stack_2"]),
    ("lorazepam at home with diphenhydramine", asking("diphenhydramine", **at_home(took("benzodiazepine", "lorazepam", hours=9))), ["warn cns_home_benzo_opioid"]),
    ("lorazepam at home with promethazine", asking(a("promethazine", method="im"), **at_home(took("benzodiazepine", "lorazepam", hours=9))), ["override_reason cns_home_benzo_opioid"]),
    ("lorazepam at home with metoclopramide", asking("metoclopramide", **at_home(took("benzodiazepine", "lorazepam", hours=9))), []),
    ("no driver at the start", asking(D2, driver=None, moment="start"), ["block no_driver"]),
    ("no driver at check-in", asking(D2, driver=False, moment="check_in"), ["warn no_driver"]),
    ("no driver for two drugs is one finding", asking("ketamine", "diphenhydramine", driver=False, moment="start"), ["block no_driver", "override_reason cns_stack_3", "warn cns_stack_2"]),
    ("no driver for metoclopramide", asking("metoclopramide", driver=None, moment="start"), []),
    ("ketamine with high blood pressure", asking("ketamine", **sick("uncontrolled_hypertension")), ["block ketamine_pregnancy_psychosis"]),
    ("ketamine starts, staff not known", asking("ketamine", site=None, moment="start"), ["block ketamine_staffing"]),
    ("ketamine is ordered, staff not known", asking("ketamine", site=None), ["warn ketamine_staffing"]),
    ("propofol without anesthesia is one finding", asking("propofol", moment="start", site=EVERYTHING_ON | {"staff": {"free_nurses": 1, "acls_on_site": True}}), ["block ketamine_staffing"]),
    ("propofol, BMI 40.4", asking("propofol", weight_kg=128), ["block propofol_airway_bp"]),
    ("propofol, BMI 39.8", asking("propofol", weight_kg=126), []),
    ("propofol, an egg allergy, no product yet", asking(a("propofol", product=None), allergies=["egg"]), ["override_reason propofol_egg_soy"]),
    ("propofol, an egg allergy, a product without egg", asking("propofol", allergies=["egg"]), []),
    # --- lidocaine
    ("lidocaine in WPW", asking("lidocaine", **sick("wpw")), ["block lidocaine_cardiac"]),
    ("lidocaine with mexiletine", asking("lidocaine", **at_home(took("class1_antiarrhythmic", "mexiletine", hours=9))), ["override_reason lidocaine_class1"]),
    ("lidocaine, nobody asked about a nerve block", asking("lidocaine", screening={}), ["override_reason missing:nerve_block"]),
    ("lidocaine and a block, 7 mg/kg together", asking("lidocaine", screening={"nerve_block": {"drug": "lidocaine", "amount": 320, "unit": "mg", "at": NEGATIVE}}), ["override_reason lidocaine_nerve_block_same_day"]),
    ("lidocaine and a block, over 7 mg/kg together", asking("lidocaine", screening={"nerve_block": {"drug": "bupivacaine", "amount": 321, "unit": "mg", "at": NEGATIVE}}), ["block lidocaine_nerve_block_same_day"]),
    ("lidocaine and a block of yesterday", asking("lidocaine", screening={"nerve_block": {"drug": "lidocaine", "amount": 400, "unit": "mg", "at": ago(hours=24)}}), []),
    ("lidocaine from a vial with methylparaben", asking(a("lidocaine", product={"contains": ["methylparaben"]})), ["block lidocaine_preservative"]),
    ("lidocaine without a weight", asking("lidocaine", weight_kg=None), ["block no_weight_weight_based"]),
    ("lidocaine 27 days after lidocaine", asking("lidocaine", **given(had("lidocaine", days=27))), ["warn lidocaine:limit:min_interval"]),
    ("lidocaine 28 days after lidocaine", asking("lidocaine", **given(had("lidocaine", days=28))), []),
    ("lidocaine at 17", asking("lidocaine", age_years=17), ["block paediatric_off_protocol"]),
    # --- steroids
    ("a seventh steroid course in a year", asking("dexamethasone", **given(*(had("methylprednisolone", days=days, where="home") for days in (40, 80, 120, 160, 200, 364)))), ["override_reason steroid_yearly"]),
    ("a sixth steroid course in a year", asking("dexamethasone", **given(*(had("methylprednisolone", days=days) for days in (40, 80, 120, 160, 200, 365)))), []),
    ("a steroid 29 days after another", asking("dexamethasone", **given(had("methylprednisolone", days=29))), ["warn steroid_30d"]),
    ("a steroid 30 days after another", asking("dexamethasone", **given(had("methylprednisolone", days=30))), []),
    ("a steroid pack of the last days goes on", asking("dexamethasone", **given(*(had("methylprednisolone", 24, days=day, where="home") for day in (1, 2, 3)))), []),
    ("two steroids in one visit", asking("dexamethasone", "methylprednisolone"), ["override_reason steroid_duplicate"]),
    ("a steroid in diabetes", asking("methylprednisolone", **sick("diabetes")), ["warn steroid_diabetes"]),
    ("methylprednisolone 250 mg in 29 minutes", asking(a("methylprednisolone", 250, minutes=29)), ["block methylpred_fast"]),
    ("methylprednisolone 250 mg in 30 minutes", asking(a("methylprednisolone", 250, minutes=30)), []),
    ("methylprednisolone 125 mg in 5 minutes", asking(a("methylprednisolone", minutes=5)), []),
    ("methylprednisolone 250 mg, no time written", asking(a("methylprednisolone", 250, minutes=None)), ["block missing:minutes"]),
    ("dexamethasone, pregnancy unknown, no pressure", asking("dexamethasone", vitals=None, **woman("unknown")), ["override_reason missing:pregnancy"]),
    # --- promethazine
    ("promethazine as a push", asking(a("promethazine", method="iv_push")), ["block promethazine_iv_push"]),
    ("promethazine at 1 mg/mL", asking(a("promethazine", 25, volume_ml=25)), []),
    ("promethazine above 1 mg/mL", asking(a("promethazine", 25, volume_ml=24)), ["block promethazine_iv_push"]),
    ("promethazine in an unknown volume", asking(a("promethazine", volume_ml=None)), ["block missing:volume_ml"]),
    ("promethazine into the muscle", asking(a("promethazine", method="im", volume_ml=None), iv_site="hand", moment="start"), []),
    ("promethazine in a left wrist", asking("promethazine", iv_site="left_wrist"), ["block promethazine_hand_vein"]),
    ("promethazine in a vein on the back of the hand", asking("promethazine", iv_site="dorsal_hand"), ["block promethazine_hand_vein"]),
    ("promethazine starts in an unknown vein", asking("promethazine", iv_site=None, moment="start"), ["block missing:iv_site"]),
    ("promethazine is ordered for an unknown vein", asking("promethazine", iv_site=None), []),
    ("promethazine at 1 year", asking(a("promethazine", 5), age_years=1, weight_kg=10), ["block paediatric_off_protocol", "block promethazine_under2"]),
    # --- biologics
    ("eptinezumab after 27 days", asking("eptinezumab", visit="scheduled", **given(had("eptinezumab", days=27))), ["block eptinezumab_interval"]),
    ("eptinezumab after 28 days", asking("eptinezumab", visit="scheduled", **given(had("eptinezumab", days=28))), ["override_reason eptinezumab_interval"]),
    ("eptinezumab on day 84, earlier in the day", asking("eptinezumab", **given(had("eptinezumab", days=84, hours=-5))), []),
    ("eptinezumab with erenumab", asking("eptinezumab", **at_home(took("cgrp_mab", "erenumab", days=20))), ["override_reason eptinezumab_other_cgrp_mab"]),
    ("eptinezumab in fructose intolerance", asking("eptinezumab", **sick("hereditary_fructose_intolerance")), ["override_reason eptinezumab_hfi"]),
    ("diphenhydramine before eptinezumab", asking("eptinezumab", a("diphenhydramine", indication="premedication")), ["info eptinezumab_premed_unneeded"]),
    ("ocrelizumab without hepatitis B screen", asking("ocrelizumab", **sick("hbv_screen_missing")), ["block biologic_screen"]),
    ("ocrelizumab without tuberculosis screen", asking("ocrelizumab", **sick("tb_screen_missing")), []),
    ("infliximab without tuberculosis screen", asking("infliximab", **sick("tb_screen_missing")), ["block biologic_screen"]),
    ("ocrelizumab, the second half", asking(a("ocrelizumab", 300), **given(had("ocrelizumab", 300, days=14))), []),
    ("ocrelizumab, a whole dose after the first half", asking("ocrelizumab", **given(had("ocrelizumab", 300, days=14))), ["block ocrelizumab:limit:min_interval"]),
    ("ocrelizumab after 149 days", asking("ocrelizumab", **given(had("ocrelizumab", days=149))), ["block ocrelizumab:limit:min_interval"]),
    ("ocrelizumab after 150 days", asking("ocrelizumab", **given(had("ocrelizumab", days=150))), ["warn ocrelizumab:limit:usual_interval"]),
    ("ocrelizumab after 182 days", asking("ocrelizumab", **given(had("ocrelizumab", days=182))), []),
    ("natalizumab without TOUCH", asking("natalizumab", **sick("rems_not_enrolled")), ["block natalizumab_rems"]),
    ("infliximab, the second on day 14", asking("infliximab", **given(had("infliximab", days=14))), []),
    ("infliximab, the second on day 13", asking("infliximab", **given(had("infliximab", days=13))), ["override_reason infliximab:limit:schedule"]),
    ("infliximab, the third on day 41", asking("infliximab", **given(had("infliximab", days=41), had("infliximab", days=27))), ["override_reason infliximab:limit:schedule"]),
    ("infliximab, the fourth after 8 weeks", asking("infliximab", **given(had("infliximab", days=98), had("infliximab", days=84), had("infliximab", days=56))), []),
    ("infliximab, the fourth after 55 days", asking("infliximab", **given(had("infliximab", days=98), had("infliximab", days=84), had("infliximab", days=55))), ["override_reason infliximab:limit:schedule"]),
    ("lecanemab, infusion 5, no MRI since the last", asking("lecanemab", screening=MRI | {"last_mri_at": ago(days=14)}, **(OLD | given(had("lecanemab", days=14)))), ["block amyloid_mri_gate"]),
    ("lecanemab, infusion 5, an MRI since the last", asking("lecanemab", screening=MRI, **(OLD | given(had("lecanemab", days=14)))), []),
    ("lecanemab, infusion 5, MRI not asked about", asking("lecanemab", screening={"infusion_number": 5}, **OLD), ["block amyloid_mri_gate"]),
    ("lecanemab, infusion 6, no MRI", asking("lecanemab", screening={"infusion_number": 6, "last_mri_at": None}, **OLD), []),
    ("lecanemab, infusion not asked", asking("lecanemab", screening={}, **OLD), ["block missing:infusion_number"]),
    ("lecanemab at 45", asking("lecanemab", screening=MRI, age_years=45), []),
    ("donanemab, infusion 4, no MRI", asking("donanemab", screening={"infusion_number": 4, "last_mri_at": None}, **OLD), ["block amyloid_mri_gate"]),
    ("donanemab, infusion 5, no MRI", asking("donanemab", screening={"infusion_number": 5, "last_mri_at": None}, **OLD), []),
    ("a new headache on lecanemab stops ketorolac", asking("ketorolac", screening={"new_headache_type": True}, **given(had("lecanemab", days=90))), ["block amyloid_new_headache"]),
    ("a new headache without lecanemab", asking("ketorolac", screening={"new_headache_type": True}), []),
    ("lecanemab with apixaban is one finding", asking("lecanemab", screening=MRI, **(OLD | at_home(took("anticoagulant", "apixaban", hours=9)))), ["override_reason amyloid_anticoagulant"]),
    # --- totals, allergies, the visit
    ("4.5 g of acetaminophen, at home too", asking("acetaminophen_iv", **given(had("acetaminophen_iv", 3500, hours=6, where="home"))), ["block acetaminophen_total"]),
    ("4 g of acetaminophen, at home too", asking("acetaminophen_iv", **given(had("acetaminophen_iv", 3000, hours=6, where="home"))), []),
    ("acetaminophen 4 h after acetaminophen", asking("acetaminophen_iv", **given(had("acetaminophen_iv", hours=4))), []),
    ("acetaminophen 3 h 59 after acetaminophen", asking("acetaminophen_iv", **given(had("acetaminophen_iv", hours=3, minutes=59))), ["block acetaminophen_iv:limit:min_interval"]),
    ("metoclopramide 40 mg in a day", asking("metoclopramide", **given(had("metoclopramide", 30, hours=9))), ["override_reason metoclopramide:dose:max_24h"]),
    ("a third rescue visit in 7 days", asking("normal_saline", rescue_visits=[ago(days=2), ago(days=6, hours=23)]), ["warn rescue_infusion_frequency"]),
    ("a second rescue visit in 7 days", asking("normal_saline", rescue_visits=[ago(days=2), ago(days=7)]), []),
    ("a fifth rescue visit in 30 days", asking("normal_saline", rescue_visits=[ago(days=day) for day in (8, 15, 22, 29)]), ["warn rescue_infusion_frequency"]),
    ("a booked visit is no rescue visit", asking("normal_saline", visit="scheduled", rescue_visits=[ago(days=day) for day in (1, 2, 3)]), []),
    ("a sulfite allergy, no product yet", asking(a("dexamethasone", product=None), allergies=["sulfite"]), ["override_reason sulfite_asthma"]),
    ("a sulfite allergy, a product without it", asking("dexamethasone", allergies=["sulfite"]), []),
    ("sulfite asthma, a product with it", asking(a("chlorpromazine", product={"allergens": ["sulfite"]}), **sick("asthma_sulfite")), ["override_reason sulfite_asthma"]),
    ("a phenothiazine allergy", asking("chlorpromazine", allergies=["promethazine"]), ["block phenothiazine_cross"]),
    ("an allergy to promethazine is none to its sulfite", asking(a("dexamethasone", product=None), allergies=["promethazine"]), []),
    ("an allergy to a drug without a class", asking("magnesium_sulfate", allergies=["magnesium_sulfate"]), ["block magnesium_sulfate:allergy:magnesium_sulfate"]),
    ("an excipient allergy needs a reason", asking(a(D2, product={"allergens": ["benzyl_alcohol"]}), allergies=["benzyl_alcohol"]), ["override_reason prochlorperazine:allergy:benzyl_alcohol"]),
    ("a nut allergy", asking("ketorolac", allergies=["other:nuts"]), []),
    ("caffeine with DHE", asking("caffeine_sodium_benzoate", DHE), ["warn caffeine_dhe"]),
    ("diphenhydramine while breastfeeding", asking("diphenhydramine", **sick("lactation")), ["override_reason diphenhydramine_lactation"]),
    ("a red-flag headache", asking("normal_saline", **sick("red_flag_headache")), ["block gate_red_flags"]),
    ("a red-flag headache on a booked day", asking("normal_saline", visit="scheduled", **sick("red_flag_headache")), []),
    ("week 20 and 140/80", asking("normal_saline", vitals={"sbp": 140, "dbp": 80}, **pregnant(20)), ["block gate_preeclampsia"]),
    ("week 19 and 150/95", asking("normal_saline", vitals={"sbp": 150, "dbp": 95}, **pregnant(19)), []),
    ("week 20 and 139/89", asking("normal_saline", vitals={"sbp": 139, "dbp": 89}, **pregnant(20)), []),
    ("4 weeks after birth and 130/90", asking("normal_saline", vitals={"sbp": 130, "dbp": 90}, **sick("postpartum_6w")), ["block gate_preeclampsia"]),
    ("week 24 without a pressure", asking("normal_saline", vitals=None, **pregnant(24)), ["block missing:vitals"]),
    ("week 24 with half a pressure", asking("normal_saline", vitals={"sbp": 120}, **pregnant(24)), ["block missing:vitals"]),
    ("150/95 in an unknown week", asking("normal_saline", vitals={"sbp": 150, "dbp": 95}, **pregnant()), ["block missing:weeks"]),
    ("pregnancy and pressure unknown, saline", asking("normal_saline", vitals=None, **woman("unknown")), []),
    ("allergies, conditions and medicines never asked", asking("normal_saline", allergies=None, conditions=None, home_medications=None), ["override_reason missing:allergies", "override_reason missing:conditions", "override_reason missing:home_medications"]),
    ("epinephrine for a reaction, nothing known", asking(a("epinephrine", 0.9, method="im", indication="reaction", product=None), driver=None, allergies=None, conditions=None, home_medications=None, weight_kg=None, moment="start"), ["info epinephrine:dose:max_single", "info missing:allergies", "info missing:conditions", "info missing:home_medications", "info no_driver"]),
    ("epinephrine for a reaction to droperidol", asking(a("epinephrine", method="im", indication="reaction"), **given(had("droperidol", hours=1))), ["info epinephrine_alpha_block"]),
    ("an unsupported drug of the center at 15", asking("ibuprofen_iv", age_years=15, site=ADDED), ["block paediatric_off_protocol"]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "says"), [pytest.param(case, says, id=name) for name, case, says in CASES])
def test_the_answer_holds_this_and_nothing_else(case, says):
    assert said(case) == says


FORMULARY = json.loads((FILES / "formulary.json").read_text(encoding="utf-8"))


def test_every_rule_speaks_somewhere_in_the_table():
    heard = {line.split(" ", 1)[1] for _, _, says in CASES for line in says}
    assert {rule["id"] for rule in FORMULARY["interaction_rules"]} - heard == set()


def resolved(regimen, *, optional, weight=80):
    """The regimen's lines as they would be ordered, each at its own time."""
    end, lines = {}, []
    for step in regimen["steps"]:
        if step["optional"] and not optional:
            continue
        start = max([end.get(before, 0) for before in step["start_after"]], default=0)
        start += step["gap_minutes_before"]
        end[step["order"]] = start + step["minutes"]
        dose = step["dose"] * (weight if step["per_kg"] else 1)
        dose = min(dose, step["max_dose"] or dose)
        how = {key: step[key] for key in ("method", "minutes", "volume_ml")}
        lines.append(a(step["drug_id"], dose, at=ago(minutes=-start), product=None, **how))
    return lines


@pytest.mark.parametrize("optional", [True, False], ids=["all steps", "without the optional ones"])
@pytest.mark.parametrize("regimen", FORMULARY["regimens"], ids=lambda regimen: regimen["id"])
def test_a_plain_regimen_raises_no_alert_it_does_not_announce(regimen, optional):
    whom, weight = {}, 80
    if regimen["id"] == "paediatric_adolescent":
        whom, weight = {"age_years": 14, "weight_kg": 45}, 45
    if regimen["id"] == "pregnancy_compatible":
        whom = pregnant(22)
    heard = {
        line.split(" ", 1)[1]
        for line in said(asking(*resolved(regimen, optional=optional, weight=weight), **whom))
    }
    assert heard <= set(regimen["expected_rule_hits"])
    # Diphenhydramine is not given against metoclopramide there.
    missed = set(regimen["expected_rule_hits"]) - heard if optional else set()
    assert missed <= {"diphenhydramine_for_metoclopramide10"}


@pytest.mark.parametrize("drug", sorted(DOSE.keys() - {"tramadol_iv"}))
def test_an_ordinary_dose_for_a_healthy_man_is_allowed(drug):
    number = {"nerve_block": None, "infusion_number": 6, "last_mri_at": None}
    assert said(asking(drug, screening=number)) == []
