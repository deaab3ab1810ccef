"""Names that may stand once per client: the database decides, the form hears of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from audits.services.errors import InvalidInput


@contextmanager
def refused_if_taken() -> Iterator[None]:
    """Raise InvalidInput on "name" where the client has a row of that name already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "_name_once" not in str(error):
            raise
        raise InvalidInput(
            "name", "This name is in use already.", "Choose a name that tells the two apart."
        ) from error
