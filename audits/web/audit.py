from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import audit as audits
from audits.queries import (
    audit_outlook,
    charts,
    export,
    listings,
    narrowed,
    part_listings,
    technical,
)
from audits.services import audit as service
from audits.services import audit_actions, authorisation, evidence_pack
from audits.services.errors import AlreadyRunning, InvalidInput, NotPossible, TooMany
from audits.web import errors, list_bulk, list_columns, list_files, narrowing
from audits.web.downloads import attached
from audits.web.forms import refusal
from audits.web.forms.audit import AuditForm
from audits.web.forms.list_bulk import AuditsForm
from audits.web.list_files import Listed
from audits.web.listing import file_of
from audits.web.requests import ClientRequest
from audits.web.session_clock import polled

STOP_POLLING = 286


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "audit.view", request.client)
    bulk = list_bulk.bar(request, AuditsForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed.AUDITS, _listed(request).rows)
    context = list_columns.context(request, ColumnList.AUDITS, found)
    return render(request, "audit/list.html", context | {"bulk": bulk})


def _listed(request: ClientRequest) -> Listed:
    return Listed(
        name=ColumnList.AUDITS.value,
        listing=listings.AUDITS,
        read=lambda: audits.register(request.client),
        for_staff=access.may(request.actor, "technical.view", request.client),
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The list as a download."""
    access.require(request.actor, "audit.view", request.client)
    return list_files.table(request, chosen(request), ending)


def start(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "audit.start", request.client)
    form = AuditForm(request.POST or None, client=request.client, initial=request.GET.dict())
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            audit = service.request(
                client=request.client, actor=request.actor.user, **form.measurement()
            )
        except (InvalidInput, TooMany) as error:
            refused = refusal.show(form, error)
        except AlreadyRunning as error:
            messages.info(request, _("This audit is already on its way."))
            return redirect("audit", slug=slug, pk=error.job.object_id)
        else:
            return redirect("audit", slug=slug, pk=audit.pk)
    context = _start_context(request, form) | {"unauthorised": _unauthorised(form)}
    return errors.limited(render(request, "audit/start.html", context), refused)


@require_POST
def look(request: ClientRequest, slug: str) -> HttpResponseBase:
    """What the audit that stands in the form would do; nothing is started."""
    access.require(request.actor, "audit.start", request.client)
    form = AuditForm(client=request.client, initial=request.POST.dict())
    name = "audit/look.html" if request.htmx else "audit/start.html"
    return render(request, name, _start_context(request, form))


def _start_context(request: ClientRequest, form: AuditForm) -> dict[str, Any]:
    outlook = audit_outlook.outlook(*form.chosen_so_far())
    form.tell(outlook.presets)
    return {
        "form": form,
        "missing": audits.missing(request.client),
        "outlook": outlook,
        "sizes": technical.sample_sizes(),
    }


def _unauthorised(form: AuditForm) -> AIModel | None:
    """The model that nobody has allowed to be audited, where that is what was refused."""
    if not form.has_error("model_version", authorisation.MISSING):
        return None
    version: ModelVersion = form.chosen["model_version"]
    return version.model


def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The result once there is one, the progress until then."""
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="audit.view")
    if audit.job is None:
        raise Http404
    found = audits.result(audit)
    context: dict[str, Any] = {"audit": audit, "progress": audits.progress(audit.job)}
    context |= {"result": found, "runs_again": audits.runs_again(audit)}
    if found is None:
        context |= {"usual_time": audit_outlook.usual_time(audit)}
        return render(request, "audit/running.html", context)
    if not access.may(request.actor, "technical.view", request.client):
        context |= {"people": charts.of_audit(found, "dots", plain=True)}
        return render(request, "audit/owner.html", context)
    context |= {
        "matrix": charts.of_audit(found, "risk_matrix"),
        "curve": charts.of_audit(found, "roc"),
        "further": charts.further(found),
        "technical": technical.read(found),
    }
    return render(request, "audit/result.html", context)


