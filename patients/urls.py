"""Find, register, the patient page and its panels."""

from django.urls import include, path

from patients.views import (
    asking,
    coverage,
    facts,
    finding,
    measuring,
    merging,
    page,
    reaching,
    registration,
    results,
)

app_name = "patients"

urlpatterns = [
    path("", finding.find, name="find"),
    path("register/", registration.register, name="register"),
    path("register/duplicates/", registration.duplicates, name="duplicates"),
    path("imports/", include("patients.imports_urls")),
    path("<uuid:key>/", page.patient, name="patient"),
    path("<uuid:key>/panels/<slug:name>/", page.panel, name="panel"),
    path("<uuid:key>/correct/", registration.correct, name="correct"),
    path("<uuid:key>/merge/", merging.merge, name="merge"),
    path("<uuid:key>/merge/<uuid:other_key>/", merging.compare, name="compare"),
    path("<uuid:key>/merge/<uuid:other_key>/undo/", merging.undo, name="undo_merge"),
    path("<uuid:key>/phones/", reaching.add_phone, name="add_phone"),
    path("<uuid:key>/phones/<int:pk>/texting/<slug:word>/", reaching.texting, name="texting"),
    path("<uuid:key>/phones/<int:pk>/drop/", reaching.drop_phone, name="drop_phone"),
    path("<uuid:key>/contacts/", reaching.add_contact, name="add_contact"),
    path("<uuid:key>/contacts/<int:pk>/drop/", reaching.drop_contact, name="drop_contact"),
    path("<uuid:key>/coverages/", coverage.add, name="add_coverage"),
    path("<uuid:key>/coverages/<int:pk>/<slug:how>/", coverage.move, name="move_coverage"),
    path("<uuid:key>/weights/", measuring.weigh, name="weigh"),
    path("<uuid:key>/pregnancy/", measuring.ask_pregnancy, name="ask_pregnancy"),
    path("<uuid:key>/results/<slug:kind>/", results.add, name="add_result"),
    path("<uuid:key>/results/<uuid:result>/error/", results.in_error, name="result_in_error"),
    path("<uuid:key>/results/<uuid:result>/clearance/", results.clearance, name="compute_clearance"),
    path("<uuid:key>/questions/", asking.questions, name="questions"),
    path("<uuid:key>/home-doses/", asking.add_home_dose, name="add_home_dose"),
    path("<uuid:key>/home-doses/<uuid:dose>/error/", asking.dose_in_error, name="home_dose_in_error"),
    path("<uuid:key>/facts/<slug:what>/", facts.add, name="add_fact"),
    path("<uuid:key>/facts/<slug:what>/all/<slug:how>/", facts.answer, name="answer_facts"),
    path("<uuid:key>/facts/<slug:what>/<int:pk>/<slug:how>/", facts.close, name="close_fact"),
    path("<uuid:key>/medications/<int:pk>/last-taken/", facts.last_taken, name="last_taken"),
]
