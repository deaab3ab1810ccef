import secrets
import string

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from audits import tenancy
from audits.models import Client, User
from audits.services import activity, changes, checklist

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
    is_demo: bool = False,
) -> Client:
    """Create a client with its first checklist, and make it part of the running scope."""
    client = Client(
        pk=tenancy.enter_new_client(),
        provider_id=provider_id,
        name=name,
        slug=_new_slug(name),
        industry=industry,
        contact_name=contact_name,
        contact_email=contact_email,
        time_zone=time_zone,
        is_demo=is_demo,
    )
    _insert(client)
    activity.record(client=client, actor=actor, verb="created", obj=client)
    checklist.refresh(client=client)
    return client


@transaction.atomic
def edit(*, client: Client, actor: User, values: dict[str, str]) -> Client:
    """Change what the client form shows."""
    changed = changes.write(client, values)
    activity.record(
        client=client, actor=actor, verb="changed", obj=client, details={"fields": changed}
    )
    return client
