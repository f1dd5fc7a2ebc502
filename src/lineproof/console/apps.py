"""The reviewers' door as a Django app; it has no tables."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The pages where reviewers open the photographs of a case."""

    name = "lineproof.console"
    label = "console"