@polled
def progress(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The part of the page that asks again until the job has ended."""
    rows = audits.of_client(request.client).defer("document")
    audit = access.open_row(request.actor, rows, pk, action="audit.view")
    if audit.job is None:
        raise Http404
    standing = audits.progress(audit.job)
    context = {"audit": audit, "progress": standing, "usual_time": audit_outlook.usual_time(audit)}
    response = render(request, "audit/progress.html", context)
    if not standing.is_active:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
def cancel(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = audits.of_client(request.client).defer("document")
    audit = access.open_row(request.actor, rows, pk, action="audit.cancel")
    try:
        service.cancel(audit=audit, actor=request.actor.user)
    except NotPossible as error:
        messages.info(request, str(error))
    return redirect("audit", slug=slug, pk=pk)


@require_POST
def acknowledge(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Leave it at a failed audit: it no longer counts as needing attention."""
    told = _("Acknowledged. This failure no longer counts as needing attention.")
    return _after_failure(request, pk, service.acknowledge, told)


@require_POST
def bring_back(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return _after_failure(request, pk, service.bring_back, _("This failure needs attention again."))


def _after_failure(
    request: ClientRequest, pk: int, change: Callable[..., object], told: str
) -> HttpResponseBase:
    rows = audits.of_client(request.client).defer("document")
    audit = access.open_row(request.actor, rows, pk, action="audit.acknowledge")
    try:
        change(audit=audit, actor=request.actor.user)
    except NotPossible as error:
        messages.info(request, str(error))
    else:
        messages.success(request, told)
    return redirect("audit", slug=request.client.slug, pk=pk)


@require_POST
def again(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The same measurement once more, as a new audit."""
    rows = audits.of_client(request.client).defer("document")
    audit = access.open_row(request.actor, rows, pk, action="audit.start")
    try:
        made = service.again(audit=audit, actor=request.actor.user)
    except (NotPossible, InvalidInput) as error:
        messages.error(request, str(error))
        return redirect("audit", slug=slug, pk=pk)
    except AlreadyRunning as error:
        return redirect("audit", slug=slug, pk=error.job.object_id)
    return redirect("audit", slug=slug, pk=made.pk)


@require_POST
def actions(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Put what the audit advises on the client's plan: with a person and a day each."""
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="checklist.manage")
    found = audits.result(audit)
    if found is None:
        raise Http404
    access.require(request.actor, "audit.view", audit)
    count = audit_actions.put_on_plan(result=found, actor=request.actor.user)
    if not count:
        messages.info(request, _("Each of them has a person and a date already."))
        return redirect("audit", slug=slug, pk=pk)
    told = ngettext(
        "%(n)s action is on the plan, with a person and a date.",
        "%(n)s actions are on the plan, each with a person and a date.",
        count,
    )
    messages.success(request, told % {"n": count})
    return redirect("plan", slug=slug)


def document(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The result in its published form, as a file."""
    return _attached(request, pk, export.audit_json, ".json")


def figures(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Every figure of every attack, as a table."""
    return _attached(request, pk, export.figures_csv, "-figures.csv")


def members(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The members that stand out, by their rows, as a table."""
    return _attached(request, pk, export.exposed_csv, "-members.csv")


def groups(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """The figures of every group, as a table: the page shows the first of them."""
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="technical.view")
    found = (audit.document or {}).get("groups", [])
    if not found:
        raise Http404
    of = f"{pk}-{slug}"
    return file_of(part_listings.GROUPS, found, of=of, ending=ending, for_staff=True)


def evidence(request: ClientRequest, slug: str, pk: int) -> HttpResponse:
    """Result, figures, charts, checklist and report in one file, with a hash of each."""
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="technical.view")
    found = audits.result(audit)
    if found is None:
        raise Http404
    # Held reports are closed to whoever prepares none, here as on the pages of reports.
    with_held = access.may(request.actor, "report.prepare", request.client)
    data = evidence_pack.hand_out(result=found, actor=request.actor.user, with_held=with_held)
    return attached(data, name=f"audit-{pk}-evidence.zip", kind="application/zip")


def _attached(
    request: ClientRequest, pk: int, write: Callable[[Audit], bytes | None], ending: str
) -> HttpResponseBase:
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="technical.view")
    data = write(audit)
    if data is None:
        raise Http404
    kind = "application/json" if ending == ".json" else "text/csv; charset=utf-8"
    return attached(data, name=f"audit-{audit.pk}{ending}", kind=kind)
