"""Which parts of each kind of row are edited together, and how each value is asked for."""

from typing import get_args

from regimens.book_forms import LINE_MARK, Blank, Rows, Section
from regimens.rules.safety.rows import RELATIONS
from regimens.rules.safety.verdicts import Severity
from regimens.states import BookKind, Container, Method, StepMode

SEVERITIES = (
    (Severity.BLOCK, "Block"),
    (Severity.OVERRIDE_REASON, "Needs a reason"),
    (Severity.WARN, "Warning"),
    (Severity.INFO, "Information"),
)
QT = (("none", "None"), ("conditional", "Conditional"), ("possible", "Possible"), ("known", "Known"))
DOSE_UNITS = tuple((one, one) for one in ("mg", "mL", "mg/kg", "mL/kg"))
BASES = tuple(
    (one, one.replace("_", " ").capitalize())
    for one in (
        "label",
        "guideline",
        "policy",
        "regulator",
        "hospital_protocol",
        "trial_protocol",
        "reference",
    )
)
STANCES = tuple(
    (one, one.replace("_", " ").capitalize())
    for one in ("compatible", "caution", "avoid", "contraindicated", "insufficient_data")
)
LIMIT_KINDS = (
    ("max_per_period", "At most so much in a time"),
    ("min_interval", "At least so long apart"),
    ("usual_interval", "Usually so long apart"),
    ("schedule", "On a schedule"),
    ("course", "Courses"),
    ("max_consecutive", "Days in a row"),
    ("max_single", "In one dose"),
    ("cumulative_local_anesthetic", "Local anesthetics together"),
)
LIMIT_UNITS = tuple(
    (one, one.replace("_", " "))
    for one in (
        "mg mL mg/kg dose doses days days_of_use days_of_pregnant_use course courses steroid_courses"
    ).split()
)
WINDOW_UNITS = (("hours", "hours"), ("days", "days"), ("dose", "each dose"))
CODE_STATES = tuple(
    (one, one.replace("_", " "))
    for one in (
        "active",
        "alternate_product",
        "alternate_payer",
        "superseded_for_this_drug",
        "discontinued",
        "not_billable",
    )
)
RELATED = tuple((one, one.replace("_", " ")) for one in get_args(RELATIONS))
ID = Blank(
    "id", "Id", required=True, help="Small letters, digits and underscores; it never changes afterwards"
)

