"""Operators of the platform: made by a command alone, never from a page."""

from django.db import transaction

from audits import homes
from audits.models import User
from audits.services import break_glass
from audits.services.errors import NotPossible


@transaction.atomic
def add(*, user: User) -> None:
    """Make the account an operator; raises NotPossible where it belongs to a provider or client."""
    # What is stored, not what a session opens: staff who must use single sign-on belong as well.
    if homes.belongs_anywhere(user):
        raise NotPossible(
            "This account belongs to a provider or client. Operators use one of their own."
        )
    user.is_operator = True
    user.save(update_fields=["is_operator"])


@transaction.atomic
def remove(*, user: User) -> None:
    """Take the right away, and end the look that is open."""
    homes.at_every_home(user, lambda home: break_glass.end_open(user=user, client=home.client))
    user.is_operator = False
    user.save(update_fields=["is_operator"])
