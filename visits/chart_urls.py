"""At the chair: My chairs, one visit's chart, and the acts on it."""

from django.urls import path

from visits.views import chart, composing, discharge, facts, findings, my_chairs, orders, worked

urlpatterns = [
    path("chairs/", my_chairs.my_chairs, name="my_chairs"),
    path("chairs/cards", my_chairs.cards, name="cards"),
    path("visits/<uuid:key>/", chart.chart, name="chart"),
    path("visits/<uuid:key>/card", chart.card, name="card"),
    path("visits/<uuid:key>/worked", worked.worked, name="worked"),
    path("visits/<uuid:key>/take", chart.take, name="take"),
    path("visits/<uuid:key>/pain", chart.pain, name="pain"),
    path("visits/<uuid:key>/vitals", chart.vitals, name="vitals"),
    path("visits/<uuid:key>/results", facts.results, name="results"),
    path("visits/<uuid:key>/results/<slug:kind>", facts.result, name="result"),
    path("visits/<uuid:key>/weight", facts.weigh, name="weigh"),
    path("visits/<uuid:key>/iv-site", facts.iv_site, name="iv_site"),
    path("visits/<uuid:key>/questions", facts.ask, name="ask"),
    path("visits/<uuid:key>/discharge", discharge.discharge, name="discharge"),
    path("visits/<uuid:key>/orders/write", orders.write, name="write_order"),
    path("visits/<uuid:key>/orders/<uuid:order>/give", orders.give_here, name="give_order"),
    path("visits/<uuid:key>/orders/<uuid:order>/sign", orders.sign, name="sign_order"),
    path("visits/<uuid:key>/compose/", composing.at_visit, name="compose"),
    path("orders/new/<uuid:key>/", composing.for_patient, name="compose_for"),
    path("orders/<uuid:key>/change/", composing.change, name="change_order"),
    path("orders/<uuid:key>/acknowledge/", findings.acknowledge, name="acknowledge"),
    path("orders/<uuid:key>/override/", findings.override, name="override"),
    path("orders/<uuid:key>/check/", findings.check_again, name="check_order"),
    path("orders/<uuid:key>/sign/", findings.sign, name="sign"),
    path("visits/to-decide/", orders.to_decide, name="to_decide"),
    path("visits/<uuid:key>/end", discharge.end, name="end"),
    path("visits/<uuid:key>/administrations/<uuid:line>/<slug:act>", chart.act, name="act"),
]
