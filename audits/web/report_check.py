"""Is this PDF genuine? Anybody may ask, and is told that alone."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audits.web.forms.report_check import ReportCheckForm


@login_not_required
def check(request: HttpRequest) -> HttpResponse:
    is_asked = request.method == "POST"
    form = ReportCheckForm(*(request.POST, request.FILES) if is_asked else ())
    if is_asked and not ratelimit.consume(request, action="report_check"):
        refusal: HttpResponse = ratelimit.respond_429(request)
        return refusal
    verdict = form.verdict() if is_asked and form.is_valid() else None
    return render(request, "report/check.html", {"form": form, "verdict": verdict})
