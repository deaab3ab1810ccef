from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.queries import checklist
from audits.services import checklist as service
from audits.web.forms.checklist import AnswerForm
from audits.web.requests import ClientRequest


def listing(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.view", request.client)
    rows = checklist.rows(request.client)
    context = {
        "first": [row for row in rows if row.because and row.is_open],
        "open": [row for row in rows if not row.because and row.is_open],
        "settled": [row for row in rows if not row.is_open],
        "score": checklist.score(rows),
    }
    return render(request, "checklist/list.html", context)


def answer(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = checklist.of_client(request.client)
    item = access.open_row(request.actor, rows, pk, action="checklist.answer")
    form = AnswerForm(request.POST or None, instance=item)
    if request.method == "POST" and form.is_valid():
        service.answer(item=item, actor=request.actor.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("checklist", slug=slug)
    context = {"form": form, "row": checklist.row_of(item)}
    return render(request, "checklist/answer.html", context)
