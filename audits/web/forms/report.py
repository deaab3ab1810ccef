from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audits.enums import AUDIT_KINDS, CLIENT_KINDS, HELD_KINDS, SECTIONS_OF, ReportKind
from audits.models import Audit, Client, Membership, ReportRun
from audits.queries import audit_more, report_frame, report_readers
from audits.queries import report as reports
from audits.queries import report_periods as periods
from audits.queries.report_content import Wish
from audits.web.forms.fields import choose


class AuditChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Audit) -> str:
        """One audit among several of one day: how thorough it was, and what it found."""
        ended = obj.completed_at
        return gettext("%(model)s, %(depth)s, %(moment)s (%(outcome)s)") % {
            "model": obj.model_version.model.name,
            "depth": obj.get_preset_display(),
            "moment": report_frame.moment_at(obj.client, ended) if ended is not None else "",
            "outcome": obj.get_outcome_display(),
        }


class ToolChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the client's tools."""


class ReportForm(forms.Form):
    """What one kind of report is about, what stands in it, and whether it waits for a look."""

    kind = forms.ChoiceField(choices=ReportKind, widget=forms.HiddenInput)
    audit = AuditChoice(label=_("Audit"), queryset=None, empty_label=None)
    tool = ToolChoice(label=_("AI tool"), queryset=None, empty_label=None)
    period = forms.ChoiceField(label=_("Period"))
    sections = forms.MultipleChoiceField(
        label=_("What stands in it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Verdict, risk and limits always do."),
    )
    held = forms.BooleanField(
        label=_("Hold for review"),
        required=False,
        help_text=_("Nobody at the client reads it until somebody has looked at it and sent it."),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        kind: ReportKind,
        client: Client,
        now: datetime,
        staff: bool,
    ) -> None:
        sections = SECTIONS_OF[kind]
        first = {"kind": kind.value, "sections": [one.value for one in sections]}
        telling = reports.worst_audit(client) if data is None and kind in AUDIT_KINDS else None
        super().__init__(data, initial=first | {"audit": telling})
        self.of_kind, self.client, self.now = kind, client, now
        cast("Any", self.fields["audit"]).queryset = reports.audits_of(client)
        cast("Any", self.fields["tool"]).queryset = reports.tools_of(client)
        listed = [(one.key, one.label) for one in periods.offered(client, now)]
        if kind == ReportKind.OWNER_SUMMARY:
            listed.insert(0, ("", str(_("The last three months"))))
            self.fields["period"].required = False
            self.fields["period"].help_text = _("The time of what your provider did.")
        choose(self.fields["period"], listed, blank=False)
        choose(self.fields["sections"], [(one.value, one.label) for one in sections], blank=False)
        for name in self._not_asked(staff=staff):
            del self.fields[name]
        if kind in AUDIT_KINDS:
            self["audit"].help_text = _said_of(telling or self.about())

    @property
    def lacks(self) -> str:
        """Say what has to be there first; empty where a report of this kind can be made."""
        if self.of_kind in AUDIT_KINDS and not reports.audits_of(self.client).exists():
            return str(_("No audit is finished yet: such a report is about one."))
        if self.of_kind == ReportKind.TOOL and not reports.tools_of(self.client).exists():
            return str(_("No AI tool is listed yet: such a report is about one."))
        return ""

    def _not_asked(self, *, staff: bool) -> list[str]:
        wanted = {
            "audit": self.of_kind in AUDIT_KINDS,
            "tool": self.of_kind == ReportKind.TOOL,
            "period": self.of_kind in (ReportKind.QUARTER, ReportKind.OWNER_SUMMARY),
            "held": staff and self.of_kind not in HELD_KINDS,
        }
        return [name for name, is_wanted in wanted.items() if not is_wanted]

    def wish(self) -> Wish:
        given = self.cleaned_data
        shown = set(given["sections"])
        listed = {one.value for one in SECTIONS_OF[self.of_kind]}
        return Wish(
            kind=self.of_kind,
            audit=given.get("audit"),
            tool=given.get("tool"),
            period=periods.by_key(given.get("period", ""), self.client, self.now),
            left_out=frozenset(listed - shown),
            held=given.get("held", False),
        )

    def about(self) -> Audit | None:
        """The audit that was chosen, for the other kinds that are about one."""
        is_chosen = self.is_bound and "audit" not in self.errors
        return self.cleaned_data.get("audit") if is_chosen else None

    def query(self) -> str:
        """What was chosen, as the address that shows this form again."""
        return cast("QueryDict", self.data).urlencode()

    def carried(self) -> list[tuple[str, str]]:
        """What was chosen, as hidden fields of the form that makes the report."""
        given = cast("QueryDict", self.data)
        return [
            (name, value) for name in self.fields for value in given.getlist(self.add_prefix(name))
        ]


def _said_of(audit: Audit | None) -> str:
    """What stands under the chosen audit: whether another one of its version found more."""
    more = audit_more.than(audit) if audit is not None else None
    if more is None:
        return gettext("At first the one is chosen that sets the rating.")
    told = {"said": more.sentence}
    return gettext("%(said)s. The report is about what the chosen one found.") % told


class ReadersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Membership) -> str:
        user = obj.user
        return f"{user.name} ({user.email})" if user.name else user.email


class ReadersNeeded(ReadersField):
    """Readers of whom one has to be ticked, here or among the hidden copies: never optional."""

    conditional = True


class SendForm(forms.Form):
    """To whom a link to a report is mailed."""

    readers = ReadersNeeded(
        label=_("Who gets the link"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "A letter with a link, never the report itself: they log in to read it. Tick at least"
            " one person: with nobody ticked nothing is sent."
        ),
    )

    hidden = ReadersField(
        label=_("Who gets a hidden copy"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They get the same link; the others do not read of it."),
    )

    def __init__(
        self, data: QueryDict | None, *, client: Client, run: ReportRun | None = None
    ) -> None:
        shown, hidden = list(reports.readers_of(client)), []
        if run is not None:
            listed = report_readers.sendable(client, run.schedule.readers.all())
            shown, hidden = listed.shown, listed.hidden
        first = {"readers": shown, "hidden": hidden}
        super().__init__(
            data, initial={name: [one.pk for one in rows] for name, rows in first.items()}
        )
        cast("Any", self.fields["readers"]).queryset = report_readers.choices(client, shown)
        cast("Any", self.fields["hidden"]).queryset = report_readers.choices(None, hidden)
        if not hidden:
            del self.fields["hidden"]


def all_of(kind: ReportKind, *, audit: str) -> QueryDict:
    """What the form of a kind sends for an audit with everything in it."""
    given = QueryDict(mutable=True)
    given["kind"] = kind.value
    if kind in AUDIT_KINDS:
        given["audit"] = audit
        given.setlist("sections", [one.value for one in SECTIONS_OF[kind]])
    return given


def kinds_for(*, staff: bool) -> Iterable[ReportKind]:
    """Kinds that may be chosen: who is at the client makes the owner's own two pages."""
    return CLIENT_KINDS if staff else [ReportKind.OWNER_SUMMARY]
