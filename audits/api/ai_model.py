from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.doors import RowsEndpoint
from audits.enums import Outcome, RatingBadge
from audits.models import AIModel, ModelVersion
from audits.queries import ai_model as ai_models
from audits.queries import authorisation, risk
from audits.queries.risk import ModelRisk


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    class Meta:
        model = ModelVersion
        fields: ClassVar = ["id", "number", "kind", "family", "note", "trained_on", "created_at"]


class RatingSerializer(serializers.Serializer[ModelRisk]):
    """The rating of a model as it stands today."""

    badge = serializers.ChoiceField(choices=RatingBadge.choices)
    likelihood = serializers.IntegerField(source="rating.likelihood", allow_null=True)
    impact = serializers.IntegerField(source="rating.impact")
    deadline_days = serializers.IntegerField(source="rating.deadline_days", allow_null=True)
    audit = serializers.IntegerField(source="audit.pk", allow_null=True, default=None)
    outcome = serializers.ChoiceField(
        choices=Outcome.choices, source="audit.outcome", allow_null=True, default=None
    )
    completed_at = serializers.DateTimeField(
        source="audit.completed_at", allow_null=True, default=None
    )


class ModelFieldsSerializer(serializers.ModelSerializer[AIModel]):
    class Meta:
        model = AIModel
        fields: ClassVar = [
            "id",
            "name",
            "purpose",
            "people",
            "owner_name",
            "origin",
            "hosting",
            "hosted_by",
            "impact",
            "reveals",
            "exposure",
            "outputs",
            "dp_unit",
            "dp_epsilon",
            "dp_delta",
            "dp_source",
            "lifecycle",
            "next_review",
            "created_at",
        ]


class ModelSerializer(ModelFieldsSerializer):
    """A model with its newest version, its rating and until when it may be audited."""

    newest_version = ModelVersionSerializer(allow_null=True)
    rating = RatingSerializer()
    auditable_until = serializers.DateField(allow_null=True)

    class Meta(ModelFieldsSerializer.Meta):
        fields: ClassVar = [
            *ModelFieldsSerializer.Meta.fields,
            "newest_version",
            "rating",
            "auditable_until",
        ]

    def to_representation(self, instance: ModelRisk) -> dict[str, object]:  # type: ignore[override]
        return {
            **ModelFieldsSerializer(instance.model).data,
            "newest_version": (
                ModelVersionSerializer(instance.version).data
                if instance.version is not None
                else None
            ),
            "rating": RatingSerializer(instance).data,
            "auditable_until": self.context["last_days"].get(instance.model.pk),
        }


def _context(shown: Sequence[AIModel]) -> dict[str, object]:
    return {"last_days": authorisation.last_days(shown)}


class ModelEndpoint(RowsEndpoint[AIModel]):
    """Models of the client, each with its newest version and its rating."""

    serializer_class = ModelSerializer
    look = "model.view"

    def rows(self) -> models.QuerySet[AIModel]:
        return ai_models.of_client(self.client)

    @extend_schema(operation_id="models_list")
    def list(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        page = self.page()
        rated = {found.model.pk: found for found in risk.risks_of(page)}
        shown = [rated[model.pk] for model in page]
        return self.get_paginated_response(
            ModelSerializer(shown, many=True, context=_context(page)).data  # type: ignore[arg-type]
        )

    @extend_schema(operation_id="models_retrieve")
    def retrieve(self, request: Request, slug: str, pk: int) -> Response:  # noqa: ARG002 - the framework's signature
        model = self.opened(pk)
        found = ai_models.risk_of(model)
        return Response(ModelSerializer(found, context=_context([model])).data)  # type: ignore[arg-type]
