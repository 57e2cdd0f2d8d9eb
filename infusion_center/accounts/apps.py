from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "infusion_center.accounts"
    label = "accounts"
