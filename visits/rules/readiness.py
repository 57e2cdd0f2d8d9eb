"""Why may this visit not start? Plain answers in, sentences out. Unknown is not yes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is known about a visit before the first drug. Words are those of patients.states."""

    order_states: tuple[str, ...] = ()
    driver_required: bool = False
    has_driver: str = "unknown"
    allergies: str = "not_asked"
    medications: str = "not_asked"


def missing(facts: Facts) -> list[str]:
    """What must happen before a drug may start, most serious first. Empty: ready."""
    found = []
    if not facts.order_states:
        found.append("No order yet")
    elif "signed" not in facts.order_states and "completed" not in facts.order_states:
        found.append("Order not signed")
    if facts.allergies == "not_asked":
        found.append("Allergies never asked")
    if facts.medications == "not_asked":
        found.append("Home medications never asked")
    if facts.driver_required and facts.has_driver != "yes":
        found.append(
            "Driver not confirmed" if facts.has_driver == "unknown" else "No driver, and the drug sedates"
        )
    return found
