"""For the manager: who is there when, when the center is open, what a nurse carries, files that bring it."""

from django.urls import path

from visits.views import bringing, hours, loads, staffing

urlpatterns = [
    path("staffing/", staffing.week, name="staffing"),
    path("staffing/shift/", staffing.new_shift, name="new_shift"),
    path("staffing/shifts/<int:pk>/", staffing.shift, name="shift"),
    path("staffing/absence/", staffing.new_absence, name="new_absence"),
    path("staffing/absences/<int:pk>/", staffing.absence, name="absence"),
    path("staffing/copy/", staffing.copy, name="copy_week"),
    path("staffing/hours/", hours.hours, name="hours"),
    path("staffing/loads/", loads.loads, name="loads"),
    path("staffing/bring/", bringing.bring, name="bring"),
]
