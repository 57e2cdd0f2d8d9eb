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
