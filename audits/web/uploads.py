"""Uploads are kept in memory-only files: client data never touches the disk in plain."""

import os
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.urls import reverse

from audits.queries import report_seal


def limit_of(request: HttpRequest) -> int:
    """Say how large a file this request may bring: none from who is not logged in, but one.

    Anybody may have a report checked.
    """
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return int(settings.MIA_MAX_UPLOAD_BYTES)
    return report_seal.MAX_BYTES if request.path_info == reverse("report_check") else 0


class MemoryFileHandler(FileUploadHandler):
    """Writes each uploaded file to a memfd, whose descriptor the sandbox can be given."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().new_file(*args, **kwargs)
        self.received = 0
        self.limit = limit_of(self.request) if self.request is not None else 0
        self.file = os.fdopen(os.memfd_create("upload", os.MFD_CLOEXEC), "w+b")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's own signature
        # Beyond the limit bytes are counted, not kept: the form then says how large is too large.
        self.received += len(raw_data)
        if self.received <= self.limit:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def stream_of(upload: UploadedFile[bytes]) -> BinaryIO:
    """The open file behind an upload."""
    return cast("BinaryIO", upload.file)
