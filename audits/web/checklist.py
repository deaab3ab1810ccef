from copy import copy
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import Answer, ColumnList
from audits.models import ChecklistItem
from audits.queries import (
    assignees,
    charts,
    checklist,
    checklist_view,
    editions,
    framework,
    listings,
    plan,
)
from audits.services import checklist_answer as service
from audits.services.errors import NotPossible
from audits.web import list_bulk, list_columns, list_files
from audits.web.forms.checklist import AnswerForm, ChecklistFilter, SeenForm
from audits.web.forms.checklist_bulk import BulkForm
from audits.web.forms.checklist_evidence import CommentForm, EvidenceForm
from audits.web.forms.fields import FILES
from audits.web.list_files import Listed
from audits.web.narrowing import Found
from audits.web.requests import ClientRequest


def listing(request: ClientRequest, slug: str) -> HttpResponseBase:
    """The whole list, or what the address chooses of it; ticked rows are changed at once."""
    access.require(request.actor, "checklist.view", request.client)
    manages = access.may(request.actor, "checklist.manage", request.client)
    people = assignees.of_client(request.client) if manages else None
    bulk = BulkForm(request.POST or None, client=request.client, people=people) if people else None
    if request.method == "POST":
        access.require(request.actor, "checklist.manage", request.client)
    if bulk is not None and (done := _answered(request, bulk)) is not None:
        return done
    rows = checklist.rows(request.client)
    shown = _shown(request, checklist.told(request.client, rows))
    own = {"bulk": bulk, "score": checklist.score(rows)}
    context = shown | own | list_columns.of_whole(request, ColumnList.CHECKLIST)
    if access.may(request.actor, "catalogue.adopt", request.client):
        context["edition"] = editions.standing(request.client)
    return render(request, "checklist/list.html", context)


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """What the address chooses of the list as a download, in the words of its reader."""
    access.require(request.actor, "checklist.view", request.client)
    return list_files.table(request, chosen(request), ending)


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list, in the words that it chooses."""
    form, technical = _asked(request)
    filters = form.filters()

    def narrow(every: list[checklist.ChecklistRow]) -> Found:
        rows = [row for row in every if filters.keep(row)]
        return Found(rows=rows, every=every, asked=form.asked(every))

    return replace(_listed(request, technical=technical), narrow=narrow)


def _listed(request: ClientRequest, *, technical: bool) -> Listed:
    return Listed(
        name="checklist",
        listing=listings.checklist(plain=not technical),
        read=lambda: checklist.rows(request.client),
        for_staff=access.may(request.actor, "technical.view", request.client),
    )


def _asked(request: ClientRequest) -> tuple[ChecklistFilter, bool]:
    """The filters of the address, and whether it is put in the words of a technician."""
    form = ChecklistFilter(request.GET)
    form.is_valid()  # what cannot be followed is left out
    technical = access.may(request.actor, "technical.view", request.client)
    return form, technical and not form.cleaned_data.get("words")


def _shown(request: ClientRequest, rows: list[checklist.ChecklistRow]) -> dict[str, Any]:
    """What the filters of the address leave, and in whose words it is put."""
    form, technical_words = _asked(request)
    return {
        "chart": charts.readiness(rows),
        "view": checklist_view.arranged(rows, form.filters(), is_house=request.client.is_house),
        "mine": request.actor.user.pk,
        "reader": {"technical_view": technical_words},
        "has_unanswered": any(
            row.item.answer == Answer.UNANSWERED and not row.is_retired for row in rows
        ),
    }


def _answered(request: ClientRequest, form: BulkForm) -> HttpResponseBase | None:
    """Do what was sent with what is ticked; None where nothing was, or not all that it takes."""
    if request.method != "POST" or not form.is_valid():
        return None
    if form.cleaned_data["do"] in FILES:
        _form, technical = _asked(request)
        return list_bulk.taken(request, form, _listed(request, technical=technical))
    _say(request, _apply(request, form))
    return redirect(request.get_full_path())


def _apply(request: ClientRequest, form: BulkForm) -> int:
    """Do what was chosen to everything that was ticked; say to how many."""
    given, actor, items = form.cleaned_data, request.actor.user, form.chosen()
    if given["do"] == "assign":
        return service.assign(items=items, actor=actor, owner=given["owner"])
    if given["do"] == "due":
        return service.set_due(items=items, actor=actor, due=given["due"])
    return service.leave_out(items=items, actor=actor, reason=given["reason"])


def _say(request: ClientRequest, changed: int) -> None:
    told = ngettext("%(n)s control is changed.", "%(n)s controls are changed.", changed)
    messages.success(request, told % {"n": changed})


def answer(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    item = opened(request, pk, action="checklist.answer")
    manages = access.may(request.actor, "checklist.manage", item)
    people = assignees.of_client(request.client) if manages else None
    # A form writes what was sent into its row, which may be refused: the page shows what is stored.
    form = AnswerForm(request.POST or None, instance=copy(item), people=people)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        service.answer(
            item=item,
            actor=request.actor.user,
            answer=Answer(given["answer"]),
            reason=given["reason"],
            beside=form.beside(),
        )
        messages.success(request, _("Saved."))
        return redirect("checklist", slug=slug)
    return question(request, item, form=form)


def opened(request: ClientRequest, pk: int, *, action: str) -> ChecklistItem:
    """The item that an address names, if the person may do this to it."""
    rows = checklist.of_client(request.client)
    return access.open_row(request.actor, rows, pk, action=action)


def question(request: ClientRequest, item: ChecklistItem, **forms: object) -> HttpResponse:
    """The page of one control, with any form of it as it was sent."""
    row = checklist.row_of(item)
    if "form" not in forms:
        manages = access.may(request.actor, "checklist.manage", item)
        people = assignees.of_client(request.client) if manages else None
        forms["form"] = AnswerForm(None, instance=item, people=people)
    context = {
        "row": row,
        "tuned": tuned_to(request, row),
        "mapped": framework.passages(row.control),
        "evidence": checklist_view.evidence_of(item),
        "comments": checklist_view.comments_of(item),
        "decisions": plan.of_item(item),
        "evidence_form": EvidenceForm(),
        "comment_form": CommentForm(auto_id="comment_%s"),
        "revision": checklist_view.revision_of(item),
        "is_own": item.answered_by_id == request.actor.user.pk,
    }
    return render(request, "checklist/answer.html", context | forms)


def tuned_to(request: ClientRequest, row: checklist.ChecklistRow) -> checklist.Tuned:
    """What the client's own facts say of a control, in the words of whoever reads it."""
    technical = access.may(request.actor, "technical.view", request.client)
    return checklist.tuned_to(request.client, row.control, plain=not technical)


def _seen(request: ClientRequest) -> str:
    """The revision of the answer that stood on the page; none where it is no such form."""
    form = SeenForm(request.POST or None)
    return form.cleaned_data["seen"] if form.is_valid() else ""


@require_POST
def confirm(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Say as another person that the control does not apply."""
    item = opened(request, pk, action="checklist.confirm")
    try:
        service.confirm(item=item, actor=request.actor.user, seen=_seen(request))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Confirmed: it does not apply."))
    return redirect("checklist_answer", slug=slug, pk=pk)


@require_POST
def send_back(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Say that the control does apply: the question is open again."""
    item = opened(request, pk, action="checklist.confirm")
    try:
        service.send_back(item=item, actor=request.actor.user, seen=_seen(request))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The question is open again."))
    return redirect("checklist_answer", slug=slug, pk=pk)
