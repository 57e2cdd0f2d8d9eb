"""The words a patient's rows can be in."""

from django.db.models import TextChoices


class Sex(TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    UNKNOWN = "unknown", "Not known"


class Answer(TextChoices):
    """Of a list somebody was asked about. Unknown is not No: never asked is its own answer."""

    NOT_ASKED = "not_asked", "Never asked"
    NONE = "none", "None"
    LISTED = "listed", "Listed"


class YesNo(TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


class Life(TextChoices):
    """Of an allergy, condition or home medication."""

    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"
    ENTERED_IN_ERROR = "entered_in_error", "Entered in error"


class CoverageState(TextChoices):
    UNVERIFIED = "unverified", "Not verified"
    ACTIVE = "active", "Verified"
    ENDED = "ended", "Ended"


COVERAGE_MOVES = {
    CoverageState.UNVERIFIED: {CoverageState.ACTIVE, CoverageState.ENDED},
    CoverageState.ACTIVE: {CoverageState.UNVERIFIED, CoverageState.ENDED},
}


class PregnancyStatus(TextChoices):
    """The ids of contracts.md 1, `pregnancy.status`."""

    PREGNANT = "pregnant", "Pregnant"
    NOT_PREGNANT = "not_pregnant", "Not pregnant"
    NOT_POSSIBLE = "not_possible", "Not possible"
    UNKNOWN = "unknown", "Not known"


class PhoneKind(TextChoices):
    MOBILE = "mobile", "Mobile"
    HOME = "home", "Home"
    WORK = "work", "Work"


class MeasurementKind(TextChoices):
    WEIGHT = "weight", "Weight"
    HEIGHT = "height", "Height"
    PAIN = "pain", "Pain"
    SYSTOLIC = "systolic", "Systolic blood pressure"
    DIASTOLIC = "diastolic", "Diastolic blood pressure"


class ResultKind(TextChoices):
    """What is tested rather than told. Each has a number or an outcome: patients/rules/results.py."""

    HCG = "hcg", "Pregnancy test (hCG)"
    ECG = "ecg", "ECG, QTc"
    CREATININE = "creatinine", "Creatinine"
    CLEARANCE = "clearance", "Creatinine clearance"
    ALT = "alt", "Liver test, ALT"
    AST = "ast", "Liver test, AST"
    GLUCOSE = "glucose", "Glucose"
    POTASSIUM = "potassium", "Potassium"
    MAGNESIUM = "magnesium", "Magnesium"
    HBV = "hbv", "Hepatitis B"
    TB = "tb", "Tuberculosis"
    JCV = "jcv", "JC virus antibody"
    MRI = "mri", "MRI of the head"


class Finding(TextChoices):
    """The outcome of a test without a number. What it is called depends on the test."""

    NEGATIVE = "negative", "Negative"
    POSITIVE = "positive", "Positive"
    INDETERMINATE = "indeterminate", "Indeterminate"


class ResultMethod(TextChoices):
    URINE = "urine", "Urine"
    SERUM = "serum", "Serum"
    TWELVE_LEAD = "twelve_lead", "12-lead"
    POINT_OF_CARE = "point_of_care", "Point of care"
    LAB_REPORT = "lab_report", "Laboratory report"
    IMAGING_REPORT = "imaging_report", "Imaging report"
    OUTSIDE = "outside", "Outside record"
    COMPUTED = "computed", "Computed"


class Question(TextChoices):
    """What a patient is asked before an infusion. `new_headache_type`, `nerve_block` and `infusion_number`
    are keys of contracts.md 1, `screening`."""

    TRIPTAN = "triptan", "Triptan"
    NSAID = "nsaid", "Pain reliever (NSAID)"
    STEROID_PACK = "steroid_pack", "Steroid pack"
    PREGNANCY = "pregnancy", "Pregnancy"
    NEW_HEADACHE_TYPE = "new_headache_type", "Different headache"
    NERVE_BLOCK = "nerve_block", "Nerve block"
    DRIVER = "driver", "Driver"
    ALCOHOL_TODAY = "alcohol_today", "Alcohol today"
    FASTED = "fasted", "Fasting"
    INFUSION_NUMBER = "infusion_number", "Number of this infusion"
    GUARDIAN_CONSENT = "guardian_consent", "Guardian's consent"
    REMS_ENROLLED = "rems_enrolled", "Enrolled in TOUCH"
    CHECKLIST = "infusion_checklist", "TOUCH checklist done"
    APOE4_KNOWN = "apoe4_known", "ApoE4 status known"


class AskedDuring(TextChoices):
    BOOKING = "booking", "At booking"
    CHECK_IN = "check_in", "At check-in"
    CHAIR = "chair", "In the chair"
    RECORD = "record", "On the patient's page"


class VocabularyKind(TextChoices):
    CONDITION = "condition", "Condition"
    ALLERGY = "allergy", "Allergy"
    DRUG_GROUP = "drug_group", "Home medication group"
    CLASS_TAG = "class_tag", "Class of our drugs"


class ImportState(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being read"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be read"
