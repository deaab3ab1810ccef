"""What lists of people can be asked: the provider's own, and those of a client."""

from typing import Final

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.enums import CLIENT_ROLES, STAFF_ROLES, PersonColumn, TeamColumn
from audits.models import Membership
from audits.queries import members
from audits.queries.narrowing import (
    Choice,
    RowNarrowing,
    TableNarrowing,
    headings,
    place_of,
    places,
)
from audits.queries.team import Colleague

NAME = "name"
_TEXT, _ANY_ROLE = _("Name or e-mail"), _("Every role")
_STAFF = places(STAFF_ROLES)

TEAM: Final = RowNarrowing[Colleague](
    text_label=_TEXT,
    choices={
        TeamColumn.ROLE.value: Choice(
            label=_("Role"),
            empty=_ANY_ROLE,
            offered=[(one.value, one.label) for one in STAFF_ROLES],
            at_hand=True,
        ),
        TeamColumn.FACTOR.value: Choice(
            label=_("Second factor"),
            empty=_("Any"),
            offered=[("yes", _("Set up")), ("no", _("Not set up"))],
            at_hand=True,
        ),
    },
    first=NAME,
    called={NAME: _("Person"), **headings(TeamColumn)},
    falling=frozenset({TeamColumn.SEEN.value}),
    texts=lambda row: (row.held.user.name, row.held.user.email),
    fits={
        TeamColumn.ROLE.value: lambda row, value: row.held.role == value,
        TeamColumn.FACTOR.value: lambda row, value: row.has_second_factor == (value == "yes"),
    },
    orders={
        NAME: lambda row: str(row.held.user).casefold(),
        TeamColumn.ROLE.value: lambda row: _STAFF[row.held.role],
        TeamColumn.OPENS.value: lambda row: (
            not row.held.all_clients,
            -len(row.clients),
            -len(row.groups),
        ),
        TeamColumn.FACTOR.value: lambda row: row.has_second_factor,
        TeamColumn.SEEN.value: lambda row: row.held.seen_at,
    },
)

PEOPLE: Final = TableNarrowing[Membership](
    text_label=_TEXT,
    choices={
        PersonColumn.ROLE.value: Choice(
            label=_("Role"),
            empty=_ANY_ROLE,
            offered=[(one.value, one.label) for one in CLIENT_ROLES],
            at_hand=True,
        ),
    },
    first=NAME,
    called={NAME: _("Person"), **headings(PersonColumn)},
    falling=frozenset({PersonColumn.SEEN.value}),
    texts=("user__name", "user__email"),
    fits={PersonColumn.ROLE.value: lambda value: Q(role=value)},
    orders={
        NAME: members.CALLED,
        PersonColumn.ROLE.value: place_of("role", CLIENT_ROLES),
        PersonColumn.SEEN.value: F("seen_at"),
    },
    alike=("pk",),
)
