"""A collection as a syncable model; its partition is the group's."""

from django.db.models import IntegerField, TextField
from morango.models.core import SyncableModel


class Receipt(SyncableModel):
    """One collection. Lines are JSON in a text field."""

    morango_profile = "bench"
    morango_model_name = "receipt"

    root = TextField(blank=True, default="")
    group = TextField(blank=True, default="")
    receipt = IntegerField()
    member = IntegerField()
    value_date = IntegerField()
    due_to = IntegerField()
    lines = TextField()
    savings = TextField()

    morango_fields_not_to_serialize = ("root", "group")

    def calculate_source_id(self, *_: object) -> str:
        """What makes it itself inside its group."""
        return f"{self.receipt:05d}"

    def calculate_partition(self, *_: object) -> str:
        """Root certificate and group."""
        return f"{self.root}:{self.group}"
