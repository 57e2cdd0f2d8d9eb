from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "infusion_center.outbox"
    label = "outbox"
