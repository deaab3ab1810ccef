from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import FleetColumn
from audits.models import FleetView
from audits.queries import fleet_views
from audits.queries.narrowing import Narrowing
from audits.web.forms.fleet import FleetFilter

_LONGEST = FleetView._meta.get_field("query").max_length or 0  # noqa: SLF001 - Django's documented model API


class QueryField(forms.CharField):
    """What stands in an address of a list after the `?`: what the list knows, nothing else."""

    def __init__(self, known: Iterable[str] = FleetFilter.base_fields) -> None:
        super().__init__(required=False, max_length=_LONGEST, widget=forms.HiddenInput)
        self.known = tuple(known)

    def clean(self, value: Any) -> str:  # noqa: ANN401 - Django's own
        given = QueryDict(super().clean(value))
        known = {
            name: chosen
            for name in self.known
            if (chosen := given.get(name)) is not None and chosen.isprintable() and chosen
        }
        kept = QueryDict(mutable=True)
        kept.update(known)
        query = kept.urlencode()
        if len(query) > _LONGEST:
            raise forms.ValidationError(_("This is too long to be kept: shorten the search."))
        return query


def query_of(narrowing: Narrowing[Any]) -> QueryField:
    """What stands in the address of a list that can be asked this."""
    return QueryField(["q", *narrowing.choices, "sort"])


class TableForm(forms.Form):
    """The columns of the fleet and the length of a page."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        choices=FleetColumn.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    size = forms.TypedChoiceField(
        label=_("Clients on a page"),
        choices=[(size, size) for size in fleet_views.SIZES],
        coerce=int,
    )
    query = QueryField()

    def __init__(self, data: object = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="table_%s")  # type: ignore[arg-type]


class ViewForm(forms.Form):
    """A name for what the address of a list chooses."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("For example: dental, worst first.")
    )
    query = QueryField()

    def __init__(self, data: object = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="view_%s")  # type: ignore[arg-type]


class ListViewForm(ViewForm):
    """The same for another list than the fleet, which knows other words."""

    def __init__(
        self,
        data: object = None,
        *,
        narrowing: Narrowing[Any],
        of_a_client: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if of_a_client:
            self.fields["name"].help_text = _("It holds for this list at every client.")
        self.fields["query"] = query_of(narrowing)


class RenameForm(forms.Form):
    """Another name for a view."""

    name = forms.CharField(label=_("Name"), max_length=60)
