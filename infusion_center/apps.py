from django.apps import AppConfig

from infusion_center.shared.later import done_without, imported_later

# What passkeys are checked with: 11 MB of every process, for a day when somebody signs in with one.
PASSKEYS = "allauth.mfa.webauthn.internal.auth"
# anymail's: 5 MB that DRF would load for a test client of its own.
REQUESTS = "requests"


class InfusionCenterConfig(AppConfig):
    name = "infusion_center"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from infusion_center import checks  # noqa: F401 - importing it registers the checks

        imported_later(PASSKEYS)
        with done_without(REQUESTS):
            import rest_framework.compat  # noqa: F401 - looks once whether it is there
