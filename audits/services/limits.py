"""How often something may be asked for: counted on the shared cache, for a client or a person.

A window begins with its first request, so that nobody gets twice the number around a full hour.
"""

import math
import time

from django.conf import settings

from audits import cache
from audits.cache import Owner
from audits.models import User
from audits.services.errors import TooMany

MINUTE, HOUR = 60, 3600


def spend(
    owner: Owner, name: str, *, most: int, seconds: int, refusal: str, now: float | None = None
) -> None:
    """Count one request; raises TooMany with `refusal` where it is one more than `most`."""
    moment = time.time() if now is None else now
    since = f"{name}_since"
    begun = cache.keep_first(moment, owner, since, seconds=seconds)
    if not begun <= moment < begun + seconds:
        begun = moment
        cache.keep(begun, owner, since, seconds=seconds)
    # The counter outlives its window, so that it cannot start anew inside of it.
    if cache.count(owner, name, repr(begun), seconds=2 * seconds) > most:
        raise TooMany(refusal, retry_after_seconds=math.ceil(begun + seconds - moment))


def spend_pdf(*, actor: User | None) -> None:
    """Count one PDF that a person asks for, of whatever kind."""
    if actor is None:
        return
    most = settings.MIA_PDF_REQUESTS_PER_HOUR
    spend(
        cache.of_person(actor.pk),
        "pdf_requests",
        most=most,
        seconds=HOUR,
        refusal=f"One person may ask for {most} PDFs in an hour",
    )
