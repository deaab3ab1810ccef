"""The space for a client's files: nothing is taken in beyond it, and the provider sets it."""

from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from audits.enums import FilePurpose
from audits.models import Client, ClientKey, User
from audits.queries import storage_use
from audits.services import activity, changes
from audits.services.errors import InvalidInput

# What people bring; what the portal makes itself is counted and never refused half-way.
TAKEN_IN = frozenset(set(FilePurpose) - {FilePurpose.UNIT_OUTPUT, FilePurpose.REPORT})
_SIDES = frozenset({FilePurpose.MEMBERS, FilePurpose.NONMEMBERS, FilePurpose.POPULATION})


def require(*, client: Client, purpose: FilePurpose, size: int) -> None:
    """Raise InvalidInput where the file does not fit beside what the client has stored.

    The row of the client's key is locked until the end of the transaction, so that of two uploads
    at once the second counts the first. Not the client's own row: others lock that after rows
    which an upload locks later, and two of them could wait for each other.
    """
    if purpose not in TAKEN_IN:
        return
    ClientKey.objects.select_for_update(no_key=True).get(client=client)
    limit = storage_use.limit_of(Client.objects.get(pk=client.pk))
    used = storage_use.used_by(client)
    if used + size <= limit:
        return
    raise InvalidInput(
        str(purpose) if purpose in _SIDES else "file",
        _("the files of this client use %(used)s of %(limit)s, and this file needs %(size)s")
        % {
            "used": filesizeformat(used),
            "limit": filesizeformat(limit),
            "size": filesizeformat(size),
        },
        _("Delete old versions of models or datasets, or have the provider allow more space."),
    )


@transaction.atomic
def set_limit(*, client: Client, actor: User, limit_mb: int | None) -> None:
    """Allow this client another size than the usual one; None takes the usual one again."""
    changed = changes.write(client, {"storage_limit_mb": limit_mb})
    if changed:
        activity.record(
            client=client, actor=actor, verb="changed", obj=client, details={"fields": changed}
        )
