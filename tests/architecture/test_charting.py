"""Every address of the chart that writes asks for whom; a new one does too, or says here why."""

import inspect

from visits import chart_urls
from visits.api import charting, notes, reactions

# Addresses that write nothing into a chart by themselves.
NO_PATIENT = {
    "edit_regimen",  # a recipe
    "hand_over",  # of several patients: each tick carries its own, and the form compares them
    "sheet",  # the patient's own, by a signed link
    "back_from_break",  # what this nurse gave away, whoever it is
}
SAYS_SO = ("write_down(", "same_patient(", "answer(", "tapped(", "_answer(", "_answered(", "_page(")


def allowed(view):
    """The methods a view takes, as `require_http_methods` keeps them."""
    inner, found = view, set()
    while inner is not None:
        for cell in inner.__closure__ or ():
            if isinstance(cell.cell_contents, list):
                found |= {one for one in cell.cell_contents if isinstance(one, str)}
        inner = getattr(inner, "__wrapped__", None)
    return found


def test_every_address_of_the_chart_that_takes_a_post_checks_whose_form_it_is():
    writing = {one.name: one.callback for one in chart_urls.urlpatterns if "POST" in allowed(one.callback)}
    assert {"vitals", "take", "sign_note", "sign_order", "dispute", "acknowledge"} <= set(writing)
    careless = {
        name
        for name, view in writing.items()
        if not any(word in inspect.getsource(inspect.unwrap(view)) for word in SAYS_SO)
    }
    assert careless == NO_PATIENT


def test_every_program_that_charts_may_send_twice():
    for module in (charting, notes, reactions):
        for one in module.urlpatterns:
            post = getattr(one.callback.cls, "post", None)
            assert post is None or hasattr(post, "__wrapped__") or "super().post" in inspect.getsource(post)
