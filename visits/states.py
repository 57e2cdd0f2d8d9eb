"""The lives of visits and administrations. A nurse could check these tables."""

from collections.abc import Iterable

from django.db.models import IntegerChoices, TextChoices


class Status(TextChoices):
    HELD = "held", "On hold"
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "Arrived"
    IN_CHAIR = "in_chair", "In chair"
    DONE = "done", "Done"
    EXPIRED = "expired", "Hold expired"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "Did not come"
    LEFT = "left", "Left before the chair"
    LEFT_EARLY = "left_early", "Left before done"
    TRANSFERRED = "transferred", "Transferred"


MOVES: dict[str, set[str]] = {
    Status.HELD: {Status.BOOKED, Status.EXPIRED, Status.CANCELLED},
    Status.BOOKED: {Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW},
    Status.ARRIVED: {Status.IN_CHAIR, Status.LEFT, Status.BOOKED},
    Status.IN_CHAIR: {Status.DONE, Status.LEFT_EARLY, Status.TRANSFERRED, Status.ARRIVED},
    Status.DONE: {Status.IN_CHAIR},
}

# Moves back: a wrong click undone, with a reason, while nothing clinical hangs on it.
UNDOES = {
    (Status.ARRIVED, Status.BOOKED),
    (Status.IN_CHAIR, Status.ARRIVED),
    (Status.DONE, Status.IN_CHAIR),
}

# Whose planned time is theirs alone.
HOLDS_CHAIR = [Status.HELD, Status.BOOKED, Status.ARRIVED, Status.IN_CHAIR]
# Whose chair may still be swapped for another of its kind.
CHAIR_IS_OPEN = [Status.HELD, Status.BOOKED]
AT_THE_CENTER = [Status.ARRIVED, Status.IN_CHAIR]
ENDED_IN_CHAIR = [Status.DONE, Status.LEFT_EARLY, Status.TRANSFERRED]
ON_BOARD = [*HOLDS_CHAIR, *ENDED_IN_CHAIR]
CAME_TO_NOTHING = [Status.EXPIRED, Status.CANCELLED, Status.NO_SHOW, Status.LEFT]


def in_sql(states: Iterable[str]) -> str:
    """`'held', 'booked'`: for a statement that is written out: an index of these states can serve it."""
    return ", ".join(f"'{state}'" for state in states)


def sources_of(target: str) -> list[str]:
    """The states a visit may come from to reach `target`."""
    return [source for source, targets in MOVES.items() if target in targets]


class ChairKind(TextChoices):
    RECLINER = "recliner", "Recliner"
    BED = "bed", "Bed"
    PRIVATE = "private", "Private room"


class IvSite(TextChoices):
    """Where the line lies. Contracts.md 1, `iv_site`: some drugs hurt the hand and the wrist."""

    HAND = "hand", "Hand"
    WRIST = "wrist", "Wrist"
    FOREARM = "forearm", "Forearm"
    ANTECUBITAL = "antecubital", "Elbow (antecubital)"
    UPPER_ARM = "upper_arm", "Upper arm"
    FOOT = "foot", "Foot"
    PORT = "port", "Port"
    PICC = "picc", "PICC"
    OTHER = "other", "Other"


class VisitKind(TextChoices):
    RESCUE = "rescue", "Same-day rescue"
    SCHEDULED = "scheduled", "Scheduled series"


class Given(TextChoices):
    """Of one administration."""

    ORDERED = "ordered", "Ordered"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    GIVEN = "given", "Given"
    PARTLY_GIVEN = "partly_given", "Partly given"
    STOPPED = "stopped", "Stopped"
    HELD = "held", "Held"
    REFUSED = "refused", "Refused by the patient"
    NOT_GIVEN = "not_given", "Not given"
    ENTERED_IN_ERROR = "entered_in_error", "Entered in error"


GIVEN_MOVES: dict[str, set[str]] = {
    Given.ORDERED: {Given.RUNNING, Given.HELD, Given.REFUSED, Given.NOT_GIVEN},
    Given.RUNNING: {Given.PAUSED, Given.GIVEN, Given.PARTLY_GIVEN, Given.STOPPED},
    Given.PAUSED: {Given.RUNNING, Given.PARTLY_GIVEN, Given.STOPPED},
    Given.HELD: {Given.ORDERED},
}
OPEN_LINE = [Given.RUNNING, Given.PAUSED]
FINISHED = [Given.GIVEN, Given.PARTLY_GIVEN, Given.STOPPED]


