from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from audits import access
from audits.api.doors import RowsEndpoint, actor_of
from audits.enums import JobState, Preset, Split, StartedBy
from audits.models import Audit, Client
from audits.queries import ai_model as ai_models
from audits.queries import audit as audits
from audits.queries import dataset as datasets
from audits.services import audit as service

MAX_SEED = 2**63 - 1


class ProgressSerializer(serializers.Serializer[Any]):
    """How the work stands: from its row, never a guess."""

    state = serializers.ChoiceField(choices=JobState.choices)
    step = serializers.IntegerField()
    steps = serializers.IntegerField()
    step_name = serializers.CharField()
    cause = serializers.CharField()
    remedy = serializers.CharField()
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class AuditSerializer(serializers.ModelSerializer[Audit]):
    """One measurement; `badge` is the rating on the day of the result, the model's is today's."""

    model = serializers.IntegerField(source="model_version.model_id")
    model_name = serializers.CharField(source="model_version.model.name")
    dataset = serializers.IntegerField(
        source="dataset_version.dataset_id", allow_null=True, default=None
    )
    retry_of = serializers.IntegerField(source="repeats", allow_null=True, read_only=True)
    progress = ProgressSerializer(source="job")

    class Meta:
        model = Audit
        fields: ClassVar = [
            "id",
            "model",
            "model_name",
            "model_version",
            "dataset",
            "dataset_version",
            "preset",
            "split",
            "seed",
            "created_at",
            "retry_of",
            "progress",
            "outcome",
            "reached",
            "ceiling",
            "grade",
            "badge",
            "completed_at",
        ]


class AuditDetailSerializer(AuditSerializer):
    """With the whole result; null while there is none, and for those who may not see it.

    `retry_of` is the audit that this one measures once more, `retried_by` are those after it.
    """

    retried_by = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField()

    class Meta(AuditSerializer.Meta):
        fields: ClassVar = [*AuditSerializer.Meta.fields, "retried_by", "document"]

    def get_retried_by(self, audit: Audit) -> list[int]:
        return audits.runs_again(audit)

    def get_document(self, audit: Audit) -> dict[str, Any] | None:
        if not access.may(self.context["actor"], "technical.view", audit):
            return None
        document: dict[str, Any] | None = audit.document
        return document


@extend_schema_field(OpenApiTypes.INT)
class OwnVersion(serializers.PrimaryKeyRelatedField[Any]):
    """A version of the client in the address; any other one does not exist."""

    def __init__(self, rows: Callable[[Client], models.QuerySet[Any]], **options: Any) -> None:  # noqa: ANN401 - the framework's options
        self.rows = rows
        super().__init__(**options)

    def get_queryset(self) -> models.QuerySet[Any]:
        return self.rows(self.context["client"])


class StartSerializer(serializers.Serializer[Audit]):
    """What to measure, on which records, how thoroughly."""

    model_version = OwnVersion(ai_models.auditable_versions)
    dataset_version = OwnVersion(datasets.auditable_versions, allow_null=True, default=None)
    preset = serializers.ChoiceField(choices=Preset.choices, default=Preset.STANDARD)
    split = serializers.ChoiceField(choices=Split.choices, default=Split.UNKNOWN)
    seed = serializers.IntegerField(min_value=0, max_value=MAX_SEED, default=0)


class AuditEndpoint(RowsEndpoint[Audit]):
    """Audits of the client; start one, follow it, stop it, read its result."""

    serializer_class = AuditSerializer
    look = "audit.view"
    doors: ClassVar[dict[str, str]] = {"create": "audit.start", "cancel": "audit.cancel"}

    def rows(self) -> models.QuerySet[Audit]:
        return audits.of_client(self.client).order_by("-pk")

    def _detail(self, audit: Audit) -> dict[str, Any]:
        return AuditDetailSerializer(audit, context={"actor": actor_of(self.request)}).data

    @extend_schema(operation_id="audits_list")
    def list(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        page = self.paginate_queryset(self.rows().defer("document"))
        return self.get_paginated_response(AuditSerializer(page, many=True).data)

    @extend_schema(operation_id="audits_retrieve", responses=AuditDetailSerializer)
    def retrieve(self, request: Request, slug: str, pk: int) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(self._detail(self.opened(pk)))

    @extend_schema(
        operation_id="audits_start", request=StartSerializer, responses={201: AuditDetailSerializer}
    )
    def create(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        asked = StartSerializer(data=request.data, context={"client": self.client})
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        audit = service.request(
            client=self.client,
            actor=actor_of(request).user,
            version=given["model_version"],
            data=given["dataset_version"],
            preset=Preset(given["preset"]),
            split=Split(given["split"]),
            seed=given["seed"],
            started_by=StartedBy.API,
        )
        return Response(self._detail(audit), status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="audits_cancel", request=None, responses=AuditDetailSerializer)
    def cancel(self, request: Request, slug: str, pk: int) -> Response:  # noqa: ARG002 - the framework's signature
        audit = service.cancel(audit=self.opened(pk), actor=actor_of(request).user)
        return Response(self._detail(audit))
