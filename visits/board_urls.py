"""At the front desk: Today, the call list, booking."""

from django.urls import path

from visits.views import board, booking, calls, fit

urlpatterns = [
    path("today/", board.today, name="today"),
    path("today/board", board.board, name="board"),
    path("today/fit/", fit.fit, name="fit"),
    path("today/list", board.printed, name="day_list"),
    path("today/visits/<uuid:key>/", board.visit, name="visit"),
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
]