CATEGORY = Blank("category", "Kind", "one", "categories", required=True)
NAMES = (
    Blank("generic_name", "Name", required=True),
    Blank("brand_names", "Brand names", "lines"),
    CATEGORY,
    Blank("dea_schedule", "DEA schedule", "one", tuple((one, one) for one in ("II", "III", "IV", "V"))),
)
TAGS = Blank(
    "class_tags", "Class tags", "many", "class_tags", help="Rules that name a tag hold for this drug"
)
QT_RISK = Blank("qt_risk", "QT risk", "one", QT)
ALLERGIES = Blank("allergy_groups", "Allergy groups", "many", "allergy_groups")
UNIT = Blank("adult_dose.unit", "Unit", "one", DOSE_UNITS, required=True)
CEILINGS = (
    Blank("adult_dose.usual", "Usual dose", "number"),
    UNIT,
    Blank("adult_dose.min", "Least", "number"),
    Blank("adult_dose.max", "Most", "number"),
    Blank("adult_dose.max_single", "Most at once", "number", help="Without per kg"),
    Blank("adult_dose.max_24h", "Most in 24 h", "number", help="Without per kg"),
)
WAYS = Rows(
    "administration",
    "Ways to give it",
    (
        Blank("method", "Method", "one", Method.choices, required=True),
        Blank("is_default", "Usual way", "tick"),
        Blank("diluent", "Diluent"),
        Blank("volume_ml", "Volume mL", "number"),
        Blank("minutes_usual", "Minutes", "number", required=True),
        Blank("minutes_min", "Minutes, least", "number"),
        Blank("minutes_max", "Minutes, most", "number"),
        Blank("max_rate", "Highest rate", prose=True),
        Blank("max_concentration", "Highest concentration", prose=True),
        Blank("filter", "Filter", prose=True),
        Blank("text", "Note", prose=True),
    ),
    marked=False,
)
VIALS = Rows(
    "vials",
    "Vials",
    (
        Blank("strength", "Strength", required=True, help="As printed, such as 30 mg/mL"),
        Blank("volume_ml", "Volume mL", "number", help="Empty: powder"),
        Blank("total_amount", "Holds", "number", required=True),
        Blank("unit", "Unit", required=True),
        Blank("container", "Container", "one", Container.choices, required=True),
        Blank("note", "Note", prose=True),
    ),
)
ADJUSTMENTS = Rows(
    "adult_dose.adjustments",
    "Lower ceilings",
    (
        Blank("if", "In words: if", prose=True),
        Blank("use", "In words: use", prose=True),
        Blank("when", "When", "condition", help="Empty: this line is a note"),
        Blank("max", "Most", "number"),
        Blank("max_per_kg", "Most per kg", "number"),
        Blank("max_24h", "Most in 24 h", "number"),
    ),
    needs="when",
    marked=False,
)
LIMITS = Rows(
    "frequency_limits",
    "Limits",
    (
        Blank("kind", "Kind", "one", LIMIT_KINDS, required=True),
        Blank("limit", "Limit", "number", required=True),
        Blank("limit_unit", "Of", "one", LIMIT_UNITS, required=True),
        Blank("window", "In", "number"),
        Blank("window_unit", "Hours or days", "one", WINDOW_UNITS),
        Blank("severity", "Severity", "one", SEVERITIES, required=True),
        Blank("basis", "Basis", "one", BASES),
        Blank("when", "Holds when", "condition"),
        Blank("unless", "Not when", "condition", help="Empty: no exception"),
        Blank(
            "adjusted", "Other limits", "adjusted", help="One a line: 60 when age_years >= 65; 3/kg when …"
        ),
        Blank("intervals", "Days by dose number", "numbers"),
        Blank("text", "Said of it", "prose"),
    ),
)
CONTRAINDICATIONS = Rows(
    "contraindications",
    "Contraindications",
    (
        Blank("tag", "Condition", "one", "conditions", required=True),
        Blank("severity", "Severity", "one", SEVERITIES, required=True),
        Blank("when", "Only when", "condition"),
        Blank("note", "Note"),
    ),
)
DRUG = (
    Section("names", "Name and kind", NAMES, marks=("generic_name", "brand_names")),
    Section("classes", "Class tags and QT", (TAGS, QT_RISK), marks=("class_tags", "qt_risk")),
    Section("allergies", "Allergy groups", (ALLERGIES,), marks=("allergy_groups",)),
    Section(
        "chair",
        "Sedation, driving, observation",
        (
            Blank("sedation.level", "Sedation, 0 to 3", "whole"),
            Blank("sedation.sedating", "Sedating", "tick"),
            Blank("sedation.driver_required", "A driver is required", "tick"),
            Blank("sedation.driving_restriction_hours", "No driving for hours", "whole"),
            Blank("post_observation_minutes", "Minutes watched after the end", "whole"),
            Blank("staffing.max_patients_per_nurse", "Patients per nurse", "whole"),
            Blank("staffing.text", "Note on nurses", prose=True),
        ),
        marks=("sedation", "post_observation_minutes", "staffing"),
    ),
    Section(
        "adult",
        "Adult dose",
        (*CEILINGS, Blank("adult_dose.text", "In words", "prose", prose=True)),
        (ADJUSTMENTS,),
        marks=("adult_dose",),
    ),
    Section(
        "pediatric",
        "Dose under 18",
        (
            Blank("pediatric_dose.supported", "May be given under 18", "tick"),
            Blank("pediatric_dose.min_age_years", "From the age of", "number"),
            Blank("age_limits.min_years", "Never under the age of", "number"),
            Blank("pediatric_dose.per_kg", "Per kg", "number"),
            Blank("pediatric_dose.unit", "Unit", "one", DOSE_UNITS),
            Blank("pediatric_dose.max_single", "Most at once", "number"),
            Blank("pediatric_dose.adult_dose_when", "Adult dose when", "condition", help="Empty: never"),
            Blank("pediatric_dose.text", "In words", "prose", prose=True),
            Blank("age_limits.text", "Age in words", prose=True),
        ),
        (
            Rows(
                "pediatric_dose.bands",
                "Doses by age",
                (
                    Blank("age", "In words", prose=True),
                    Blank("from_years", "First year", "number"),
                    Blank("to_years", "Last year", "number"),
                    Blank("dose_mg", "Dose mg", "number", required=True),
                ),
                needs="from_years",
                marked=False,
            ),
        ),
        marks=("pediatric_dose", "age_limits"),
    ),
    Section("limits", "How often, how much", rows=(LIMITS,)),
    Section("contraindications", "Contraindications", rows=(CONTRAINDICATIONS,)),
    Section(
        "monitoring",
        "Monitoring and gates",
        (
            Blank("monitoring.baseline", "Before the start", "many", "monitoring"),
            Blank(
                "monitoring.during", "While it runs", "lines", help="bp_q15: a blood pressure every 15 min"
            ),
            Blank("monitoring.post", "Afterwards", "lines", prose=True),
            Blank("monitoring.hold_if", "Hold if", "lines", prose=True),
            Blank("monitoring.text", "In words", "prose", prose=True),
            Blank("mri_before_infusions", "An MRI before infusions", "numbers", help="Such as 3, 5, 7"),
            Blank("never_gated_when", "Nothing stops it when", "condition", help="Empty: never"),
        ),
        marks=("monitoring",),
    ),
    Section("ways", "How it is given", rows=(WAYS,), marks=("administration",)),
    Section("vials", "Vials", rows=(VIALS,)),
    Section(
        "codes",
        "Billing codes",
        (Blank("billing_notes", "Notes for billing", "sentences", prose=True),),
        (
            Rows(
                "hcpcs",
                "HCPCS codes",
                (
                    Blank("code", "Code", required=True),
                    Blank("descriptor", "Descriptor", prose=True),
                    Blank("unit_amount", "Unit amount", "number", required=True),
                    Blank("unit", "Unit", required=True),
                    Blank(
                        "unit_basis",
                        "Basis",
                        "one",
                        (("per", "per"), ("up_to", "up to"), ("nos", "not specified")),
                    ),
                    Blank("status", "Use", "one", CODE_STATES),
                    Blank("effective_from", "First day", "day"),
                    Blank("effective_to", "Last day", "day"),
                    Blank("note", "Note", prose=True),
                ),
            ),
        ),
    ),
    Section(
        "words",
        "Warnings and notes",
        (
            Blank("boxed_warnings", "Boxed warnings", "sentences", prose=True),
            Blank("pregnancy.stance", "Pregnancy", "one", STANCES, prose=True),
            Blank("pregnancy.text", "Pregnancy in words", "prose", prose=True),
            Blank("lactation", "Breast-feeding", "prose", prose=True),
            Blank("adverse_effects.common", "Common effects", "lines", prose=True),
            Blank("adverse_effects.serious", "Serious effects", "lines", prose=True),
            Blank("clinical_notes", "Notes for the chair", "sentences", prose=True),
            Blank("pharm_class", "Pharmacological class", prose=True),
            Blank("us_iv_status", "Standing in the US", prose=True),
            Blank("evidence_ahs2025", "Evidence (AHS 2025)", prose=True),
        ),
        marks=("boxed_warnings", "pregnancy", "lactation", "adverse_effects"),
    ),
)
NEW_DRUG = Section(
    "new",
    "New drug",
    (ID, *NAMES, TAGS, QT_RISK, ALLERGIES, *CEILINGS),
    (WAYS, VIALS),
)

