"""The one Django app that owns every table."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The record."""

    name = "lineproof.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
