from typing import ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import GenericViewSet

from audits import access
from audits.api.doors import actor_of
from audits.models import Client
from audits.queries import client as clients


class ClientSerializer(ModelSerializer[Client]):
    class Meta:
        model = Client
        fields: ClassVar = [
            "slug",
            "name",
            "industry",
            "contact_name",
            "contact_email",
            "time_zone",
            "locale",
            "state",
            "created_at",
        ]


class ClientEndpoint(GenericViewSet[Client]):
    """The clients that you may open."""

    serializer_class = ClientSerializer
    lookup_field = "slug"
    door = "client.view"

    def rows(self) -> models.QuerySet[Client]:
        return clients.in_scope()

    @extend_schema(operation_id="clients_list")
    def list(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        page = self.paginate_queryset(self.rows())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="clients_retrieve")
    def retrieve(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the middleware opened it
        client = request.client  # type: ignore[attr-defined]
        access.require(actor_of(request), self.door, client)
        return Response(self.get_serializer(client).data)
