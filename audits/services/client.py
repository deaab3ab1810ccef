import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from audits import tenancy
from audits.models import Client, User
from audits.services import activity, changes, checklist
from audits.services.errors import InvalidInput

_ALPHABET = string.ascii_lowercase + string.digits
_TRIES = 5


def _new_slug(name: str) -> str:
    """Name and four random characters: readable, and not guessable from the name alone."""
    stem = slugify(name)[:60].strip("-") or "client"
    return f"{stem}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def _insert(client: Client) -> None:
    """Save a new client under a slug that nobody has: whose the taken one is stays unsaid."""
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                client.save(force_insert=True)
        except IntegrityError as error:
            if "slug" not in str(error) or attempt == _TRIES - 1:
                raise
            client.slug = _new_slug(client.name)
        else:
            return


@transaction.atomic
def create(
    *,
    provider_id: int,
    actor: User | None,
    name: str,
    industry: str = "",
    contact_name: str = "",
    contact_email: str = "",
    time_zone: str = "UTC",
    is_house: bool = False,
    is_demo: bool = False,
) -> Client:
    """Create a client with its first checklist, and make it part of the running scope.

    Raises InvalidInput on "is_house" where the provider's own company is there already.
    """
    client = Client(
        pk=tenancy.enter_new_client(),
        provider_id=provider_id,
        name=name,
        slug=_new_slug(name),
        industry=industry,
        contact_name=contact_name,
        contact_email=contact_email,
        time_zone=time_zone,
        is_house=is_house,
        is_demo=is_demo,
    )
    with _one_house():
        _insert(client)
    activity.record(client=client, actor=actor, verb="created", obj=client)
    checklist.refresh(client=client)
    _refresh_house(client)
    return client


@contextmanager
def _one_house() -> Iterator[None]:
    """Say which field is refused where another client is the provider's own company."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "client_one_house" not in str(error):
            raise
        raise InvalidInput(
            "is_house",
            _("another entry is your own company already"),
            _("Untick it there first."),
        ) from error


def _refresh_house(client: Client) -> None:
    """How many clients there are is a fact about the provider's own company, where it is open."""
    house = Client.objects.filter(provider_id=client.provider_id, is_house=True)
    for row in house.exclude(pk=client.pk):
        checklist.refresh(client=row)


@transaction.atomic
def edit(*, client: Client, actor: User, values: dict[str, Any]) -> Client:
    """Change what the client form shows. Raises InvalidInput on "is_house", as `create` does."""
    with _one_house():
        changed = changes.write(client, values)
    activity.record(
        client=client, actor=actor, verb="changed", obj=client, details={"fields": changed}
    )
    if "is_house" in changed:
        checklist.refresh(client=client)
    return client
