"""Whether a PDF is one that this portal issued: asked by anybody, answered with one word."""

import hashlib
from typing import BinaryIO

from audits.enums import SealVerdict
from audits.models import ReportSeal
from audits.reports import seal

MAX_BYTES = 8 * 1024 * 1024
"""A report is well below; nothing larger is looked at."""
_PIECE = 1024 * 1024


def of_code(code: str) -> SealVerdict:
    """Whether a report with this code was issued; what a file says is another question."""
    found = ReportSeal.objects.filter(code=seal.digest_of(code)).exclude(pdf="").first()
    if found is None:
        return SealVerdict.UNKNOWN
    return SealVerdict.SUPERSEDED if found.superseded_at else SealVerdict.ISSUED


def of_file(source: BinaryIO) -> SealVerdict:
    """Whether these bytes are a report from here; of more than `MAX_BYTES` none is."""
    data = b""
    while piece := source.read(_PIECE):
        data += piece
        if len(data) > MAX_BYTES:
            return SealVerdict.UNKNOWN
    found = ReportSeal.objects.filter(pdf=hashlib.sha256(data).hexdigest()).first()
    if found is not None:
        return SealVerdict.SUPERSEDED if found.superseded_at else SealVerdict.GENUINE
    marked = ReportSeal.objects.filter(code__in=sorted(seal.digests_in(data))).exclude(pdf="")
    return SealVerdict.ALTERED if marked.exists() else SealVerdict.UNKNOWN