SIDE = (Blank("", "Chooses", "pick", "selectors", required=True),)
RULE = (
    Section(
        "rule",
        "The rule",
        (
            Blank("title", "Title", required=True),
            Blank("kind", "Kind", "one", "rule_kinds"),
            Blank("relation", "Looks at", "one", RELATED, required=True),
            Blank("window_hours", "Within hours", "number"),
            Blank("severity", "Severity", "one", SEVERITIES, required=True),
            Blank("when", "Only when", "condition"),
            Blank("message", "What is said", help="Empty: made from the reason and the drugs"),
            Blank("reason", "Reason", "prose"),
            Blank("action", "What to do", "prose"),
            Blank("together", "All matching drugs make one finding", "tick"),
            Blank("once", "One finding for the visit", "tick"),
            Blank("from_limits", "Names what passes a 24-hour limit", "tick"),
            Blank("also_given", "Counts doses given already", "tick"),
            Blank(
                "speaks_for",
                "Speaks for the conditions",
                "lines",
                help="Ids; drug rows with them say no more",
            ),
            Blank("limit_kind", "Speaks for limits of kind", "one", LIMIT_KINDS),
            Blank("asks", "Rests on the question", "one", (("nerve_block", "nerve block"),)),
            Blank("expression", "As first written", "prose", prose=True),
            Blank("override_by", "Who goes on", prose=True),
            *LINE_MARK,
        ),
        (
            Rows("left", "Drugs it is about (left side)", SIDE, marked=False),
            Rows("right", "What it looks for (right side)", SIDE, marked=False),
            Rows(
                "severities",
                "Another severity where a condition holds; the first that holds counts",
                (
                    Blank("when", "When", "condition", required=True, help="A condition"),
                    Blank("severity", "Severity", "one", SEVERITIES, required=True),
                ),
                marked=False,
            ),
        ),
    ),
)

