"""A list as its address asks for it: filters and an order, on page and in files."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from audits.queries.narrowing import Asked, Filters, Narrowing
from audits.web.forms.list_filter import ListFilter
from audits.web.requests import FleetRequest


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """The rows that the address asks for, and how it was read; `total` counts every row."""

    rows: Any
    form: ListFilter
    filters: Filters
    total: int

    @property
    def column(self) -> str:
        """By which column the rows are in order."""
        return self.form.narrowing.column(self.filters)

    @property
    def is_falling(self) -> bool:
        return self.form.narrowing.is_falling(self.filters)

    @property
    def turned(self) -> str:
        """The same column the other way round, as an address names it."""
        return self.column if self.filters.sort.startswith("-") else f"-{self.column}"

    @property
    def is_offered(self) -> bool:
        """Whether there is anything to choose from."""
        return self.total > 1 or self.filters.is_any


def of_page(
    request: FleetRequest,
    narrowing: Narrowing[Any],
    rows: Any,  # noqa: ANN401 - a list or a queryset
    *,
    total: int | None = None,
) -> Narrowed:
    """What a page shows: what is not there to choose is left out, and that is said.

    How many rows there are is counted here, unless the page knows it.
    """
    form = ListFilter(request.GET, narrowing=narrowing, rows=rows)
    if not form.is_valid():
        left = request.GET.copy()
        for name in form.errors:
            left.pop(name, None)
        form = ListFilter(left, narrowing=narrowing, rows=rows)
        form.full_clean()
        messages.info(
            request, _("This address names something that is not there to choose. It was left out.")
        )
    if total is None:
        total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    filters = form.filters()
    return Narrowed(rows=narrowing.apply(rows, filters), form=form, filters=filters, total=total)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Rows to take away, of `every` row of the list, and what was asked for, in words."""

    rows: Any
    every: Any
    asked: Asked = field(default_factory=Asked)


def of_file(request: FleetRequest, narrowing: Narrowing[Any], rows: Any) -> Found:  # noqa: ANN401 - as it came
    """What a file holds; where the address cannot be followed there is none, rather than others."""
    form = ListFilter(request.GET, narrowing=narrowing, rows=rows)
    if not form.is_valid():
        raise Http404
    kept = narrowing.apply(rows, form.filters())
    return Found(rows=kept, every=rows, asked=form.asked())


def in_order(request: FleetRequest, narrowing: Narrowing[Any], rows: Any) -> tuple[Any, str]:  # noqa: ANN401 - as it came
    """Rows in the order of the page, whatever else its address names, and that order in words."""
    sort = request.GET.get("sort", "")
    known = sort.removeprefix("-") in narrowing.sorts
    filters = Filters(sort=sort if known else "")
    return narrowing.ordered(rows, filters), narrowing.order_in_words(filters)
