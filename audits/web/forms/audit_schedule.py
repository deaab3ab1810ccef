from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import AuditRhythm
from audits.models import Client
from audits.queries import audit_schedule as schedules
from audits.queries.audit_schedule import Planned
from audits.web.forms.fields import DateField


def rhythm_field() -> forms.ChoiceField:
    """How often, where one of several things to do asks for it."""
    choices = [("", _("Choose how often")), *AuditRhythm.choices]
    return forms.ChoiceField(label=_("How often"), choices=choices, required=False)


def refuse_no_plan(form: forms.Form) -> None:
    """Say what a schedule of audits lacks: `rhythm`, or `first`, its first day."""
    given = form.cleaned_data
    if "rhythm" not in form.errors and not given.get("rhythm"):
        form.add_error("rhythm", _("Choose how often they are measured."))
    day = given.get("first")
    if "first" not in form.errors and (day is None or day < timezone.localdate()):
        form.add_error("first", _("Choose a day from today on."))


class AuditScheduleForm(forms.Form):
    """How often a model is measured again, and from which day on."""

    rhythm = forms.ChoiceField(label=_("How often"), choices=AuditRhythm)
    next_on = DateField(
        label=_("Next audit on"),
        help_text=_("A day of the client's own time zone; the following ones count from it."),
    )

    def __init__(self, data: QueryDict | None, *, client: Client, planned: Planned | None) -> None:
        known = planned.schedule if planned is not None else None
        first = {
            "rhythm": known.rhythm if known is not None else AuditRhythm.QUARTERLY,
            "next_on": known.next_on if known is not None else schedules.first_day(client),
        }
        super().__init__(data, initial=first)
