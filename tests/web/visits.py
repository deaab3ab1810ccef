"""One request of one person to one page, looked at once for everything that a test asks about."""

import re
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.test.client import MULTIPART_CONTENT

from audits.models import ClientKey, Job, StoredFile, User
from tests import statements
from tests.factories import ClientCast, World
from tests.web import marked
from tests.web.log_in import forget_tries
from tests.web.test_matrix import GET, Page, address_of, browser_of, cast_of

# What is new with every answer.
_VARYING = re.compile(
    rb"(csrfmiddlewaretoken\" value=\"|X-CSRFToken\": \"|nonce=\"|'nonce-)[^\"']+"
    # A printed list tells when it was made, and is named by that.
    rb"|/(ModDate|CreationDate)\([^)]*\)|/ID ?\[[^\]]*\]|<(xmp|xmpMM|stEvt):\w+>[^<]*"
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What came of it."""

    status: int
    body: bytes
    headers: dict[str, str]
    marks: set[str]
    written: set[tuple[str, str]] = field(default_factory=set)

    @property
    def text(self) -> str:
        """Body and headers, to look for what must not be there."""
        lines = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{lines}\n\n{self.body.decode('latin-1')}"

    @property
    def lasting(self) -> bytes:
        """The body without what is new each time."""
        return _VARYING.sub(b"", self.body)


def visited(
    world: World, name: str, page: Page, *, cast: ClientCast | None = None, method: str = ""
) -> Visit:
    """Ask for the page as the person; an empty form where it takes one, and nothing of it stays."""
    browser = browser_of(world, name)
    address = address_of(page, cast or cast_of(page, world))
    forget_tries()  # everybody asks from one address
    kind = "application/json" if page.name.startswith("api:") else MULTIPART_CONTENT
    with transaction.atomic(), statements.heard() as said:
        asks = (method or page.method) == GET
        answer = browser.get(address) if asks else browser.post(address, None, kind)
        body = bytes(answer.getvalue())
        transaction.set_rollback(True)
    return Visit(
        status=answer.status_code,
        body=body,
        headers=dict(answer.headers.items()),
        marks=marked.marks_of(address, body, answer.headers),
        written=statements.writes(said),
    )


def prepare(world: World, page: Page) -> None:
    """Bring the job of the first client into the state in which the page is asked for."""
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=page.job)


def secrets(world: World) -> set[str]:
    """What no answer may hold, whoever asks."""
    found = {str(settings.SECRET_KEY), str(settings.MIA_ENCRYPTION_KEY)}
    found |= set(User.objects.values_list("password", flat=True))
    for cast in (world.here, world.sibling, world.stranger):
        with cast.scope():
            found |= {bytes(key.wrapped).hex() for key in ClientKey.objects.all()}
            found |= set(StoredFile.objects.values_list("name", flat=True))
    return found
