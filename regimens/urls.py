from django.urls import path

from regimens.views import formulary, orders, overrides, protocols, rule_book, shelf, stock, variants

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
    path("rule-book/", rule_book.book, name="book"),
    path("rule-book/loads/", rule_book.loads, name="book_loads"),
    path("rule-book/loads/<slug:kind>/<slug:code>/take/", rule_book.take, name="book_take"),
    path("rule-book/switches/", rule_book.switches, name="switches"),
    path("rule-book/switches/<slug:kind>/<slug:code>/", rule_book.switch, name="switch"),
    path("rule-book/new/<slug:kind>/", rule_book.add, name="book_add"),
    path("rule-book/<slug:kind>/<slug:code>/", rule_book.row, name="book_row"),
    path("rule-book/<slug:kind>/<slug:code>/review/", rule_book.review, name="book_review"),
    path("rule-book/<slug:kind>/<slug:code>/edit/<slug:section>/", rule_book.edit, name="book_edit"),
    path("orders/to-sign/", orders.to_sign, name="to_sign"),
    path("orders/<uuid:key>/", orders.order, name="order"),
    path("orders/<uuid:key>/withdraw/", orders.withdraw, name="withdraw_order"),
    path("stock/", stock.stock, name="stock"),
    path("stock/products/", stock.products, name="products"),
    path("stock/products/new/", stock.add_product, name="add_product"),
    path("stock/receive/", stock.receive, name="receive"),
    path("stock/receive/find/", stock.find_product, name="find_product"),
    path("stock/receive/learn/", stock.learn, name="learn_code"),
    path("stock/recall/", shelf.recall, name="recall"),
    path("stock/fridges/", shelf.fridges, name="fridges"),
    path("stock/fridges/new/", shelf.add_fridge, name="add_fridge"),
    path("stock/fridges/<int:pk>/", shelf.read_fridge, name="read_fridge"),
    path("stock/products/<int:pk>/par/", shelf.par, name="par"),
    path("stock/lots/<int:pk>/", shelf.lot, name="lot"),
    path("stock/lots/<int:pk>/take-back/<int:move>/", shelf.take_back, name="take_back"),
    path("stock/lots/<int:pk>/<slug:what>/", shelf.act, name="lot_act"),
]
