"""What measuring the models of a client once more would measure."""

from dataclasses import dataclass

from django.db.models import QuerySet

from audits.enums import Preset
from audits.models import AIModel, Audit, Client, ModelVersion
from audits.queries import risk


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A model in use, its newest version, and its newest finished audit, whose settings hold."""

    model: AIModel
    version: ModelVersion | None
    audit: Audit | None

    @property
    def has_newer_version(self) -> bool:
        """Whether that audit measured another version than the one that is in use now."""
        if self.audit is None or self.version is None:
            return False
        return self.audit.model_version_id != self.version.pk


def of_client(client: Client) -> list[Repeat]:
    """Every model in use by name, in three queries however many there are."""
    return _of(risk.in_use().filter(client=client))


def of_model(model: AIModel) -> Repeat | None:
    """The same of one model; None where it is not in use."""
    found = _of(risk.in_use().filter(pk=model.pk))
    return found[0] if found else None


def thorough(one: Repeat) -> Audit | None:
    """The newest thorough audit of the version, where only a quick one would be repeated."""
    if one.audit is None or one.has_newer_version or one.audit.preset != Preset.QUICK:
        return None
    finished = Audit.objects.filter(
        model_version=one.audit.model_version_id, completed_at__isnull=False
    )
    rows = finished.exclude(preset=Preset.QUICK).defer("document", "rating_trace")
    return rows.order_by("-completed_at", "-pk").first()


def _of(models: QuerySet[AIModel]) -> list[Repeat]:
    listed = list(models.order_by("name", "pk"))
    versions = risk.newest_versions(listed)
    finished = Audit.objects.filter(model_version__model__in=listed, completed_at__isnull=False)
    newest = (
        finished.defer("document")
        .select_related("client", "job", "model_version__model", "dataset_version__dataset")
        .order_by("model_version__model_id", "-completed_at", "-pk")
        .distinct("model_version__model_id")
    )
    audits = {row.model_version.model_id: row for row in newest}
    return [
        Repeat(model=model, version=versions.get(model.pk), audit=audits.get(model.pk))
        for model in listed
    ]
