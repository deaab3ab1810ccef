"""One question a screen, for a thumb: the same answers, saved one by one."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render

from audits import access
from audits.enums import Answer
from audits.queries import checklist
from audits.queries.checklist_cards import deck_of
from audits.services import checklist_answer as service
from audits.web.checklist import opened, tuned_to
from audits.web.forms.checklist import CardForm
from audits.web.requests import ClientRequest


def start(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Lead to the first question without an answer; say so where none is left."""
    access.require(request.actor, "checklist.answer", request.client)
    rows = checklist.rows(request.client)
    first = deck_of(rows).first_open
    if first is not None:
        return redirect("checklist_card", slug=slug, pk=first)
    return render(request, "checklist/cards_done.html", {"score": checklist.score(rows)})


def card(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Show one question; an answer leads to the next one."""
    item = opened(request, pk, action="checklist.answer")
    form = CardForm(request.POST or None, initial={"reason": item.reason}, auto_id="card_%s")
    deck = deck_of(checklist.rows(request.client))
    if request.method == "POST" and form.is_valid():
        service.answer(
            item=item,
            actor=request.actor.user,
            answer=Answer(form.cleaned_data["answer"]),
            reason=form.cleaned_data["reason"],
        )
        following = deck.after(pk)
        if following is None:
            return redirect("checklist_cards", slug=slug)
        return redirect("checklist_card", slug=slug, pk=following)
    row = checklist.row_of(item)
    tuned, place = tuned_to(request, row), deck.place(pk)
    context = {"form": form, "row": row, "tuned": tuned, "place": place}
    return render(request, "checklist/card.html", context)