STEPS = Rows(
    "steps",
    "Steps",
    (
        Blank("order", "Step", "whole", required=True),
        Blank("drug_id", "Drug", "one", "drugs", required=True),
        Blank("dose", "Dose", "number", required=True),
        Blank("unit", "Unit", "one", DOSE_UNITS, required=True),
        Blank("per_kg", "Per kg", "tick"),
        Blank("max_dose", "At most", "number"),
        Blank("method", "Method", "one", Method.choices, required=True),
        Blank("diluent", "Diluent"),
        Blank("volume_ml", "Volume mL", "number"),
        Blank("minutes", "Minutes", "whole", required=True),
        Blank("mode", "Runs", "one", StepMode.choices, required=True),
        Blank("start_after", "After steps", "numbers"),
        Blank("gap_minutes_before", "Minutes in between", "whole"),
        Blank("optional", "Optional", "tick"),
        Blank("condition", "Condition", prose=True),
        Blank("note", "Note", prose=True),
    ),
)
REGIMEN = (
    Section(
        "recipe",
        "The recipe",
        (
            Blank("name", "Name", required=True),
            Blank("purpose", "Purpose"),
            Blank("population", "For whom"),
            Blank("driver", "Driver", help="required, advised, no, required_if_DRUG"),
            Blank("setup_minutes", "Minutes to set up", "whole", required=True),
            Blank("discharge_minutes", "Minutes to discharge", "whole", required=True),
            Blank(
                "observation_end_minute",
                "Watched at least until minute",
                "whole",
                help="From the first start; the drugs' own observation holds where it is longer",
            ),
            Blank("repeat_limit", "Repeats", help="every 84 days: a booked series; else for people"),
            Blank("exclusions", "Not for", "lines", prose=True),
            Blank("required_checks", "Checks before", "lines", prose=True),
            Blank("second_line", "If it fails", prose=True),
            Blank("billing_hint", "Hint for billing", "prose", prose=True),
            Blank("notes", "Notes", "prose", prose=True),
            *LINE_MARK,
        ),
    ),
    Section("steps", "Steps", rows=(STEPS,)),
)
LABEL = Blank("label", "Label", required=True)
ALLERGY = (
    Section(
        "group",
        "The group",
        (
            LABEL,
            Blank("excipient", "It belongs to the product in hand, not to the drug", "tick"),
            Blank("drug_ids", "Drugs, for people", "lines", prose=True),
        ),
    ),
)
DRUG_GROUP = (
    Section(
        "group",
        "The group",
        (
            LABEL,
            Blank("members", "Drugs by name", "lines", help="As patients and pharmacies call them"),
            *LINE_MARK,
        ),
    ),
)
CONDITION = (
    Section(
        "condition",
        "The condition",
        (
            LABEL,
            Blank("group", "Group", "one", "condition_groups"),
            Blank("allergy_group", "It names the allergy", "one", "allergy_groups"),
        ),
    ),
)
CLASS_TAG = (Section("tag", "The tag", (LABEL,)),)

SECTIONS: dict[str, tuple[Section, ...]] = {
    BookKind.DRUG: DRUG,
    BookKind.RULE: RULE,
    BookKind.REGIMEN: REGIMEN,
    BookKind.ALLERGY: ALLERGY,
    BookKind.DRUG_GROUP: DRUG_GROUP,
    BookKind.CONDITION: CONDITION,
    BookKind.CLASS_TAG: CLASS_TAG,
}


def section_of(kind: str, name: str) -> Section | None:
    """The named section; `new`: everything that a new row must say at once."""
    if name != "new":
        return next((one for one in SECTIONS[kind] if one.name == name), None)
    if kind == BookKind.DRUG:
        return NEW_DRUG
    sections = SECTIONS[kind]
    return Section(
        "new",
        f"New {BookKind(kind).label.lower()}",
        (ID, *(blank for one in sections for blank in one.blanks)),
        tuple(rows for one in sections for rows in one.rows),
    )
