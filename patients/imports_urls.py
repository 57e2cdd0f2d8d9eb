"""Included at patients/imports/ by patients/urls.py."""

from django.urls import path

from patients.views import imports

urlpatterns = [
    path("", imports.import_list, name="import_list"),
    path("upload/", imports.import_upload, name="import_upload"),
    path("<uuid:key>/", imports.import_progress, name="import_progress"),
    path("<uuid:key>/<int:place>/", imports.import_file, name="import_file"),
    path("<uuid:key>/<int:place>/again/", imports.import_try_again, name="import_try_again"),
    path("<uuid:key>/<int:place>/reviewed/", imports.import_reviewed, name="import_reviewed"),
]
