"""Who may be asked to see to something at a client: its own people, and the provider's."""

from dataclasses import dataclass

from audits.models import Client, User
from audits.queries import members


@dataclass(frozen=True, kw_only=True)
class Assignees:
    """People of the client, and those of the provider who open it, as far as the scope tells."""

    client: list[User]
    provider: list[User]


def of_client(client: Client) -> Assignees:
    """List people in a fixed number of questions.

    The scope of a client's own people shows nobody of the provider.
    """
    own = [row.user for row in members.people_of(client).filter(user__is_active=True)]
    staff = members.staff_opening(client)
    theirs = {user.pk for user in own}
    return Assignees(client=own, provider=[row.user for row in staff if row.user_id not in theirs])


def of_provider(provider_id: int) -> list[User]:
    """People of the provider who can log in, whichever clients they open."""
    return [row.user for row in members.staff_of(provider_id).filter(user__is_active=True)]
