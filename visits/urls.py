"""The front desk's, the chair side's and the manager's pages."""

from visits import board_urls, capacity_urls, chart_urls, stock_urls

app_name = "visits"

urlpatterns = [
    *board_urls.urlpatterns,
    *chart_urls.urlpatterns,
    *capacity_urls.urlpatterns,
    *stock_urls.urlpatterns,
]
