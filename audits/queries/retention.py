"""Until when records are kept, and how near that day is."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from audits.models import Client, Dataset, DatasetVersion, ModelVersion

WARNED_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The last day of a dataset's records, and how many days are left before it is over."""

    until: date
    days_left: int

    @property
    def is_near(self) -> bool:
        return self.days_left <= WARNED_DAYS

    @property
    def is_over(self) -> bool:
        return self.days_left < 0


def ending_of(dataset: Dataset) -> Ending | None:
    """None where no day is set, or the records are gone already."""
    if dataset.retain_until is None or dataset.records_deleted_at is not None:
        return None
    left = (dataset.retain_until - timezone.localdate()).days
    return Ending(until=dataset.retain_until, days_left=left)


def holding(dataset: Dataset) -> list[ModelVersion]:
    """Versions of models that keep the rows they learned from, where those are of the dataset."""
    linked = Q(trained_on__dataset=dataset) | Q(audits__dataset_version__dataset=dataset)
    rows = ModelVersion.objects.filter(linked, facts__stores_rows=True, file__isnull=False)
    return list(rows.select_related("model").distinct().order_by("model__name", "number"))


def what_goes(dataset: Dataset) -> dict[str, Any]:
    """What a deletion of the records takes: their versions, and files of models that hold them."""
    versions = DatasetVersion.objects.filter(dataset=dataset).order_by("-number")
    return {"versions": list(versions), "holding": holding(dataset)}


def ending_soon(client: Client) -> list[Dataset]:
    """Datasets of the client whose records are deleted within the days of the warning."""
    last = timezone.localdate() + timedelta(days=WARNED_DAYS)
    rows = Dataset.objects.filter(client=client, records_deleted_at=None, retain_until__lte=last)
    return list(rows.order_by("retain_until", "name"))


def due() -> list[tuple[int, int, int]]:
    """Dataset, client and provider wherever the day may be over: somewhere it is tomorrow."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    rows = Dataset.objects.filter(records_deleted_at=None, retain_until__lt=tomorrow)
    return list(rows.order_by("pk").values_list("pk", "client_id", "provider_id"))


def versions_due() -> list[tuple[int, int, int]]:
    """Version, client and provider wherever the last day of a file may be over."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    rows = ModelVersion.objects.filter(file_deleted_at=None, retain_until__lt=tomorrow)
    return list(rows.order_by("pk").values_list("pk", "client_id", "provider_id"))
