from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "infusion_center.places"
    label = "places"
