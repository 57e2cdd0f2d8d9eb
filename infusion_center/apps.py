from django.apps import AppConfig


class InfusionCenterConfig(AppConfig):
    name = "infusion_center"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from infusion_center import checks  # noqa: F401 - importing it registers the checks
