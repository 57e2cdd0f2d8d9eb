"""Every route says who may open it; the allow-list names only routes that exist."""

from django.urls import URLPattern, URLResolver, get_resolver

from infusion_center.accounts.permissions import GRANTS, Can, Role

# Doors that strangers may knock at, and why.
PUBLIC = {
    "account_login",  # the sign-in page itself
    "account_logout",
    "account_signup",  # closed by StaffAdapter: says so
    "account_inactive",
    "account_reauthenticate",
    "account_confirm_login_code",
    "account_change_password",
    "account_set_password",
    "account_email",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "icon",  # a picture
    "visits:sheet",  # for a patient with a signed link, who says when they were born
    "healthz",  # for the proxy; says only ok or down
}
# Guarded by their own library: sign-in required by allauth, staff flag by the admin.
OWN_GUARD = ("mfa_", "admin:")


def routes(patterns=None, prefix="", namespace=""):
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or prefix + str(entry.pattern)}", entry.callback


def declared(view):
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return (
        getattr(view, "requires", None)
        or getattr(cls, "requires", None)
        or getattr(view, "initkwargs", {}).get("requires")
    )


def test_every_door_says_who_may_open_it():
    silent = {name for name, view in routes() if not declared(view) and not name.startswith(OWN_GUARD)}
    assert silent - PUBLIC == set()


def test_the_allow_list_names_only_doors_that_exist():
    assert PUBLIC - {name for name, _ in routes()} == set()


def test_what_a_door_requires_is_an_ability():
    for name, view in routes():
        needed = declared(view)
        for ability in needed.values() if isinstance(needed, dict) else [needed] if needed else []:
            assert isinstance(ability, Can), name


def test_every_ability_is_granted_to_a_role_and_every_role_has_some():
    granted = set().union(*GRANTS.values())
    assert set(Can) - granted == set()
    assert set(GRANTS) == set(Role)
