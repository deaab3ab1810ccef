from typing import ClassVar

from django.db import models


class Removal(models.Model):
    """Stored bytes whose row is gone and which are still to go; the name leads to nobody."""

    name = models.CharField(max_length=100, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["attempts", "id"]

    def __str__(self) -> str:
        return self.name
