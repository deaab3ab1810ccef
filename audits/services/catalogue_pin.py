"""Which edition of the catalogue a client's checklist speaks by, and where its words are kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from audits.guidance import editions
from audits.guidance.catalogue import Control
from audits.guidance.editions import Edition
from audits.models import CatalogueEdition, ChecklistPin, Client
from audits.queries import editions as queries


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """The edition of a client: its version and its controls by id."""

    version: str
    controls: Mapping[str, Control]


def of_client(*, client: Client) -> Pinned:
    """Return what the client is pinned to; a client without a pin gets the newest edition."""
    pins = ChecklistPin.objects.filter(client=client).select_related("edition")
    pin = pins.defer("edition__controls").first()
    if pin is None:
        pin = ChecklistPin.objects.create(
            provider_id=client.provider_id, client=client, edition=kept(editions.current())
        )
    return Pinned(version=pin.edition.version, controls=queries.kept(pin.edition))


def kept(edition: Edition) -> CatalogueEdition:
    """Store the words of an edition, once for everybody who is ever pinned to it."""
    row, _ = CatalogueEdition.objects.get_or_create(
        digest=edition.digest,
        defaults={"version": edition.version, "controls": editions.dumped(edition.controls)},
    )
    return row
