from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.doors import RowsEndpoint
from audits.enums import Answer, Treatment, WorkStatus
from audits.models import ChecklistItem
from audits.queries import checklist as checklists


class ChecklistRowSerializer(serializers.Serializer[Any]):
    """One control of the catalogue that applies to the client, and how it stands.

    `answer` is what was given; `counts_as` what counts of it, since “not applicable” does once
    another person has confirmed it.
    """

    control = serializers.CharField(source="item.control")
    title = serializers.CharField(source="control.title")
    answer = serializers.ChoiceField(choices=Answer.choices, source="item.answer")
    counts_as = serializers.ChoiceField(choices=Answer.choices, source="standing")
    reason = serializers.CharField(source="item.reason")
    status = serializers.ChoiceField(choices=WorkStatus.choices, source="item.status")
    decided = serializers.ChoiceField(
        choices=Treatment.choices, source="item.decided", allow_blank=True
    )
    because = serializers.CharField()
    is_action = serializers.BooleanField()
    is_retired = serializers.BooleanField()
    owner = serializers.CharField()
    due = serializers.DateField(source="item.due", allow_null=True)
    overdue = serializers.BooleanField()
    priority = serializers.FloatField(source="item.priority")
    evidence = serializers.IntegerField()
    newest_evidence = serializers.DateField(allow_null=True)
    comments = serializers.IntegerField()
    answered_at = serializers.DateTimeField(source="item.answered_at", allow_null=True)


class ChecklistEndpoint(RowsEndpoint[ChecklistItem]):
    """The client's checklist: every control that applies, what matters most first."""

    serializer_class = ChecklistRowSerializer
    look = "checklist.view"

    def rows(self) -> models.QuerySet[ChecklistItem]:
        return checklists.of_client(self.client).order_by("-priority", "control")

    @extend_schema(operation_id="checklist_list")
    def list(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - the framework's signature
        shown = checklists.joined(self.page())
        return self.get_paginated_response(ChecklistRowSerializer(shown, many=True).data)
