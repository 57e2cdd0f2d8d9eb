"""The address of the field that answers a finding."""

from typing import Any

from django import template

from regimens.rules.safety.verdicts import Finding
from visits.selectors import answering

register = template.Library()


@register.simple_tag(takes_context=True)
def answer_url(context: template.Context, finding: Finding) -> str:
    """Empty where no field could answer it, or nobody is named on the page."""
    asks = answering.asked_by(finding.rule, finding.asks)
    visit: Any = context.get("visit")
    order: Any = context.get("order")
    patient = context.get("patient") or (visit and visit.patient) or (order and order.patient)
    return answering.where_to_answer(asks, patient=patient, visit=visit or None) if asks and patient else ""
