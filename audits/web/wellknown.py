"""What machines ask for by convention: whom to tell about a weakness, and what to index."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audits.web import addresses

_TEXT = "text/plain; charset=utf-8"
# RFC 9116 asks for less than a year; whoever reads it within this time can trust it.
_VALID = timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness of this installation, where the operator named somebody."""
    contacts = settings.MIA_SECURITY_CONTACT
    if not contacts:
        raise Http404
    until = (timezone.now() + _VALID).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {addresses.absolute(request, request.path)}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type=_TEXT)


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type=_TEXT)
