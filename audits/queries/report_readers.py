"""Who can follow a mailed link to a report of a client: its own readers, and staff who open it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from audits.enums import READING_ROLES
from audits.models import Client, Membership, ReportScheduleReader
from audits.queries import members


def own(client: Client) -> QuerySet[Membership]:
    """People of the client itself who read its reports and can log in."""
    return members.people_of(client).filter(role__in=READING_ROLES, user__is_active=True)


def has_own(client: Client) -> bool:
    """Whether there is anybody of the client to send a report to."""
    return own(client).exists()


def choices(client: Client | None, listed: Iterable[Membership]) -> QuerySet[Membership]:
    """People to choose from: readers of the client, if one is named, and those that are listed."""
    rows = Q(pk__in=[row.pk for row in listed])
    if client is not None:
        rows |= Q(pk__in=own(client).values("pk"))
    return members.called(rows)


def of_client(client: Client) -> list[Membership]:
    """Everybody who can open a link to its reports, each person once: the client's own first."""
    every = [*own(client), *members.staff_opening(client)]
    first: dict[int, Membership] = {}
    for row in every:
        first.setdefault(row.user_id, row)
    return list(first.values())


def by_address(client: Client) -> dict[str, Membership]:
    """The same by their address, in small letters."""
    return {row.user.email.casefold(): row for row in of_client(client)}


# Who gets a link, and who gets it without the others reading of it.
People = tuple[list[Membership], list[Membership]]


@dataclass(frozen=True, kw_only=True)
class Sendable:
    """People of a schedule as they stand today.

    `shown` and `hidden` can open the link, and all of `shown` may know of each other; who is in
    `gone` cannot open it any more.
    """

    shown: list[Membership]
    hidden: list[Membership]
    gone: list[str]


def sendable(client: Client, listed: Iterable[ReportScheduleReader]) -> Sendable:
    """Hold the people of a schedule against who may read today."""
    today = {row.user_id: row for row in of_client(client)}
    found = Sendable(shown=[], hidden=[], gone=[])
    for reader in listed:
        held = today.get(reader.user_id)
        if held is None:
            found.gone.append(reader.user.email)
        elif reader.is_hidden:
            found.hidden.append(held)
        else:
            found.shown.append(held)
    return found
