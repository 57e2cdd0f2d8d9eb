"""Answering what the rules say, as a provider does it: warnings read, reasons typed."""

from playwright.sync_api import Page, expect


def answer_findings(page: Page, reason: str = "Discussed with the patient") -> None:
    """Until nothing is left to acknowledge or to give a reason for."""
    while True:
        warnings = page.get_by_role("button", name="Acknowledge")
        reasons = page.get_by_label("Reason to go on")
        left = warnings.count() + reasons.count()
        if not left:
            return
        if warnings.count():
            warnings.first.click()
        else:
            reasons.first.fill(reason)
            page.get_by_role("button", name="Go on for this reason").first.click()
        both = page.get_by_role("button", name="Acknowledge").or_(page.get_by_label("Reason to go on"))
        expect(both).to_have_count(left - 1)
