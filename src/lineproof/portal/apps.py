"""The holder's door as a Django app; it has no tables."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The pages where a holder sees the lines in their name."""

    name = "lineproof.portal"
    label = "portal"
