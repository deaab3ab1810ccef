from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import SECTIONS_OF, ReportKind, ReportRhythm
from audits.models import Client, ReportSchedule
from audits.queries import report as reports
from audits.queries import report_readers
from audits.queries import report_schedule as schedules
from audits.services.client_list import is_address
from audits.services.report_schedule import People, Plan
from audits.web.forms.fields import DateField, choose
from audits.web.forms.report import ReadersField

_LONGEST = 2_000


class AddressesField(forms.CharField):
    """E-mail addresses, one a line."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own options
        widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})
        super().__init__(required=False, max_length=_LONGEST, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - Django's own
        text = super().clean(value).replace(",", "\n").replace(";", "\n")
        listed = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        wrong = [address for address in listed if not is_address(address)]
        if wrong:
            told = _("This is no e-mail address: %(text)s")
            raise ValidationError(told, code="invalid", params={"text": wrong[0]})
        return listed


class ScheduleForm(forms.Form):
    """What is made, how often, from which day on, for whom, and whether somebody looks first."""

    rhythm = forms.ChoiceField(label=_("How often"), choices=ReportRhythm)
    next_on = DateField(
        label=_("Next report on"),
        help_text=_("A day of the client's own time zone; the following ones count from it."),
    )
    sections = forms.MultipleChoiceField(
        label=_("What stands in it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Verdict, risk and limits always do."),
    )
    held = forms.BooleanField(
        label=_("Hold for review"),
        required=False,
        help_text=_(
            "The report waits until somebody of your team has looked at it and sent it. Without"
            " this it is sent by itself as soon as it is made."
        ),
    )
    readers = ReadersField(
        label=_("Who gets the link"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "People of the client who may read reports. They get an e-mail with a link, never the"
            " report itself, and log in to read it. With nobody ticked or named below no letter"
            " goes out by itself: hold the report for review then."
        ),
    )
    further = AddressesField(
        label=_("Further addresses"),
        help_text=_(
            "One a line, for example a colleague of yours. Only somebody who can log in and may"
            " read this client's reports can open the link: invite others first."
        ),
    )
    hidden = AddressesField(
        label=_("Hidden copies (Bcc)"),
        help_text=_("One a line. They get the link too, and the others do not read of it."),
    )
    outside_is_meant = forms.BooleanField(
        label=_("The report is meant for people outside the client"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        kind: ReportKind,
        client: Client,
        schedule: ReportSchedule | None = None,
    ) -> None:
        sections = [(one.value, one.label) for one in SECTIONS_OF[kind]]
        first = {"sections": [value for value, _label in sections], "held": True}
        super().__init__(data, initial=first | _saved(kind, client, schedule))
        self.of_kind, self.schedule = kind, schedule
        choose(self.fields["sections"], sections, blank=False)
        cast("Any", self.fields["readers"]).queryset = report_readers.own(client)
        if "outside_is_meant" in self.data:
            self.ask_about_outsiders()

    def ask_about_outsiders(self) -> None:
        """Show the box that says that people outside the client are meant."""
        self.fields["outside_is_meant"].widget = forms.CheckboxInput()

    def plan(self, *, portal: str) -> Plan:
        given = self.cleaned_data
        return Plan(
            rhythm=ReportRhythm(given["rhythm"]),
            next_on=given["next_on"],
            sections=given["sections"],
            held=given["held"],
            portal=portal,
        )

    def people(self) -> People:
        given = self.cleaned_data
        return People(
            readers=list(given["readers"]),
            further=given["further"],
            hidden=given["hidden"],
            outside_is_meant=given["outside_is_meant"],
        )


def _saved(kind: ReportKind, client: Client, schedule: ReportSchedule | None) -> dict[str, Any]:
    """What the form begins with: what was saved, else the owner of the client."""
    if schedule is None:
        first = schedules.first_day(kind, client)
        is_quarter = kind == ReportKind.QUARTER
        return {
            "rhythm": ReportRhythm.QUARTERLY if is_quarter else ReportRhythm.MONTHLY,
            "next_on": first,
            "readers": [one.pk for one in reports.readers_of(client)],
        }
    own = {row.user_id: row.pk for row in report_readers.own(client)}
    listed = list(schedule.readers.all())
    shown = [row for row in listed if not row.is_hidden]
    return {
        "rhythm": schedule.rhythm,
        "next_on": schedule.next_on,
        "sections": schedule.sections,
        "held": schedule.held,
        "readers": [own[row.user_id] for row in shown if row.user_id in own],
        "further": "\n".join(row.user.email for row in shown if row.user_id not in own),
        "hidden": "\n".join(row.user.email for row in listed if row.is_hidden),
    }
