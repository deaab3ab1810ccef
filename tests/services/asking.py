"""Asking people in and joining, as the pages do it."""

import re

from django.http import Http404

from audits.access import opened, opened_invitation
from audits.enums import Role
from audits.models import (
    OutgoingMail,
    User,
)
from audits.services import invitation as service
from audits.services import mail
from audits.services.invitation import Sent
from audits.services.member import NOTHING, Grants
from tests.factories import World

EMAIL, PASSWORD = "zoe@elsewhere.example", "a long and winding passphrase"


def link(token: str) -> str:
    return f"https://portal.example/join/{token}/"


def invite(
    world: World, person: str, role: Role, *, email: str = EMAIL, grants: Grants = NOTHING
) -> Sent:
    """As the page would: to the first client, or to the provider itself."""
    here = world.here.client if role.is_held_at_a_client else None
    with opened(world.ours.people()[person], slug=here.slug if here else None) as (actor, _):
        return service.invite(
            actor=actor, client=here, email=email, role=role, link=link, grants=grants
        )


def token_of(sent: Sent) -> str:
    """The end of the link, out of the letter itself."""
    letter = mail.read(OutgoingMail.objects.filter(recipient=sent.invitation.email).latest("pk"))
    found = re.search(r"/join/([\w-]{43})/", letter.body)
    assert found is not None
    return found[1]


def join(token: str, *, name: str = "Zoe", password: str = PASSWORD) -> User:
    with opened_invitation(token) as found:
        return service.accept_as_new(invitation=found, name=name, password=password)


def refused(token: str) -> bool:
    try:
        with opened_invitation(token):
            return False
    except Http404:
        return True
