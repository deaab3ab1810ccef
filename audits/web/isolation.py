from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.queries import isolation
from audits.reports import isolation as written
from audits.services import isolation as service
from audits.web.downloads import attached
from audits.web.requests import FleetRequest

_KINDS = {"txt": "text/plain; charset=utf-8", "json": "application/json"}


def overview(request: FleetRequest) -> HttpResponseBase:
    """The newest result, and the button that makes another one."""
    access.require(request.actor, "isolation.check")
    if request.method == "POST" and request.actor.provider_id is not None:
        kept = service.run(provider_id=request.actor.provider_id, actor=request.actor.user)
        if not kept.passed:
            messages.error(request, _("A wall gave way. Tell whoever runs the portal at once."))
        return redirect("isolation_check", pk=kept.pk)
    checks = isolation.checks()
    newest = checks.first()
    context = {
        "check": newest,
        "found": isolation.statement(newest) if newest else None,
        "checks": checks[:20],
    }
    return render(request, "settings/isolation.html", context)


def detail(request: FleetRequest, pk: int) -> HttpResponseBase:
    """One kept result, to read and to print."""
    check = access.open_row(request.actor, isolation.checks(), pk, action="isolation.check")
    context = {"check": check, "found": isolation.statement(check)}
    return render(request, "settings/isolation_check.html", context)


def download(request: FleetRequest, pk: int, kind: str) -> HttpResponseBase:
    """A kept result as a file that an auditor can file."""
    check = access.open_row(request.actor, isolation.checks(), pk, action="isolation.check")
    write = written.text if kind == "txt" else written.as_json
    name = f"isolation-check-{check.at:%Y-%m-%d}-{check.pk}.{kind}"
    return attached(write(isolation.statement(check)), name=name, kind=_KINDS[kind])
