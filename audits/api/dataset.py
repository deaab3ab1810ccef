from typing import ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from audits.api.doors import RowsEndpoint
from audits.models import Dataset, DatasetVersion
from audits.queries import dataset as datasets


class DatasetVersionSerializer(ModelSerializer[DatasetVersion]):
    class Meta:
        model = DatasetVersion
        fields: ClassVar = [
            "id",
            "number",
            "target",
            "drop",
            "group",
            "weight",
            "subgroups",
            "split",
            "members",
            "nonmembers",
            "column_kinds",
            "columns_confirmed_at",
            "created_at",
        ]


class DatasetSerializer(ModelSerializer[Dataset]):
    versions = DatasetVersionSerializer(many=True)

    class Meta:
        model = Dataset
        fields: ClassVar = [
            "id",
            "name",
            "description",
            "data_class",
            "impact",
            "reveals",
            "owner_name",
            "impact_decided_at",
            "retain_until",
            "records_deleted_at",
            "created_at",
            "versions",
        ]


class DatasetEndpoint(RowsEndpoint[Dataset]):
    """Datasets of the client with their versions, newest first."""

    serializer_class = DatasetSerializer
    look = "dataset.view"

    def rows(self) -> models.QuerySet[Dataset]:
        return datasets.with_versions(self.client)

    @extend_schema(operation_id="datasets_list")
    def list(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        return self.get_paginated_response(DatasetSerializer(self.page(), many=True).data)

    @extend_schema(operation_id="datasets_retrieve")
    def retrieve(self, request: Request, slug: str, pk: int) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(DatasetSerializer(self.opened(pk)).data)
