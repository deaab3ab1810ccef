"""Files that leave the portal: as attachments, never as something a browser opens."""

from collections.abc import Collection
from typing import BinaryIO

from django.db.models import Model
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from audits.enums import FilePurpose
from audits.models import StoredFile
from audits.services import files
from audits.services.errors import NotPossible
from audits.web.requests import ClientRequest

UNREAD = "application/octet-stream"
"""What a file is called that nobody here has looked into."""


def attached(data: bytes, *, name: str, kind: str) -> HttpResponse:
    """Answer with a file; names in any script are written as RFC 6266 asks."""
    response = HttpResponse(data, content_type=kind)
    # Attachment and a name: there always is such a header.
    response["Content-Disposition"] = str(
        content_disposition_header(as_attachment=True, filename=name)
    )
    return response


def handed_out(
    request: ClientRequest,
    file: StoredFile | None,
    *,
    purposes: Collection[FilePurpose],
    about: Model,
    name: str = "",
    kind: str = UNREAD,
) -> HttpResponseBase:
    """Answer with a stored file, of these purposes alone, which the log names; 404 without one."""
    try:
        plain = files.hand_out(file=file, purposes=purposes, actor=request.actor.user, about=about)
    except NotPossible:
        raise Http404 from None
    return opened(plain, name=name or (file.original_name if file is not None else ""), kind=kind)


def opened(plain: BinaryIO, *, name: str, kind: str) -> HttpResponseBase:
    """Answer with plain bytes that a service opened, which has logged who took them."""
    return FileResponse(plain, as_attachment=True, filename=name, content_type=kind)
