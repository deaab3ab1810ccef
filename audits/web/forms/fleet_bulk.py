from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audits import access
from audits.access import Actor
from audits.enums import StarterSet
from audits.models import Membership
from audits.queries import client as clients
from audits.queries import client_group as groups
from audits.queries import members
from audits.web.forms.audit_schedule import refuse_no_plan, rhythm_field
from audits.web.forms.fields import FILES, AtOnce, DateField, ticks

_CHANGES = ("assign", "release", "join", "leave", "archive", "restore")
WORK = ("audit", "report", "send", "apply")
_LONGEST_NUMBER = 19
_VERBS = (*FILES, *_CHANGES, *WORK, "choose", "schedule")


class _PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A person of the provider's own team, by name."""

    iterator = AtOnce

    def label_from_instance(self, obj: Membership) -> str:
        return str(obj.user)


class _GroupField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = AtOnce


class _Numbers(forms.TypedMultipleChoiceField):
    """Whole numbers, whatever they stand for."""

    def valid_value(self, value: object) -> bool:
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER


class BulkForm(forms.Form):
    """What to do with the clients that are ticked in the fleet."""

    is_brief = True
    rows = "clients"
    do = forms.ChoiceField(
        choices=[(verb, verb) for verb in _VERBS],
        error_messages={"required": _("Choose what to do.")},
    )
    clients = forms.ModelMultipleChoiceField(  # type: ignore[var-annotated]
        queryset=None,
        label=_("Clients"),
        error_messages={"required": _("Tick at least one client in the table.")},
    )
    by = _PersonField(queryset=None, label=_("Looked after by"), empty_label=_("Choose a person"))
    into = _GroupField(queryset=None, label=_("Group"), empty_label=_("Choose a group"))
    starter = forms.ChoiceField(
        label=_("Starter set of the checklist"),
        choices=[("", _("Choose a set")), *StarterSet.choices],
        required=False,
    )
    due = DateField(label=_("Due"), required=False)
    rhythm = rhythm_field()
    first = DateField(label=_("First audit on"), required=False)
    # What was looked at: one that stands no longer is refused at its client alone.
    reports = _Numbers(coerce=int, required=False)
    confirmed = forms.BooleanField(required=False)

    def __init__(self, data: object, *, actor: Actor) -> None:
        super().__init__(data, auto_id="bulk_%s")  # type: ignore[arg-type]
        provider_id = access.provider_of(actor)
        rows: dict[str, Any] = {
            "clients": clients.of_provider(provider_id),
            "by": members.staff_of(provider_id),
            "into": groups.of_provider(provider_id),
        }
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.fields["by"].required = self.fields["into"].required = False
        if not access.may(actor, "group.manage"):
            del self.fields["into"]

    @cached_property
    def ticked(self) -> set[int]:
        return ticks(self.data, "clients")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("do") in ("join", "leave") and given.get("into") is None:
            field = "into" if "into" in self.fields else None
            self.add_error(field, _("Choose the group that you mean."))
        if given.get("do") == "assign" and given.get("by") is None:
            self.add_error("by", _("Choose who is to look after them."))
        if given.get("do") == "apply":
            self._refuse_no_set(given)
        if given.get("do") == "schedule":
            refuse_no_plan(self)
        return given

    def _refuse_no_set(self, given: dict[str, Any]) -> None:
        if not given.get("starter"):
            self.add_error("starter", _("Choose the set that you mean."))
        due = given.get("due")
        if "due" not in self.errors and (due is None or due < timezone.localdate()):
            self.add_error("due", _("Choose a day from today on."))
