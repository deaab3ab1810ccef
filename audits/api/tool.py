from typing import ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from audits.api.doors import RowsEndpoint
from audits.models import AITool
from audits.queries import tool as tools


class ToolSerializer(ModelSerializer[AITool]):
    """A third-party AI tool and what was decided about it at this client."""

    class Meta:
        model = AITool
        fields: ClassVar = [
            "id",
            "name",
            "vendor",
            "category",
            "people",
            "data_class",
            "data_note",
            "trains_on_data",
            "requested_at",
            "in_review_since",
            "decision",
            "allowed_data",
            "conditions",
            "next_review",
            "created_at",
        ]


class ToolEndpoint(RowsEndpoint[AITool]):
    """Third-party AI tools of the client, by name."""

    serializer_class = ToolSerializer
    look = "tool.view"

    def rows(self) -> models.QuerySet[AITool]:
        return tools.of_client(self.client)

    @extend_schema(operation_id="tools_list")
    def list(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        return self.get_paginated_response(ToolSerializer(self.page(), many=True).data)

    @extend_schema(operation_id="tools_retrieve")
    def retrieve(self, request: Request, slug: str, pk: int) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(ToolSerializer(self.opened(pk)).data)
