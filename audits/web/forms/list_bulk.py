from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audits.models import Client
from audits.queries import (
    ai_model,
    assignees,
    audit,
    checklist,
    dataset,
    members,
    plan,
    report,
    tool,
)
from audits.web.forms.audit_schedule import refuse_no_plan, rhythm_field
from audits.web.forms.checklist import PersonField
from audits.web.forms.fields import FILES, DateField, planned, ticks, why_asked


def verbs(*changes: str) -> forms.ChoiceField:
    """What can be done with ticked rows: these changes, or to take the rows away as a file."""
    return forms.ChoiceField(
        choices=[(verb, verb) for verb in (*changes, *FILES)],
        error_messages={"required": _("Choose what to do.")},
    )


def ticked_rows(label: Any) -> "forms.ModelMultipleChoiceField[Any]":  # noqa: ANN401 - a lazy text
    """The rows that are ticked, at least one; which there are comes with the form."""
    return forms.ModelMultipleChoiceField(
        queryset=None,
        label=label,
        error_messages={"required": _("Tick at least one row in the table.")},
    )


class BulkForm(forms.Form):
    """One thing to do to every row that is ticked; `rows` names the field of the ticks."""

    rows = ""
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: object, *, queryset: Any) -> None:  # noqa: ANN401 - rows of any list
        super().__init__(data, auto_id="bulk_%s")  # type: ignore[arg-type]
        field = cast("forms.ModelMultipleChoiceField[Any]", self.fields[self.rows])
        field.queryset = queryset

    @cached_property
    def ticked(self) -> set[int]:
        return ticks(self.data, self.rows)

    def chosen(self) -> list[Any]:
        return list(self.cleaned_data[self.rows])


class ListForm(BulkForm):
    """The same for a list of one client; `listed` reads what can be ticked there."""

    def __init__(self, data: object, *, client: Client) -> None:
        super().__init__(data, queryset=self.listed(client))

    @staticmethod
    def listed(client: Client) -> Any:  # noqa: ANN401 - rows of any list
        raise NotImplementedError


def _by_name(client: Client) -> Any:  # noqa: ANN401 - a queryset
    return ai_model.of_client(client).order_by("name", "pk")


class ModelsForm(ListForm):
    """What is done with ticked models."""

    rows = "models"
    listed = staticmethod(_by_name)
    do = verbs("owner", "review", "audit", "schedule", "retire")
    models = ticked_rows(_("Models"))
    owner = forms.CharField(label=_("Owner"), max_length=200, required=False)
    review = DateField(label=_("Next review"), required=False)
    rhythm = rhythm_field()
    first = DateField(label=_("First audit on"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("do") == "review" and "review" not in self.errors:
            day = given.get("review")
            if day is None or day < timezone.localdate():
                self.add_error("review", _("Choose a day from today on."))
        if given.get("do") == "schedule":
            refuse_no_plan(self)
        return given


class ToolsForm(ListForm):
    """What is done with ticked AI tools."""

    rows = "tools"
    listed = staticmethod(tool.of_client)
    do = verbs("ask")
    tools = ticked_rows(_("AI tools"))
    reason = why_asked(forms.TextInput())


class AuditsForm(ListForm):
    """What is done with ticked audits."""

    rows = "audits"
    listed = staticmethod(audit.register)
    do = verbs("acknowledge")
    audits = ticked_rows(_("Audits"))


class DatasetsForm(ListForm):
    """Ticked datasets, to take away."""

    rows = "datasets"
    listed = staticmethod(dataset.of_client)
    do = verbs()
    datasets = ticked_rows(_("Datasets"))


class ReportsForm(ListForm):
    """Ticked reports of the archive, to take away as a list."""

    rows = "reports"
    listed = staticmethod(report.of_client)
    do = verbs()
    reports = ticked_rows(_("Reports"))


class PeopleForm(ListForm):
    """Ticked people of a client, to take away."""

    rows = "picked"
    listed = staticmethod(members.people_of)
    do = verbs()
    picked = ticked_rows(_("People"))


class HouseForm(BulkForm):
    """Ticked rows of a list of the provider, to take away."""

    rows = "picked"
    do = verbs()
    picked = ticked_rows(_("Rows"))


class ActionsForm(BulkForm):
    """What is done with ticked actions of a plan."""

    rows = "items"
    do = verbs("assign", "due", "done")
    items = ticked_rows(_("Actions"))
    who = PersonField(label=_("Owner"))
    until = DateField(label=_("Due"), required=False)
    reason = forms.CharField(label=_("What was done"), max_length=500, required=False)

    def clean_until(self) -> Any:  # noqa: ANN401 - a day, or none
        return planned(self, "until")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("do") == "done" and not given.get("reason", "").strip():
            self.add_error("reason", _("Say what was done: it stands beside the answer."))
        return given


class PlanForm(ActionsForm, ListForm):
    """The same in the plan of one client, for its people and the provider's."""

    listed = staticmethod(checklist.plain_of_client)

    def __init__(self, data: object, *, client: Client) -> None:
        super().__init__(data, client=client)
        people = assignees.of_client(client)
        cast("PersonField", self.fields["who"]).offer(people, client=client)


class PlansForm(ActionsForm):
    """The same in the plan of every client, for the provider's people."""

    def __init__(self, data: object, *, provider_id: int) -> None:
        super().__init__(data, queryset=plan.everywhere().select_related("client"))
        people = assignees.of_provider(provider_id)
        cast("PersonField", self.fields["who"]).offer_colleagues(people)
