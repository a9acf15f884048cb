"""The application, as Django loads it."""

from importlib import import_module

from django.apps import AppConfig


class Bench(AppConfig):
    """Its one model stands in ``receipt``."""

    name = "bench.sync.morango_app"
    default_auto_field = "django.db.models.AutoField"

    def import_models(self) -> None:
        """Load the model."""
        super().import_models()
        self.models_module = import_module(f"{self.name}.receipt")
