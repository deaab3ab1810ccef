"""Which files are taken as evidence: told by their bytes, and by a name that says the same.

Nothing is parsed here. A file is only ever handed out again as it came, to be saved.
"""

import os
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from audits.services.errors import InvalidInput
from audits.services.intake import SMALLER_SCAN, refuse_at_the_door

_MEBIBYTE = 1024**2
_SCANS = frozenset({"pdf", "png", "jpeg"})
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PDF = b"%PDF-"
_ENDINGS = {
    "pdf": {".pdf"},
    "png": {".png"},
    "jpeg": {".jpg", ".jpeg"},
    "text": {".txt", ".csv", ".eml"},
}
# What a text may hold besides what can be printed.
_LAST_CONTROL = 0x9F
_LAYOUT = frozenset("\t\n\r\f")
_MARKUP = ("<!doctype", "<html", "<svg", "<?xml", "<script", "{\\rtf", "%!ps")


def refuse_too_much(source: BinaryIO, *, field: str) -> None:
    """Raise InvalidInput on `field` for what is larger than a scan or an export has to be."""
    refuse_at_the_door({field: source}, remedy=SMALLER_SCAN)
    size, limit = source.seek(0, os.SEEK_END), settings.MIA_MAX_EVIDENCE_BYTES
    if size > limit:
        raise InvalidInput(
            field,
            _("The file has %(size).1f MB; at most %(limit).0f MB are taken here.")
            % {"size": size / _MEBIBYTE, "limit": limit / _MEBIBYTE},
            str(SMALLER_SCAN),
        )


def refuse_unsigned(source: BinaryIO, *, name: str, field: str) -> None:
    """Raise InvalidInput on `field` for what cannot show a signature: no PDF, no picture."""
    if _kind(source) not in _SCANS:
        raise InvalidInput(
            field, _("This is not a PDF and no PNG or JPEG picture."), _("Save it as one of these.")
        )
    refuse_unknown(source, name=name, field=field)


def refuse_unknown(source: BinaryIO, *, name: str, field: str) -> None:
    """Raise InvalidInput on `field` for what is no PDF, PNG, JPEG, plain text or CSV."""
    kind = _kind(source)
    source.seek(0)
    if kind is None:
        raise InvalidInput(
            field,
            _("This is not a PDF, a PNG or JPEG picture, plain text or CSV."),
            _("Save it as one of these, or add a link to it."),
        )
    if PurePath(name.lower()).suffix not in _ENDINGS[kind]:
        endings = _(" or ").join(sorted(_ENDINGS[kind]))
        raise InvalidInput(
            field,
            _("The name of the file does not fit what is in it."),
            _("Give it the ending %(endings)s.") % {"endings": endings},
        )


def _kind(source: BinaryIO) -> str | None:
    source.seek(0)
    head = source.read(16)
    if head.startswith(_PDF):
        return "pdf"
    if head.startswith(_PNG) and head[12:16] == b"IHDR":
        return "png"
    if head.startswith(_JPEG):
        return "jpeg" if _ends_with(source, b"\xff\xd9") else None
    return "text" if head and _is_text(source) else None


def _ends_with(source: BinaryIO, mark: bytes) -> bool:
    """Say whether the last bytes, but for padding, are these."""
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - 64))
    return source.read().rstrip(b"\x00\r\n ").endswith(mark)


def _is_text(source: BinaryIO) -> bool:
    """Say whether all of it reads as UTF-8 (or UTF-16 with its mark), and is no markup."""
    source.seek(0)
    data = source.read()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    start = text.lstrip()[:200].lower()
    return not start.startswith(_MARKUP) and all(
        sign.isprintable() or sign in _LAYOUT or ord(sign) > _LAST_CONTROL for sign in text
    )
