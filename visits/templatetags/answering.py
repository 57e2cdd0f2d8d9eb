"""The address of the field that answers a finding."""

from typing import Any

from django import template

from infusion_center.accounts.permissions import may_open
from regimens.rules.safety.verdicts import Finding
from visits.selectors import answering

register = template.Library()


@register.simple_tag(takes_context=True)
def answer_url(context: template.Context, finding: Finding) -> str:
    """Empty where no field could answer it, nobody is named on the page, or who looks may not answer."""
    asks = answering.asked_by(finding.rule, finding.asks)
    visit: Any = context.get("visit")
    order: Any = context.get("order")
    patient = context.get("patient") or (visit and visit.patient) or (order and order.patient)
    if not (asks and patient):
        return ""
    address = answering.where_to_answer(asks, patient=patient, visit=visit or None)
    return address if may_open(context["request"].user, address) else ""
