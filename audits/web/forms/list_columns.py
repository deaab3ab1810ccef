from collections.abc import Collection
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import COLUMNS_OF, ColumnList
from audits.queries import fleet_views
from audits.queries.narrowing import Narrowing
from audits.web.forms.fields import choose
from audits.web.forms.fleet_views import query_of


class ColumnsForm(forms.Form):
    """The columns of a list and the length of a page; what was shown is shown again."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple
    )
    size = forms.TypedChoiceField(
        label=_("Rows on a page"),
        choices=[(size, size) for size in fleet_views.SIZES],
        coerce=int,
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        listing: ColumnList,
        narrowing: Narrowing[Any],
        hidden: Collection[str] = (),
        size: int = fleet_views.SIZES[0],
        query: str = "",
    ) -> None:
        offered = [(column.value, column.label) for column in COLUMNS_OF[listing]]
        shown = [value for value, _label in offered if value not in hidden]
        given = {"columns": shown, "size": size, "query": query}
        super().__init__(data, initial=given, auto_id="table_%s")
        self.fields["query"] = query_of(narrowing)
        choose(self.fields["columns"], offered, blank=False)
        self.is_paged = not listing.is_whole
        if not self.is_paged:
            del self.fields["size"]
