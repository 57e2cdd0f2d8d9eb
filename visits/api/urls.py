"""Mounted at /api/v1/."""

from django.urls import path

from visits.api import booking, charting, notes, orders, reactions, same_day, series, squeezing

urlpatterns = [
    path("availability", booking.Availability.as_view(), name="api_availability"),
    path("visits", booking.BookVisit.as_view(), name="api_visits"),
    path("visits/<uuid:key>/check-in", booking.CheckIn.as_view(), name="api_check_in"),
    path("visits/<uuid:key>/seat", booking.Seat.as_view(), name="api_seat"),
    path("visits/<uuid:key>/cancel", booking.Cancel.as_view(), name="api_cancel"),
    path("visits/<uuid:key>/no-show", booking.NoShow.as_view(), name="api_no_show"),
    path("visits/<uuid:key>/extend", booking.Extend.as_view(), name="api_extend"),
    path("visits/<uuid:key>/move", booking.Replan.as_view(), name="api_move"),
    path("visits/<uuid:key>/undo", booking.Undo.as_view(), name="api_undo"),
    path("today", booking.Today.as_view(), name="api_today"),
    path("series", series.Begin.as_view(), name="api_series"),
    path("series/due", series.Due.as_view(), name="api_due"),
    path("doses/<uuid:key>/starts", series.Starts.as_view(), name="api_dose_starts"),
    path("doses/<uuid:key>/confirm", series.Confirm.as_view(), name="api_dose_confirm"),
    path("doses/<uuid:key>/change", series.Change.as_view(), name="api_dose_change"),
    path("doses/<uuid:key>/skip", series.Skip.as_view(), name="api_dose_skip"),
    path("calls", booking.Calls.as_view(), name="api_calls"),
    path("calls/<uuid:key>/refuse", booking.RefuseCall.as_view(), name="api_refuse_call"),
    path("calls/<uuid:key>/close", booking.CloseCall.as_view(), name="api_close_call"),
    path("squeezes", squeezing.AskSqueeze.as_view(), name="api_squeezes"),
    path("squeezes/<uuid:key>", squeezing.LookAtSqueeze.as_view(), name="api_squeeze"),
    path("squeezes/<uuid:key>/confirm", squeezing.ConfirmSqueeze.as_view(), name="api_confirm_squeeze"),
    path("squeezes/<uuid:key>/drop", squeezing.DropSqueeze.as_view(), name="api_drop_squeeze"),
    path("orders/<uuid:key>/sign", orders.SignOrder.as_view(), name="api_sign_order"),
    *same_day.urlpatterns,
    *charting.urlpatterns,
    *reactions.urlpatterns,
    *notes.urlpatterns,
]
