from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audits.enums import ClientState, RatingBadge
from audits.queries import fleet, fleet_views
from audits.queries.fleet import Directory, FleetFilters
from audits.queries.narrowing import Asked, search_in_words
from audits.web.forms.fields import chosen_in_words

_ORDERS = [(sign + name, name) for name in fleet.SORTS for sign in ("", "-")]
# What leaves rows out, in the order of the page.
_CHOICES = ("show", "group", "risk", "lead", "industry", "idle", "report")
SHOWN = {
    "attention": _("Needs attention"),
    "ok": _("OK"),
    "unknown": _("Unknown"),
    "running": _("Audits on their way"),
    "failed": _("Failed audits"),
    "overdue": _("Overdue actions"),
    "reviews": _("Overdue reviews"),
    "unreached": _("Without a result that stands"),
}


def _choice(label: Any, empty: Any, **options: Any) -> forms.ChoiceField:  # noqa: ANN401 - lazy words
    """A list of which one may be chosen; what it offers comes with the clients."""
    field = forms.ChoiceField(label=label, required=False, **options)
    field.choices = [("", empty), *options.get("choices", [])]
    return field


def _none_for(days: int) -> str:
    return ngettext("None for %(n)s day", "None for %(n)s days", days) % {"n": days}


class FleetFilter(forms.Form):
    """What the address of the fleet may choose; the words of the lists are those of the clients."""

    is_brief = True
    q = forms.CharField(
        label=_("Name, industry or contact"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    group = _choice(_("Group"), _("Every group"))
    risk = _choice(
        _("Rating"),
        _("Every rating"),
        choices=[*RatingBadge.choices, (fleet.NOBODY, _("No model yet"))],
    )
    lead = _choice(_("Looked after by"), _("Everybody"))
    industry = _choice(_("Industry"), _("Every industry"))
    idle = _choice(_("Last audit"), _("Any time"))
    report = _choice(_("Last report"), _("Any time"))
    state = _choice(
        _("Clients"),
        _("All but archived ones"),
        choices=[*ClientState.choices, (fleet.EVERY_STATE, _("All of them"))],
    )
    show = _choice(_("Show"), _("All"), choices=[(name, SHOWN[name]) for name in fleet.CHOICES])
    sort = forms.ChoiceField(choices=_ORDERS, required=False)
    size = forms.TypedChoiceField(
        choices=[(size, size) for size in fleet_views.SIZES],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, data: object, *, listed: Directory) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        people = sorted(
            ((str(pk), str(row.user)) for pk, row in listed.team.items()),
            key=lambda one: one[1].casefold(),
        )
        idle = [(str(days), _none_for(days)) for days in fleet.IDLE_DAYS]
        self._offer("group", [(str(group.pk), group.name) for group in listed.groups])
        self._offer("lead", [*people, (fleet.NOBODY, _("Nobody"))])
        self._offer("industry", [(name, name) for name in listed.industries])
        self._offer("idle", idle)
        self._offer("report", [(fleet.REPORT_DUE, _none_for(fleet.REPORT_DAYS))])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        empty = list(cast("list[tuple[str, Any]]", field.choices))[:1]
        field.choices = [*empty, *choices]

    def filters(self) -> FleetFilters:
        """What was chosen, once it is known to be valid."""
        given = self.cleaned_data
        return FleetFilters(
            q=given["q"],
            group=int(given["group"]) if given["group"] else None,
            risk=given["risk"],
            lead=given["lead"],
            industry=given["industry"],
            idle=int(given["idle"]) if given["idle"] else None,
            report=given["report"],
            state=given["state"],
            show=given["show"],
            sort=given["sort"],
        )

    def asked(self) -> Asked:
        """The same in words, for rows on paper; which states are meant is always said."""
        filters, given = self.filters(), self.cleaned_data
        choices = [search_in_words(self.fields["q"].label, filters.q)] if filters.q else []
        choices += [chosen_in_words(self, name) for name in _CHOICES if given[name]]
        choices.append(chosen_in_words(self, "state"))
        return Asked(choices=choices, order=filters.order_in_words)

    @property
    def shown_as(self) -> str:
        """The words of what is chosen above the table."""
        return chosen_in_words(self, "show")[1]
