"""docs/rule-book.md says what the code does."""

from regimens.rules.safety import rows
from tests.rule_book_doc import DOC, written


def test_the_lists_of_the_document_are_those_of_the_code():
    text = DOC.read_text(encoding="utf-8")
    assert text == written(text), "run: python -m tests.rule_book_doc"


def test_every_key_that_reckons_is_explained():
    text = DOC.read_text(encoding="utf-8")
    shapes = (rows.RuleRow, rows.Limit, rows.LimitAdjusted, rows.Adjustment, rows.Contraindication)
    keys = {name for shape in shapes for name in shape.model_fields} | set(rows.Selector.model_fields)
    keys |= {"never_gated_when", "mri_before_infusions", "adult_dose_when"}
    keys = {"if" if key == "if_" else key for key in keys}
    assert {key for key in keys if f"`{key}`" not in text} == set()
