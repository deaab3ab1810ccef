"""Choosing a report, looking at it before it is made, and having it made."""

from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ReportKind
from audits.queries import audit_more, branding, report_content, report_pictures
from audits.reports.document import Document
from audits.services import report as service
from audits.services.errors import NotPossible
from audits.web import addresses
from audits.web.forms.report import ReportForm, all_of, kinds_for
from audits.web.requests import ClientRequest


def start(request: ClientRequest, slug: str) -> HttpResponse:
    """Which kind of report, and then what stands in it."""
    access.require(request.actor, "report.create", request.client)
    form = _form(request, request.GET, is_bound=False)
    return _choice(request, form)


def preview(request: ClientRequest, slug: str) -> HttpResponse:
    """The report as it would be made now; nothing is written."""
    access.require(request.actor, "report.create", request.client)
    form = _form(request, request.GET, is_bound=True)
    if form is None or not form.is_valid():
        return _choice(request, form)
    wish = form.wish()
    frame = report_content.frame_of(request.client, wish, now=timezone.now())
    content = report_content.worded(wish, frame)
    if content is None:
        form.add_error(None, report_content.missing(wish))
        return _choice(request, form)
    context = {
        "content": content,
        **_drawn(content),
        "wish": wish,
        "more": audit_more.than(wish.audit) if wish.audit is not None else None,
        "logo": branding.logo_shown(request.client),
        "carried": form.carried(),
        "query": form.query(),
    }
    return render(request, "report/preview.html", context)


def _drawn(content: report_content.Content) -> dict[str, object]:
    if isinstance(content, Document):
        return {"sections": report_pictures.shown(content)}
    return {"pictures": report_pictures.of_summary(content)}


@require_POST
def make(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Freeze the report that was looked at, as things stand now, and have its PDF made."""
    access.require(request.actor, "report.create", request.client)
    form = _form(request, request.POST, is_bound=True)
    if form is None or not form.is_valid():
        return _choice(request, form)
    try:
        made = service.make(
            client=request.client,
            wish=form.wish(),
            actor=request.actor.user,
            check_at=addresses.check_at(request),
        )
    except NotPossible as error:
        form.add_error(None, str(error))
        return _choice(request, form)
    return redirect("report", slug=slug, pk=made.pk)


def _form(request: ClientRequest, given: QueryDict, *, is_bound: bool) -> ReportForm | None:
    """The form of the kind that is asked for; 404 for one that is not the person's to make."""
    staff = access.may(request.actor, "report.prepare", request.client)
    asked = given.get("kind", "")
    if not asked:
        return None
    if asked not in {kind.value for kind in kinds_for(staff=staff)}:
        raise Http404
    kind = ReportKind(asked)
    if "of" in given:
        given = all_of(kind, audit=given.get("of", ""))
    # Somebody who comes back from the preview finds what was chosen there.
    chosen = given if is_bound or len(given) > 1 else None
    return ReportForm(chosen, kind=kind, client=request.client, now=timezone.now(), staff=staff)


def _choice(request: ClientRequest, form: ReportForm | None) -> HttpResponse:
    staff = access.may(request.actor, "report.prepare", request.client)
    about = form.about() if form is not None else None
    context = {"form": form, "kinds": kinds_for(staff=staff), "about": about}
    return render(request, "report/start.html", context)
