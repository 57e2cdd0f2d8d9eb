"""At the front desk: Today, the call list, booking, the due list and series."""

from django.urls import path

from visits.views import board, booking, calls, due, fit, series, slip

urlpatterns = [
    path("today/", board.today, name="today"),
    path("today/board", board.board, name="board"),
    path("today/fit/", fit.fit, name="fit"),
    path("today/list", board.printed, name="day_list"),
    path("today/visits/<uuid:key>/", board.visit, name="visit"),
    path("today/visits/<uuid:key>/slip/", slip.slip, name="slip"),
    path("today/visits/<uuid:key>/visit.ics", slip.calendar, name="calendar"),
    path("today/visits/<uuid:key>/check-in", board.check_in, name="check_in"),
    path("today/visits/<uuid:key>/seat", board.seat, name="seat"),
    path("today/visits/<uuid:key>/cancel", board.cancel, name="cancel"),
    path("today/visits/<uuid:key>/no-show", board.no_show, name="no_show"),
    path("today/visits/<uuid:key>/leave", board.leave, name="leave"),
    path("today/visits/<uuid:key>/confirm", board.confirm, name="confirm"),
    path("today/visits/<uuid:key>/undo", board.undo, name="undo"),
    path("calls/", calls.call_list, name="calls"),
    path("calls/new", calls.take, name="take_call"),
    path("calls/<uuid:key>/refuse", calls.refuse, name="refuse_call"),
    path("calls/<uuid:key>/close", calls.close, name="close_call"),
    path("visits/book/", booking.book, name="book"),
    path("visits/book/find", booking.find, name="book_find"),
    path("visits/book/choose", booking.choose, name="book_choose"),
    path("visits/book/offers", booking.offers, name="book_offers"),
    path("visits/book/register", booking.register, name="book_register"),
    path("due/", due.due, name="due"),
    path("due/<uuid:key>/", due.one, name="due_one"),
    path("due/<uuid:key>/confirm", due.confirm, name="due_confirm"),
    path("due/<uuid:key>/no-answer", due.tried, name="due_tried"),
    path("due/<uuid:key>/skip", due.skip, name="due_skip"),
    path("due/<uuid:key>/change", due.change, name="due_change"),
    path("series/of/<uuid:key>/", series.series_of, name="series_of"),
    path("series/of/<uuid:key>/start", series.start, name="start_series"),
    path("series/<uuid:key>/change", series.change, name="change_series"),
    path("series/<uuid:key>/end", series.end, name="end_series"),
]
