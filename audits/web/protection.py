"""Headers that a browser keeps to, and the size of what anybody may send."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from audits.web import errors, uploads

Respond = Callable[[HttpRequest], HttpResponse]

# Nothing of these is used. Names that browsers do not know everywhere are left out: they complain
# of each on every page, and what they do not know they do not offer.
_SHUT: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
# Passkeys and the copy button are of our own pages alone.
_OWN: Final = ("clipboard-write", "fullscreen", "publickey-credentials-get")
PERMISSIONS: Final = ", ".join(
    [*(f"{name}=()" for name in _SHUT), *(f"{name}=(self)" for name in _OWN)]
)
OF_DOWNLOADS: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
_OF_PAGES: Final = ("GET", "HEAD", "POST")
# The fields of a form and what parts them.
_WITHOUT_FILES: Final = 1024 * 1024


class ProtectionMiddleware:
    """Say on every answer what a browser must not do with it; a download opens as nothing."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if response.get("Content-Disposition", "").startswith("attachment"):
            response["Content-Security-Policy"] = OF_DOWNLOADS
        return response


class MethodMiddleware:
    """Answer pages to the methods that pages have; the API says itself what it takes."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _OF_PAGES and not request.path_info.startswith("/api/"):
            return HttpResponseNotAllowed(_OF_PAGES)
        return self.get_response(request)


class BodyLimitMiddleware:
    """Answer 413 before a body is read that nobody could be sending.

    A form says itself how large a file may be; this is the bound of a request as a whole, and
    who is not logged in has no file to send but a report to be checked.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = _length(request)
        # Who somebody is costs a query: it is asked for large bodies alone.
        if length > _WITHOUT_FILES and length > self._limit(request):
            return errors.too_large(request)
        return self.get_response(request)

    def _limit(self, request: HttpRequest) -> int:
        if not request.user.is_authenticated:
            return _WITHOUT_FILES + uploads.limit_of(request)
        files = settings.DATA_UPLOAD_MAX_NUMBER_FILES or 1
        return files * int(settings.MIA_MAX_UPLOAD_BYTES) + _WITHOUT_FILES


def _length(request: HttpRequest) -> int:
    """The announced length; a body without one is not read at all."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
