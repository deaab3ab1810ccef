"""The review of a sheet, page by page; what is typed on a page is kept when it is left."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.models import VendorReview
from audits.queries import review as queries
from audits.queries import tool_others
from audits.queries import vendor as sheets
from audits.queries.review import Step
from audits.queries.vendor import SheetRow
from audits.services import review as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.review import CLOSE, StepForm
from audits.web.looked_after import looked_after_alone
from audits.web.requests import FleetRequest
from audits.web.vendor import opened


@require_POST
def start(request: FleetRequest, pk: int) -> HttpResponseBase:
    service.start(sheet=opened(request, pk), actor=request.actor.user)
    return redirect("review", pk=pk, key=queries.STEPS[0].key)


@looked_after_alone
def step(request: FleetRequest, pk: int, key: str) -> HttpResponseBase:
    """One page of five. A change asks for the figures alone; the button keeps the answers."""
    row, page = sheets.row_of(opened(request, pk)), _page(key)
    if row.draft is None:
        return redirect("vendor", pk=pk)
    form = StepForm(request.POST or None, step=page, review=row.draft, before=row.review)
    context = _context(row, row.draft, page) | {"form": form}
    if request.method == "POST" and form.is_valid():
        if request.htmx:
            context |= _figures(row, {**row.draft.answers, **form.given()})
            return render(request, "vendor/score.html", context)
        if (kept := _kept(request, row.draft, page, form)) is not None:
            return kept
    return render(request, "vendor/review.html", context)


def _kept(
    request: FleetRequest, draft: VendorReview, page: Step, form: StepForm
) -> HttpResponseBase | None:
    """Keep the answers and lead on; None where one of them cannot be kept."""
    try:
        service.save_step(review=draft, actor=request.actor.user, step=page, given=form.given())
    except InvalidInput as error:
        refusal.show(form, error)
        return None
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("vendor", pk=draft.sheet_id)
    to = form.cleaned_data["to"]
    if to == CLOSE:
        return redirect("vendor", pk=draft.sheet_id)
    return redirect("review", pk=draft.sheet_id, key=to or queries.after(page).key)


@require_POST
def complete(request: FleetRequest, pk: int) -> HttpResponseBase:
    row = sheets.row_of(opened(request, pk))
    if row.draft is None:
        return redirect("vendor", pk=pk)
    try:
        service.complete(review=row.draft, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _after(request, row))
    return redirect("vendor", pk=pk)


def _after(request: FleetRequest, row: SheetRow) -> str:
    """What is next once the review is closed: to decide, unless that is left to others."""
    with access.among_looked_after(request.actor):
        others = tool_others.of_sheet(row.sheet, request.actor.user)
        clients = sheets.row_of(row.sheet).use.clients
    if not clients:
        return _("The review is completed.")
    if others is not None:
        return _("The review is completed. Somebody else decides: you asked for it yourself.")
    return _("The review is completed. Decide for your clients now.")


def _page(key: str) -> Step:
    if key not in queries.BY_KEY:
        raise Http404
    return queries.BY_KEY[key]


def _figures(row: SheetRow, stored: dict[str, dict[str, str]]) -> dict[str, object]:
    found = queries.assess(stored, is_provider=row.sheet.is_shared)
    return queries.told(found, stored, used_for=row.use.most_sensitive)


def _context(row: SheetRow, draft: VendorReview, page: Step) -> dict[str, object]:
    given = queries.answers_of(draft.answers)
    steps = [
        {
            "step": one,
            "open": sum(q.id not in given for q in queries.shown_in(one, given)),
            "asked": len(queries.shown_in(one, given)),
        }
        for one in queries.STEPS
    ]
    return {
        "row": row,
        "steps": steps,
        "page": page,
        "is_last": page is queries.STEPS[-1],
        "number": queries.STEPS.index(page) + 1,
        **_figures(row, draft.answers),
    }
