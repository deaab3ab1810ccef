"""Clients with rated models, made in a line each."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audits.models import AIModel, Audit, Client, ModelVersion
from tests import factories
from tests.guidance.audit_documents import make_document


def audited(
    client: Client,
    level: int | None,
    *,
    name: str = "Forecast",
    outcome: str | None = None,
    impact: int = 3,
    **values: Any,  # noqa: ANN401 - model fields
) -> AIModel:
    """A model whose first version was audited with this outcome."""
    model = factories.make_model(client, name, impact=impact, **values)
    measured(factories.make_model_version(model), level, outcome=outcome)
    return model


def measured(
    version: ModelVersion,
    level: int | None,
    *,
    outcome: str | None = None,
    days_ago: int = 0,
    **values: Any,  # noqa: ANN401 - audit fields
) -> Audit:
    """A finished audit; level None is a comparison that was not valid."""
    document = make_document(level, outcome=outcome)
    found = factories.finished(document) | {"completed_at": _past(days_ago)}
    model = version.model
    usual = {"impact": model.impact, "reveals": model.reveals, "exposure": model.exposure}
    return factories.make_audit(version, None, **usual | found | values)


def _past(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)