class EventKind(TextChoices):
    START = "start", "Start"
    RATE = "rate", "Rate change"
    PAUSE = "pause", "Pause"
    RESUME = "resume", "Resume"
    BAG = "bag", "New bag"
    BOLUS = "bolus", "Bolus"
    STOP = "stop", "Stop"


class ScoreMoment(TextChoices):
    BASELINE = "baseline", "On arrival"
    BEFORE = "before", "Before an agent"
    AFTER = "after", "After an agent"
    DISCHARGE = "discharge", "At discharge"


class Degree(IntegerChoices):
    """Nausea, light and sound beside the pain: the four steps of headache trials."""

    NONE = 0, "none"
    MILD = 1, "mild"
    MODERATE = 2, "moderate"
    SEVERE = 3, "severe"


class Function(IntegerChoices):
    """What the patient can do right now."""

    NORMAL = 0, "as usual"
    MILD = 1, "a little limited"
    SEVERE = 2, "badly limited"
    BED = 3, "needs bed rest"


class Rass(IntegerChoices):
    """Richmond Agitation-Sedation Scale; the drugs' hold parameters speak of it."""

    COMBATIVE = 4, "+4 combative"
    VERY_AGITATED = 3, "+3 very agitated"
    AGITATED = 2, "+2 agitated"
    RESTLESS = 1, "+1 restless"
    CALM = 0, "0 alert and calm"
    DROWSY = -1, "-1 drowsy"
    LIGHT = -2, "-2 light sedation"
    MODERATE = -3, "-3 moderate sedation"
    DEEP = -4, "-4 deep sedation"
    UNAROUSABLE = -5, "-5 cannot be roused"


# What may be asked beside the pain, by field.
SCALES: dict[str, type[IntegerChoices]] = {
    "nausea": Degree,
    "light": Degree,
    "sound": Degree,
    "function": Function,
    "rass": Rass,
}


BESIDE = {"nausea": "nausea", "light": "light", "sound": "noise", "function": "can do", "rass": "RASS"}


class SqueezeState(TextChoices):
    """Of a search for room by moving others."""

    ASKED = "asked", "Being looked at"
    SOLVED = "solved", "Possible"
    NONE = "none", "Not possible"
    CONFIRMED = "confirmed", "Confirmed"
    DROPPED = "dropped", "Dropped"
    EXPIRED = "expired", "Too old"


SQUEEZE_MOVES: dict[str, set[str]] = {
    SqueezeState.ASKED: {SqueezeState.SOLVED, SqueezeState.NONE, SqueezeState.DROPPED, SqueezeState.EXPIRED},
    SqueezeState.SOLVED: {SqueezeState.CONFIRMED, SqueezeState.DROPPED, SqueezeState.EXPIRED},
}


class CallState(TextChoices):
    OPEN = "open", "Waiting for a time"
    BOOKED = "booked", "Booked"
    REFUSED = "refused", "Refused"
    CLOSED = "closed", "Closed"
    SENT_ON = "sent_on", "Sent on"


CALL_MOVES = {
    CallState.OPEN: {CallState.BOOKED, CallState.REFUSED, CallState.CLOSED, CallState.SENT_ON},
}


class SentTo(TextChoices):
    """Where a red flag belongs, the most urgent first."""

    EMERGENCY = "emergency", "Emergency department now"
    PROVIDER = "provider", "Call the provider"


class RedFlag(TextChoices):
    """What sends a caller elsewhere; the questions stand in rules/red_flags.py."""

    THUNDERCLAP = "thunderclap", "Worst headache, within a minute"
    FEVER = "fever", "Fever with a stiff neck"
    INJURY = "injury", "After a head injury"
    DEFICIT = "deficit", "New weakness, speech or sight"
    PREGNANCY = "pregnancy", "Pregnant or just gave birth, high blood pressure"
    NEW_KIND = "new_kind", "New headache over 50, or with cancer or HIV"


class WaitState(TextChoices):
    """Of one entry of the waitlist."""

    WAITING = "waiting", "Waiting"
    BOOKED = "booked", "Booked"
    WITHDRAWN = "withdrawn", "Off the list"


WAIT_MOVES = {WaitState.WAITING: {WaitState.BOOKED, WaitState.WITHDRAWN}}


class FreedState(TextChoices):
    """Of a time that somebody gave up."""

    OPEN = "open", "Free"
    OFFERED = "offered", "Offered"
    TAKEN = "taken", "Taken"
    PASSED = "passed", "Passed"
    GONE = "gone", "Not free after all"


