"""The front desk's and the chair side's pages."""

from visits import board_urls, chart_urls

app_name = "visits"

urlpatterns = board_urls.urlpatterns + chart_urls.urlpatterns
