from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import FleetColumn
from audits.models import FleetView
from audits.queries import fleet_views
from audits.web.forms.fleet import FleetFilter

_LONGEST = FleetView._meta.get_field("query").max_length or 0  # noqa: SLF001 - Django's documented model API


class QueryField(forms.CharField):
    """What stands in an address of the fleet after the `?`: what the fleet knows, nothing else."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=_LONGEST, widget=forms.HiddenInput)

    def clean(self, value: Any) -> str:  # noqa: ANN401 - Django's own
        given = QueryDict(super().clean(value))
        known = {
            name: chosen
            for name in FleetFilter.base_fields
            if (chosen := given.get(name)) is not None and chosen.isprintable() and chosen
        }
        kept = QueryDict(mutable=True)
        kept.update(known)
        query = kept.urlencode()
        if len(query) > _LONGEST:
            raise forms.ValidationError(_("This is too long to be kept: shorten the search."))
        return query


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
    """A name for what the address of the fleet chooses."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("For example: dental, worst first.")
    )
    query = QueryField()

    def __init__(self, data: object = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="view_%s")  # type: ignore[arg-type]


class RenameForm(forms.Form):
    """Another name for a view."""

    name = forms.CharField(label=_("Name"), max_length=60)
