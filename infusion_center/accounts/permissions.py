"""Who may do what: one page. Abilities in the words of the floor, one table from role to abilities."""

from collections.abc import Callable
from enum import StrEnum, auto
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse


class Role(models.TextChoices):
    FRONT_DESK = "front_desk", "Front desk"
    NURSE = "nurse", "Nurse"
    PROVIDER = "provider", "Provider"
    AUTHORIZATION = "authorization", "Authorization desk"
    BILLER = "biller", "Billing"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"
    PHARMACIST = "pharmacist", "Pharmacist"
    MEDICAL_DIRECTOR = "medical_director", "Medical director"


class Can(StrEnum):
    SIGNED_IN = auto()  # any member of staff
    FIND_PATIENT = auto()
    REGISTER_PATIENT = auto()  # register, correct, coverage, contacts
    MERGE_PATIENTS = auto()
    IMPORT_PATIENTS = auto()
    READ_CHART = auto()
    RECORD_HISTORY = auto()  # allergies, conditions, home medications, weights
    SEE_BOARD = auto()
    BOOK_VISIT = auto()  # hold, book, cancel, check in, no-show, call list
    OVERBOOK = auto()
    SEAT_PATIENT = auto()
    CHART_VISIT = auto()  # start and stop, scores, vitals, discharge
    UNDO_MOVE = auto()
    WRITE_ORDER = auto()
    SIGN_ORDER = auto()
    SIGN_NOTE = auto()  # sign and co-sign the note of a visit, which locks its chart
    OVERRIDE_FINDING = auto()  # go on with a typed reason where the rules ask for one
    REVIEW_OVERRIDES = auto()  # the list of such reasons
    BROWSE_FORMULARY = auto()
    KEEP_RULE_BOOK = auto()  # drugs, limits, rules, regimens: edit, review, try
    SET_SWITCHES = auto()  # a drug on, ACLS and anesthesia at the site
    APPROVE_PROTOCOLS = auto()  # what a nurse may start before a provider has signed
    KEEP_STOCK = auto()
    SEE_CLAIMS = auto()
    CODE_CLAIM = auto()  # diagnoses, holds
    SEND_CLAIM = auto()  # batch, download, acknowledgements
    SEE_ACCESS_LOG = auto()
    MANAGE_SITE = auto()
    MANAGE_STAFF = auto()  # staff, sites and reference data, in the admin


_FLOOR = {Can.SIGNED_IN, Can.FIND_PATIENT, Can.READ_CHART, Can.SEE_BOARD, Can.BROWSE_FORMULARY}

GRANTS: dict[str, set[Can]] = {
    Role.FRONT_DESK: _FLOOR
    | {Can.REGISTER_PATIENT, Can.RECORD_HISTORY, Can.IMPORT_PATIENTS, Can.BOOK_VISIT, Can.UNDO_MOVE},
    Role.NURSE: _FLOOR
    | {
        Can.REGISTER_PATIENT,
        Can.RECORD_HISTORY,
        Can.BOOK_VISIT,
        Can.SEAT_PATIENT,
        Can.CHART_VISIT,
        Can.UNDO_MOVE,
        Can.KEEP_STOCK,
        Can.WRITE_ORDER,
    },
    Role.PROVIDER: _FLOOR
    | {
        Can.REGISTER_PATIENT,
        Can.RECORD_HISTORY,
        Can.BOOK_VISIT,
        Can.SEAT_PATIENT,
        Can.CHART_VISIT,
        Can.UNDO_MOVE,
        Can.WRITE_ORDER,
        Can.SIGN_ORDER,
        Can.SIGN_NOTE,
        Can.OVERRIDE_FINDING,
    },
    Role.AUTHORIZATION: _FLOOR | {Can.REGISTER_PATIENT, Can.SEE_CLAIMS},
    Role.BILLER: {
        Can.SIGNED_IN,
        Can.FIND_PATIENT,
        Can.READ_CHART,
        Can.BROWSE_FORMULARY,
        Can.SEE_CLAIMS,
        Can.CODE_CLAIM,
        Can.SEND_CLAIM,
    },
    Role.MANAGER: _FLOOR
    | {
        Can.REGISTER_PATIENT,
        Can.MERGE_PATIENTS,
        Can.IMPORT_PATIENTS,
        Can.BOOK_VISIT,
        Can.OVERBOOK,
        Can.UNDO_MOVE,
    }
    | {Can.KEEP_STOCK, Can.SEE_CLAIMS, Can.MANAGE_SITE},
    Role.ADMINISTRATOR: {
        Can.SIGNED_IN,
        Can.SEE_ACCESS_LOG,
        Can.MANAGE_SITE,
        Can.MANAGE_STAFF,
        Can.IMPORT_PATIENTS,
        Can.BROWSE_FORMULARY,
    },
    Role.PHARMACIST: _FLOOR
    | {Can.RECORD_HISTORY, Can.WRITE_ORDER, Can.KEEP_STOCK, Can.REVIEW_OVERRIDES, Can.KEEP_RULE_BOOK},
    Role.MEDICAL_DIRECTOR: _FLOOR
    | {Can.REVIEW_OVERRIDES, Can.KEEP_RULE_BOOK, Can.SET_SWITCHES, Can.APPROVE_PROTOCOLS},
}


def abilities(roles: list[str]) -> frozenset[Can]:
    """Everything that a person holding these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles if role in GRANTS))


View = Callable[..., HttpResponse]


def requires(ability: Can) -> Callable[[View], View]:
    """The guard of a door. Strangers go to the sign-in page, colleagues without the ability get 403.

    A part of a page is not swapped for a sign-in page: it is told 401, and its script asks for the password.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated and request.headers.get("HX-Request"):
                return HttpResponse("Sign in again.", status=401, content_type="text/plain")
            if not request.user.is_authenticated:
                return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
            if not request.user.can(ability):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.requires = ability  # type: ignore[attr-defined]  # read by `may_open`, the door test and the API
        return guarded

    return guard


def may_open(user: Any, address: str) -> bool:
    """Whether this person gets in at an address of ours, so that no page links to a closed door."""
    ability = getattr(resolve(address.partition("#")[0]).func, "requires", None)
    return ability is not None and user.can(ability)
