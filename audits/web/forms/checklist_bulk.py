from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import Section
from audits.models import ChecklistItem, Client
from audits.queries import checklist
from audits.queries.assignees import Assignees
from audits.web.forms import list_bulk
from audits.web.forms.checklist import PersonField
from audits.web.forms.fields import DateField, planned


class BulkForm(list_bulk.BulkForm):
    """One thing to do to every ticked control, and to those of every ticked section."""

    rows = "items"
    items = forms.ModelMultipleChoiceField(  # type: ignore[var-annotated]
        label=_("Controls"), queryset=None, required=False
    )
    sections = forms.MultipleChoiceField(label=_("Sections"), choices=Section, required=False)
    do = list_bulk.verbs("assign", "due", "leave_out")
    owner = PersonField(label=_("Owner"))
    due = DateField(label=_("Due"), required=False)
    reason = forms.CharField(label=_("Why they do not apply"), max_length=500, required=False)

    def __init__(self, data: object, *, client: Client, people: Assignees) -> None:
        super().__init__(data, queryset=checklist.plain_of_client(client))
        self.client = client
        cast("PersonField", self.fields["owner"]).offer(people, client=client)

    def clean_due(self) -> date | None:
        return planned(self, "due")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("items") and not given.get("sections") and not self.errors:
            raise forms.ValidationError(_("Tick at least one control, or a whole section."))
        if given.get("do") == "leave_out" and not given.get("reason", "").strip():
            self.add_error("reason", _("Say why they do not apply."))
        return given

    @property
    def ticked_sections(self) -> list[str]:
        return self.data.getlist("sections") if isinstance(self.data, QueryDict) else []

    def chosen(self) -> list[ChecklistItem]:
        """Every control that was ticked, by itself or with its section; one of each."""
        ticked = {item.pk: item for item in self.cleaned_data["items"]}
        sections = set(self.cleaned_data["sections"])
        for row in checklist.rows(self.client) if sections else ():
            if row.section in sections and row.is_open:
                ticked.setdefault(row.item.pk, row.item)
        return list(ticked.values())
