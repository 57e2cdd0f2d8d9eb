"""Is this headache one for a chair? Questions in patients' words, asked before a time is offered.

After the rule `gate_red_flags` of the formulary (sourced G5 for pregnancy, the general list recalled) and
the list SNOOP: systemic, neurologic, onset, older, pattern (recalled). One yes, and the caller belongs
elsewhere. Not asked is not No: it is shown as not asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from visits.states import RedFlag, SentTo


@dataclass(frozen=True)
class Question:
    """`where`: the caller belongs there after a yes. `source`: who says so."""

    flag: RedFlag
    words: str
    where: SentTo
    source: str


QUESTIONS = (
    Question(
        RedFlag.THUNDERCLAP,
        "Is it the worst headache of your life, and did it come within a minute?",
        SentTo.EMERGENCY,
        "gate_red_flags: sudden or worst onset; SNOOP onset, recalled",
    ),
    Question(
        RedFlag.FEVER,
        "Do you have a fever and a stiff neck?",
        SentTo.EMERGENCY,
        "gate_red_flags: fever; SNOOP systemic, recalled",
    ),
    Question(
        RedFlag.INJURY,
        "Did it begin after a blow or a fall on the head?",
        SentTo.EMERGENCY,
        "gate_red_flags: head injury; recalled",
    ),
    Question(
        RedFlag.DEFICIT,
        "Any weakness, trouble speaking or trouble seeing that is new for you?",
        SentTo.EMERGENCY,
        "gate_red_flags: new deficit; SNOOP neurologic, recalled",
    ),
    Question(
        RedFlag.PREGNANCY,
        "Are you pregnant, or did you give birth within six weeks, and your blood pressure is high?",
        SentTo.EMERGENCY,
        "gate_preeclampsia, G5: 140/90 from week 20; six weeks after birth recalled",
    ),
    Question(
        RedFlag.NEW_KIND,
        "Is it a new kind of headache, and you are over 50 or have cancer or HIV?",
        SentTo.PROVIDER,
        "gate_red_flags: new after 50, immunosuppression; SNOOP older and systemic, recalled",
    ),
)


@dataclass(frozen=True)
class Line:
    """A question and what was said: `answer` yes, no, or empty: not asked. `cleared`: a provider's reason."""

    question: Question
    answer: str = ""
    cleared: str = ""

    @property
    def code(self) -> str:
        return self.question.flag.value

    @property
    def stands(self) -> bool:
        return self.answer == "yes" and not self.cleared


def lines(answers: Mapping[str, str], cleared: Mapping[str, str] | None = None) -> list[Line]:
    """Every question in its order, whatever was asked so far; by code of the flag."""
    reasons = cleared or {}
    return [Line(one, answers.get(one.flag, ""), reasons.get(one.flag, "")) for one in QUESTIONS]


def where_to(asked: Iterable[Line]) -> str:
    """The most urgent of the places a standing yes sends to; empty without one."""
    places = {line.question.where for line in asked if line.stands}
    return next((place.value for place in SentTo if place in places), "")
