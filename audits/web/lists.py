"""What the pages of every uploaded list share: a file in, then its rows; nothing is written yet."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from audits.services.plain_list import Row, Table
from audits.web.forms.lists import ListColumnsForm, ListFileForm, SentListForm


def uploaded(request: HttpRequest) -> tuple[ListFileForm, Table | None]:
    """The form of a file, and the list in it once there is one that can be read."""
    form = ListFileForm(request.POST or None, request.FILES or None)
    sent = request.method == "POST" and form.is_valid()
    return form, form.table() if sent else None


def brought_along(request: HttpRequest) -> Table | None:
    """The list that a page sent back with its form; None where it is no list any more."""
    return SentListForm(request.POST or None).table()


def preview(
    request: HttpRequest, template: str, form: ListColumnsForm, rows: Sequence[Row]
) -> HttpResponse:
    """Every row as it would be taken over by these columns."""
    context = {
        "form": form,
        "rows": rows,
        "new": sum(row.is_new for row in rows),
        "wrong": [row for row in rows if row.problem],
    }
    return render(request, template, context)


def tell(request: HttpRequest, told: str, made: int) -> None:
    """Say how many rows were taken over; a list that is sent twice adds nothing the second time."""
    if made:
        messages.success(request, told % {"n": made})
    else:
        messages.info(request, _("Nothing was added: every row of the list is there already."))
