from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.access import Actor
from audits.enums import TOOL_DECISIONS, DataClass, ToolDecision
from audits.models import AITool
from audits.queries import tool as tools
from audits.queries.review import Bounds
from audits.queries.tool import ToolRow
from audits.queries.vendor import SheetRow
from audits.services.tool_decision import Wish
from audits.web.forms.client_group import PickMany
from audits.web.forms.fields import DateField, why_asked

_MEANS = {
    ToolDecision.APPROVE: gettext_lazy("may be used with the data that goes in"),
    ToolDecision.APPROVE_LISTED: gettext_lazy("may be used, with the kinds of data listed below"),
    ToolDecision.RESTRICT: gettext_lazy("public data only"),
    ToolDecision.REJECT: gettext_lazy("must not be used"),
}


class AskForm(forms.Form):
    """Why a new decision is asked for."""

    reason = why_asked(forms.Textarea(attrs={"rows": 3}))


class ToolDecisionForm(forms.Form):
    """A decision: how far it goes, on which conditions, until when."""

    decision = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Data that may go in"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        help_text=gettext_lazy("Only where listed data is approved."),
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The people of the client read them beside the decision."),
    )
    review_on = DateField(label=gettext_lazy("Next review"))

    def __init__(
        self,
        data: object,
        *,
        sheet: SheetRow | None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__(data, initial=_usual(sheet, bounds))  # type: ignore[arg-type]
        allowed = bounds.decisions if bounds is not None else list(TOOL_DECISIONS)
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            (one.value, f"{one.label}: {_MEANS[one]}") for one in reversed(allowed)
        ]
        listed = bounds.data if bounds is not None else list(DataClass)
        self.fields["kinds"].choices = [(one.value, one.label) for one in listed]  # type: ignore[attr-defined]
        if ToolDecision.APPROVE_LISTED not in allowed:
            del self.fields["kinds"]

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            decision=ToolDecision(given["decision"]),
            review_on=given["review_on"],
            data=tuple(DataClass(one) for one in given.get("kinds", [])),
            conditions=given["conditions"].strip(),
        )


def _usual(sheet: SheetRow | None, bounds: Bounds | None) -> dict[str, Any]:
    """What stands in an empty form: the provider's usual decision, as far as it may go here."""
    until = _until(sheet, bounds)
    if sheet is None:
        return {"review_on": until}
    usual: dict[str, Any] = {"review_on": until, "conditions": sheet.sheet.default_conditions}
    if bounds is None or sheet.sheet.default_decision in bounds.decisions:
        usual["decision"] = sheet.sheet.default_decision
        usual["kinds"] = sheet.sheet.default_data
    return usual


def _until(sheet: SheetRow | None, bounds: Bounds | None) -> date:
    """The last day that may be named: the end of the review, else in half a year."""
    if bounds is not None and bounds.found is not None:
        return bounds.until
    if sheet is not None and sheet.standing is not None and sheet.next_review is not None:
        return sheet.next_review
    return timezone.localdate() + timedelta(days=182)


class ToolsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Tools of several clients to tick, each with what holds there now."""

    def __init__(self, rows: Iterable[ToolRow], users: QuerySet[AITool], actor: Actor) -> None:
        super().__init__(queryset=users, widget=PickMany, label=gettext_lazy("Clients"))
        self.rows = {row.tool.pk: row for row in rows}
        self.actor = actor
        self.choices = [(pk, self.label_from_instance(row.tool)) for pk, row in self.rows.items()]

    def label_from_instance(self, obj: AITool) -> str:
        row = self.rows[obj.pk]
        parts = [obj.client.name, str(obj.get_data_class_display())]
        if obj.name != (row.sheet.sheet.product if row.sheet else obj.name):
            parts.insert(1, obj.name)
        # The label of no decision speaks of the review, which may well be done.
        open_ = obj.decision == ToolDecision.UNDECIDED
        parts.append(_("nothing decided yet") if open_ else ToolDecision(obj.decision).done)
        if obj.requested_by_id == self.actor.user.pk:
            parts.append(_("asked for by you: somebody else decides"))
        return " · ".join(parts)


class ManyDecisionsForm(ToolDecisionForm):
    """The same decision for several clients."""

    field_order = ("tools", "decision", "kinds", "conditions", "review_on")

    def __init__(
        self, data: object, *, sheet: SheetRow, users: QuerySet[AITool], actor: Actor
    ) -> None:
        super().__init__(data, sheet=sheet)
        rows = tools.rows_of(users, with_sheets=True)
        field = ToolsField(rows, users, actor)
        field.initial = [
            row.tool.pk
            for row in rows
            if row.tool.decision == ToolDecision.UNDECIDED
            and row.tool.requested_by_id != actor.user.pk
        ]
        self.fields["tools"] = field
        self.order_fields(self.field_order)
