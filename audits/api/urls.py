"""`/api/v1/`: the client is named by the address alone, so that the scope is the client's."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import IsAuthenticated

from audits.api import description  # noqa: F401 - the schema learns of tokens
from audits.api.ai_model import ModelEndpoint
from audits.api.audit import AuditEndpoint
from audits.api.checklist import ChecklistEndpoint
from audits.api.client import ClientEndpoint
from audits.api.dataset import DatasetEndpoint
from audits.api.tool import ToolEndpoint

app_name = "api"

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path(
        "schema/",
        SpectacularJSONAPIView.as_view(permission_classes=[IsAuthenticated]),
        name="schema",
    ),
    path("clients/", ClientEndpoint.as_view(LIST), name="clients"),
    path("clients/<slug:slug>/", ClientEndpoint.as_view(ONE), name="client"),
    path("clients/<slug:slug>/models/", ModelEndpoint.as_view(LIST), name="models"),
    path("clients/<slug:slug>/models/<int:pk>/", ModelEndpoint.as_view(ONE), name="model"),
    path("clients/<slug:slug>/datasets/", DatasetEndpoint.as_view(LIST), name="datasets"),
    path("clients/<slug:slug>/datasets/<int:pk>/", DatasetEndpoint.as_view(ONE), name="dataset"),
    path("clients/<slug:slug>/tools/", ToolEndpoint.as_view(LIST), name="tools"),
    path("clients/<slug:slug>/tools/<int:pk>/", ToolEndpoint.as_view(ONE), name="tool"),
    path("clients/<slug:slug>/checklist/", ChecklistEndpoint.as_view(LIST), name="checklist"),
    path(
        "clients/<slug:slug>/audits/",
        AuditEndpoint.as_view({**LIST, "post": "create"}),
        name="audits",
    ),
    path("clients/<slug:slug>/audits/<int:pk>/", AuditEndpoint.as_view(ONE), name="audit"),
    path(
        "clients/<slug:slug>/audits/<int:pk>/cancel/",
        AuditEndpoint.as_view({"post": "cancel"}),
        name="audit_cancel",
    ),
]
