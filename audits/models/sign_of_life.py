from typing import ClassVar

from django.db import models

from audits.enums import SignKind


class SignOfLife(models.Model):
    """When a program of this installation was last heard of, or the last backup was made."""

    kind = models.CharField(max_length=10, choices=SignKind)
    # Of a worker: the name it goes by; the others have none.
    name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["kind", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "name"], name="signoflife_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}".strip()
