from django.urls import path

from regimens.api import views

urlpatterns = [
    path("drugs", views.Drugs.as_view(), name="api_drugs"),
    path("drugs/<slug:code>", views.OneDrug.as_view(), name="api_drug"),
    path("regimens", views.Regimens.as_view(), name="api_regimens"),
    path("regimens/<slug:code>", views.OneRegimen.as_view(), name="api_regimen"),
    path("orders", views.Orders.as_view(), name="api_orders"),
    path("orders/<uuid:key>/withdraw", views.WithdrawOrder.as_view(), name="api_withdraw_order"),
    path("stock/lots", views.Lots.as_view(), name="api_lots"),
]
