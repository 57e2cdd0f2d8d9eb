"""Claims, the files they leave in, and the answers that come back."""

from django.urls import path

from billing.views import answers, claims, diagnoses, submissions

app_name = "billing"

urlpatterns = [
    path("", claims.claims, name="claims"),
    path("group/<str:group>/", claims.claims, name="claims_in"),
    path("files/", submissions.submissions, name="submissions"),
    path("files/make/", submissions.make, name="make_batch"),
    path("files/<uuid:key>/", submissions.submission, name="submission"),
    path("files/<uuid:key>/download/", submissions.download, name="download"),
    path("answers/", answers.answers, name="answers"),
    path("<uuid:key>/", claims.claim, name="claim"),
    path("<uuid:key>/code/", claims.code, name="code"),
    path("<uuid:key>/rendering/", claims.rendering, name="rendering"),
    path("<uuid:key>/holds/<int:pk>/clear/", claims.clear, name="clear_hold"),
    path("<uuid:key>/diagnoses/", diagnoses.change, name="diagnoses"),
    path("<uuid:key>/diagnoses/search/", diagnoses.search, name="search_diagnoses"),
]
