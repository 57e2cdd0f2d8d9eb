"""The lists in docs/rule-book.md, made from the code and the shipped rows.

`python -m tests.rule_book_doc` writes them into the file; test_doc.py says when they are out of date.
"""

import json
import re
from pathlib import Path

from regimens.rules.safety.drug_rows import CREATININE_WANTED
from regimens.rules.safety.expressions import FUNCTIONS, NAMES

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "docs" / "rule-book.md"
SHIPPED = ROOT / "infusion_center" / "reference" / "formulary.json"
RECKONS = ("when", "severities", "limit_kind", "from_limits", "asks")


def names() -> list[str]:
    return [f"| `{name}` | {kind.name.lower()} | {said} |" for name, (kind, said) in NAMES.items()]


def functions() -> list[str]:
    return [
        f"| `{name}({', '.join(wanted)})` | {kind.name.lower()} | {said} |"
        for name, (wanted, kind, said) in FUNCTIONS.items()
    ]


def prose() -> list[str]:
    """Every text of the shipped rows that reads like a rule and reckons nothing."""
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    lines = []
    for drug in document["drugs"]:
        name = drug["id"]
        for one in drug["adult_dose"]["adjustments"]:
            if not one.get("when"):
                lines.append(f"`{name}` adjustment: {one['if']}: {one['use']}")
        for one in drug["pediatric_dose"]["bands"]:
            if one.get("from_years") is None:
                lines.append(f"`{name}` dose by age without years: {one.get('age', '')}")
        for way in drug["administration"]:
            for key in ("max_rate", "max_concentration", "filter"):
                if way.get(key):
                    lines.append(f"`{name}` {key}: {way[key]}")
        for key in ("hold_if", "post"):
            if drug["monitoring"].get(key):
                lines.append(f"`{name}` monitoring.{key}: {', '.join(drug['monitoring'][key])}")
        asked = [code for code in drug["monitoring"]["baseline"] if code not in CREATININE_WANTED]
        if asked:
            lines.append(f"`{name}` monitoring.baseline: {', '.join(asked)}")
    for rule in document["interaction_rules"]:
        if rule["expression"] and not any(rule.get(key) for key in RECKONS):
            lines.append(f"rule `{rule['id']}` expression: {rule['expression']}")
    for regimen in document["regimens"]:
        for key in ("exclusions", "required_checks"):
            if regimen.get(key):
                lines.append(f"regimen `{regimen['id']}` {key}: {', '.join(regimen[key])}")
        for step in regimen["steps"]:
            if step["condition"]:
                lines.append(f"regimen `{regimen['id']}` step {step['order']}: {step['condition']}")
    return [f"- {line}" for line in lines]


LISTS = {"names": names, "functions": functions, "prose": prose}


def written(text: str) -> str:
    """The document with its lists as they are now."""
    for name, lines in LISTS.items():
        made = f"<!-- {name} -->\n" + "\n".join(lines()) + f"\n<!-- end of {name} -->"
        text = re.sub(f"<!-- {name} -->.*?<!-- end of {name} -->", lambda _: made, text, flags=re.S)  # noqa: B023
    return text


if __name__ == "__main__":
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")
