from typing import cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits import access
from audits.access import Actor
from audits.enums import ReportKind
from audits.models import Client
from audits.queries import client as clients
from audits.queries import report_periods as periods
from audits.services.fleet_work import Asked
from audits.web.forms.fields import choose

KINDS = (ReportKind.OWNER_SUMMARY, ReportKind.QUARTER, ReportKind.TECHNICAL)


class ClientsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Client) -> str:
        return obj.name


class BulkReportForm(forms.Form):
    """One kind of report for several clients, and of which quarter."""

    clients = ClientsField(
        label=_("Clients"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one client.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind of report"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.RadioSelect,
        initial=ReportKind.OWNER_SUMMARY.value,
        help_text=_("Owner summary and appendix are about the worst-rated model of each client."),
    )
    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        help_text=_(
            "The quarter that a quarterly review is about. In an owner summary: the time that"
            " “What your provider did” tells of."
        ),
    )
    held = forms.BooleanField(
        label=_("Hold for review"),
        required=False,
        help_text=_("Nobody at the client reads it until somebody has looked at it and sent it."),
    )

    def __init__(self, data: object, *, actor: Actor, ticked: list[int] | None = None) -> None:
        super().__init__(data, initial={"clients": ticked or []})  # type: ignore[arg-type]
        field = cast("ClientsField", self.fields["clients"])
        field.queryset = clients.active(access.provider_of(actor))
        listed = [(one.key, one.label) for one in periods.newest(timezone.localdate())]
        choose(self.fields["period"], [("", _("The last three months")), *listed], blank=False)

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("kind") == ReportKind.QUARTER and not given.get("period"):
            self.add_error("period", _("Choose the quarter that the review is of."))
        return given

    def asked(self) -> Asked:
        given = self.cleaned_data
        kind = ReportKind(given["kind"])
        # An appendix says nothing about a time: only its audit counts.
        period = "" if kind == ReportKind.TECHNICAL else given["period"]
        return Asked(kind=kind, period=period, held=given["held"])
