"""The words that each client's checklist speaks: those of the edition it is pinned to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from audits.guidance import catalogue, editions
from audits.guidance.catalogue import Control
from audits.guidance.editions import Difference
from audits.models import CatalogueEdition, ChecklistPin, Client

Controls = Mapping[str, Control]
# Words by their digest: they are the same for everybody, and an edition never changes.
_READ: dict[str, Controls] = {}
_MOST_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Which edition a client is pinned to, and what the newest one would change."""

    version: str
    newest: str
    difference: Difference

    @property
    def is_behind(self) -> bool:
        return bool(self.difference)


def _controls(edition: CatalogueEdition) -> Controls:
    """The controls of a stored edition, which are mostly those of the installation itself."""
    if edition.digest == editions.current().digest:
        return catalogue.by_id()
    if edition.digest not in _READ:
        while len(_READ) >= _MOST_KEPT:
            _READ.pop(next(iter(_READ)))
        found = editions.restored(edition.controls)
        _READ[edition.digest] = {control.id: control for control in found}
    return _READ[edition.digest]


def controls_of(clients: Iterable[int]) -> dict[int, Controls]:
    """For each client the controls of its edition; one that has none yet is missing."""
    pins = ChecklistPin.objects.filter(client__in=list(clients)).select_related("edition")
    return {pin.client_id: _controls(pin.edition) for pin in pins.defer("edition__controls")}


def others() -> list[tuple[CatalogueEdition, Controls]]:
    """Editions but the newest by which a client in scope speaks, each with its controls."""
    pinned = CatalogueEdition.objects.filter(pk__in=ChecklistPin.objects.values("edition"))
    older = pinned.exclude(digest=editions.current().digest).defer("controls")
    return [(edition, _controls(edition)) for edition in older]


def pinned_to(editions_: Iterable[CatalogueEdition]) -> QuerySet[ChecklistPin, Any]:
    """The clients that speak by one of these editions, for asking about them."""
    return ChecklistPin.objects.filter(edition__in=list(editions_)).values("client")


def where(fits: Callable[[Control], bool]) -> Q:
    """Items whose control fits, in the words of each client's edition."""
    older = others()
    wanted = Q(control__in=_fitting(catalogue.by_id(), fits))
    if older:
        wanted &= ~Q(client__in=pinned_to(edition for edition, _controls in older))
    for edition, controls in older:
        pinned = Q(client__in=pinned_to([edition]))
        wanted |= pinned & Q(control__in=_fitting(controls, fits))
    return wanted


def _fitting(controls: Controls, fits: Callable[[Control], bool]) -> list[str]:
    return [key for key, control in controls.items() if fits(control)]


def controls_at(client: Client) -> Controls:
    """The controls of one client: those of the newest edition where it has no checklist yet."""
    return controls_of([client.pk]).get(client.pk) or catalogue.by_id()


def kept(edition: CatalogueEdition) -> Controls:
    """The controls of an edition that an item kept its words from."""
    return _controls(edition)


def standing(client: Client) -> Standing:
    """Compare the edition of a client with the newest one."""
    pin = ChecklistPin.objects.filter(client=client).select_related("edition").first()
    newest = editions.current()
    old = _controls(pin.edition).values() if pin is not None else newest.controls
    return Standing(
        version=pin.edition.version if pin is not None else newest.version,
        newest=newest.version,
        difference=editions.difference(old, newest.controls),
    )
