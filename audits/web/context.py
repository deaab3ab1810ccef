"""What the frame of every page needs."""

from functools import cache, partial
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from audits import access, rights
from audits.models import BreakGlass, Client, PortfolioReport, Provider
from audits.queries import branding, break_glass, client_figures, on_their_way
from audits.queries import portfolio as portfolios
from audits.queries.client_figures import BarRating
from audits.queries.on_their_way import OnTheirWay, Reach
from audits.web.addresses import has_name


class Permissions:
    """`may.client_edit` in a template asks the door `client.edit` for the client of the page."""

    def __init__(self, request: HttpRequest) -> None:
        self._actor: access.Actor = request.actor  # type: ignore[attr-defined]
        self._client = request.client  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> bool:
        noun, _, verb = name.rpartition("_")
        action = f"{noun}.{verb}"
        if action not in rights.ACTIONS:
            raise KeyError(name)
        return access.may(self._actor, action, self._client)


def _houses(actor: access.Actor) -> object:
    """Providers of a person of several; read only by a page that shows them."""
    if len(actor.provider_ids) <= 1:
        return None
    return SimpleLazyObject(partial(access.houses, actor))


def _has_several(actor: access.Actor) -> bool:
    return access.may(actor, "fleet.view") or len(actor.client_ids) > 1


def _look(request: HttpRequest, actor: access.Actor) -> BreakGlass | None:
    """The look of a platform operator that everybody at the client sees while it lasts."""
    if actor.user.is_operator:
        return actor.look
    client: Client | None = request.client  # type: ignore[attr-defined]
    return break_glass.open_at(client) if client is not None else None


def house_of(request: HttpRequest) -> Provider | None:
    """The provider whose staff looks at a page of no client, read once for a request."""
    actor: access.Actor = request.actor  # type: ignore[attr-defined]
    if not hasattr(request, "house"):
        is_own = actor.provider_id is not None and access.may(actor, "fleet.view")
        request.house = branding.provider(access.provider_of(actor)) if is_own else None  # type: ignore[attr-defined]
    return cast("Provider | None", request.house)  # type: ignore[attr-defined]


def _rating(client: Client | None) -> BarRating | None:
    return client_figures.bar_rating(client) if client is not None else None


def portfolios_of(actor: access.Actor) -> QuerySet[PortfolioReport] | None:
    """Reports over all clients that a person reads; None for whoever reads none."""
    if actor.provider_id is None or not access.may(actor, "portfolio.view"):
        return None
    seen, every = access.looked_after(actor), actor.all_clients
    return portfolios.of_provider(actor.provider_id, clients=seen, every_client=every)


def work_of(actor: access.Actor) -> Reach:
    """Clients of whose work a page of no client tells: those whose own page would."""
    return Reach(
        audits=access.open_at(actor, "audit.view"),
        reports=access.open_at(actor, "report.prepare"),
    )


def _on_their_way(actor: access.Actor, client: Client | None) -> OnTheirWay:
    """Work that is told on the page: of its client, or of the fleet with the house's own."""
    if client is not None:
        told = access.may(actor, "report.prepare", client)
        return on_their_way.of_client(client, with_reports=told)
    return on_their_way.of_fleet(portfolios_of(actor), work_of(actor))


def _asked_by_the_page(request: HttpRequest) -> dict[str, Any]:
    """Read where it is shown, within the scope: the log-in library writes messages after it."""
    client: Client | None = request.client  # type: ignore[attr-defined]
    actor: access.Actor = request.actor  # type: ignore[attr-defined]
    return {
        "client_rating": cache(partial(_rating, client)),
        "on_their_way": cache(partial(_on_their_way, actor, client)),
        "house": cache(partial(house_of, request)),
    }


def portal(request: HttpRequest) -> dict[str, Any]:
    """Actor, client and work on its way; before the log-in only what holds for everybody."""
    shared = {
        "second_factor_is_required": settings.MIA_REQUIRE_MFA,
        "host_has_name": has_name(request),
    }
    if not hasattr(request, "actor"):
        return shared
    actor: access.Actor = request.actor
    needs = access.needs_second_factor(actor)
    return {
        **shared,
        **_asked_by_the_page(request),
        # Pages of one's own account, which are open before the rest is.
        "account_frame": f"allauth/layouts/{'entrance' if needs else 'manage'}.html",
        "is_offered_second_factor": access.is_offered_second_factor(actor),
        "actor": actor,
        "houses": _houses(actor),
        "client": request.client,  # type: ignore[attr-defined]
        "may": Permissions(request),
        "may_switch": _has_several(actor),
        "look": _look(request, actor),
        "only_looks": actor.only_looks,
        "is_synthetic": request.client.synthetic if request.client else actor.synthetic,  # type: ignore[attr-defined]
    }
