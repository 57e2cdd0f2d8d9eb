"""Under stock/, what only visits know of it."""

from django.urls import path

from visits.views import stock

urlpatterns = [
    path("stock/to-order/", stock.to_order, name="to_order"),
    path("stock/check/", stock.ledger_check, name="ledger_check"),
    path("stock/lots/<int:pk>/who-got-it", stock.lot_given, name="lot_given"),
]
