from typing import ClassVar

from django.db import models


class ReportSeal(models.Model):
    """What shows that a PDF came from here: digests alone, so that anybody may ask.

    It names no client, no report and no person, and none can be told from it: `code` is the digest
    of the code that the pages carry, `pdf` that of the finished file, empty until it is made.
    """

    code = models.CharField(max_length=64, unique=True)
    pdf = models.CharField(max_length=64, blank=True, db_index=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"seal {self.pk}"