FREED_MOVES = {
    FreedState.OPEN: {FreedState.OFFERED, FreedState.PASSED, FreedState.GONE},
    FreedState.OFFERED: {FreedState.OPEN, FreedState.TAKEN},
}


class OfferState(TextChoices):
    OPEN = "open", "Offered"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Ran out"


OFFER_MOVES = {OfferState.OPEN: {OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED}}


class ReactionKind(TextChoices):
    """The set made for the drugs given here (requirements G18)."""

    INFUSION = "infusion", "Infusion reaction, anaphylaxis"
    HYPOTENSION = "hypotension", "Hypotension"
    CARDIAC = "cardiac", "Cardiac irregularity"
    QT = "qt", "QT prolongation"
    AKATHISIA = "akathisia", "Akathisia"
    DYSTONIA = "dystonia", "Dystonia"
    DISSOCIATION = "dissociation", "Dissociation"
    MOOD = "mood", "Mood change"
    NAUSEA = "nausea", "Nausea or vomiting"
    RASH = "rash", "Rash or itching"
    EXTRAVASATION = "extravasation", "Extravasation"
    OTHER = "other", "Other"


class Grade(IntegerChoices):
    """Five words in the order of CTCAE."""

    MILD = 1, "Mild"
    MODERATE = 2, "Moderate"
    SEVERE = 3, "Severe"
    LIFE_THREATENING = 4, "Life-threatening"
    DEATH = 5, "Death"


class ReactionAction(TextChoices):
    SLOWED = "slowed", "Slowed"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"
    DRUG_GIVEN = "drug_given", "Drug given"
    WATCHED = "watched", "Watched"


class ReactionOutcome(TextChoices):
    ONGOING = "ongoing", "Ongoing"
    RESOLVED = "resolved", "Over"
    LEFT_WITH_IT = "left_with_it", "Still there on leaving"
    TRANSFERRED = "transferred", "Transferred"


class Remembered(TextChoices):
    """What a confirmed reaction became in the patient's history."""

    ALLERGY = "allergy", "Allergy"
    INTOLERANCE = "intolerance", "Intolerance"


class Route(TextChoices):
    """Of an emergency dose."""

    IM = "im", "IM"
    IV = "iv", "IV"
    SC = "sc", "SC"
    PO = "po", "by mouth"
    INHALED = "inhaled", "inhaled"


class OccurrenceState(TextChoices):
    """Of one dose of a series."""

    PROPOSED = "proposed", "To be booked"
    CONFIRMED = "confirmed", "Booked"
    GIVEN = "given", "Given"
    SKIPPED = "skipped", "Skipped"
    CANCELLED = "cancelled", "Ended with its series"


# Skipped and cancelled lead nowhere: what was taken out of a series does not come back.
OCCURRENCE_MOVES: dict[str, set[str]] = {
    OccurrenceState.PROPOSED: {
        OccurrenceState.CONFIRMED,
        OccurrenceState.GIVEN,
        OccurrenceState.SKIPPED,
        OccurrenceState.CANCELLED,
    },
    OccurrenceState.CONFIRMED: {OccurrenceState.GIVEN, OccurrenceState.PROPOSED},
    OccurrenceState.GIVEN: {OccurrenceState.CONFIRMED},  # a wrong discharge undone
}
STILL_TO_COME = [OccurrenceState.PROPOSED, OccurrenceState.CONFIRMED]


class Scope(TextChoices):
    """What an edit of a series reaches."""

    ONE = "one", "This one only"
    LATER = "later", "This one and all later ones"
    ALL = "all", "All that are still to come"


class Corrected(TextChoices):
    """The tables whose rows may be corrected after the signature."""

    EVENT = "event", "Event"
    ADMINISTRATION = "administration", "Drug given"
    SCORE = "score", "Pain score"
    VITALS = "vitals", "Vital signs"


IN_ERROR = "in_error"  # the row as a whole
# What may have been written down wrong, by table, with the name people see: moments and numbers.
CORRECTABLE: dict[str, dict[str, str]] = {
    Corrected.EVENT: {"at": "time", "rate_ml_h": "rate, mL/h"},
    Corrected.ADMINISTRATION: {},
    Corrected.SCORE: {"scored_at": "time", "pain": "pain"},
    Corrected.VITALS: {
        "taken_at": "time",
        "systolic": "systolic",
        "diastolic": "diastolic",
        "pulse": "pulse",
        "breaths": "breaths",
        "spo2": "SpO2",
        "celsius": "°C",
    },
}
