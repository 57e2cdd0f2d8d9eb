from django.urls import path

from regimens.views import formulary, orders, overrides, protocols, stock, variants

app_name = "regimens"

urlpatterns = [
    path("formulary/", formulary.formulary, name="formulary"),
    path("formulary/<slug:code>/", formulary.drug, name="drug"),
    path("regimens/", formulary.regimens, name="regimens"),
    path("regimens/overrides/", overrides.overrides, name="overrides"),
    path("regimens/overrides/<uuid:key>/review/", overrides.review, name="review_override"),
    path("regimens/<slug:code>/", formulary.regimen, name="regimen"),
    path("regimens/<slug:code>/variant/", variants.make, name="make_variant"),
    path("regimens/<slug:code>/standing/", protocols.approve, name="approve_protocol"),
    path("regimens/<slug:code>/standing/end/", protocols.end, name="end_protocol"),
    path("orders/to-sign/", orders.to_sign, name="to_sign"),
    path("orders/<uuid:key>/", orders.order, name="order"),
    path("orders/<uuid:key>/withdraw/", orders.withdraw, name="withdraw_order"),
    path("stock/", stock.stock, name="stock"),
    path("stock/products/", stock.products, name="products"),
    path("stock/products/new/", stock.add_product, name="add_product"),
    path("stock/receive/", stock.receive, name="receive"),
    path("stock/receive/find/", stock.find_product, name="find_product"),
    path("stock/lots/<int:pk>/", stock.lot, name="lot"),
    path("stock/lots/<int:pk>/take-back/<int:move>/", stock.take_back, name="take_back"),
]
