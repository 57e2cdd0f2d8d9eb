"""Files that went out, and answers that came in."""

from django.db.models import Count, QuerySet, Sum

from billing.models import InboundFile, Submission, SubmittedClaim
from billing.states import InboundState
from infusion_center.places.models import Site

NEWEST = 50


def submissions(site: Site) -> QuerySet[Submission]:
    """Finished files, newest first, with what they carry; the text stays in the database."""
    carried = {"carries": Count("claims"), "money": Sum("claims__claim__total")}
    finished = Submission.objects.filter(site=site).exclude(digest="").defer("text")
    return finished.select_related("made_by").annotate(**carried).order_by("-made_at", "-pk")


def with_text(site: Site) -> QuerySet[Submission]:
    """Finished files that may be fetched."""
    return Submission.objects.filter(site=site).exclude(text="")


def carried_by(submission: Submission) -> QuerySet[SubmittedClaim]:
    return submission.claims.select_related("claim__patient").order_by("pk")


def answers() -> QuerySet[InboundFile]:
    """Newest first, without their bytes."""
    return (
        InboundFile.objects.defer("raw")
        .select_related("submission", "received_by")
        .order_by("-received_at", "-pk")
    )


def kept_aside() -> QuerySet[InboundFile]:
    """What matched nothing of ours or could not be read: somebody has to look."""
    return answers().exclude(state=InboundState.MATCHED)
