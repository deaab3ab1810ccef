"""The end of the demo: what came with it goes at once, after a question."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from audits import access, homes
from audits.models import Provider
from audits.queries import branding
from audits.queries import demo as demos
from audits.services import demo_removal
from audits.services.demo_removal import Gone
from audits.services.errors import NotPossible
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest


def remove(request: FleetRequest) -> HttpResponseBase:
    """Ask, saying which clients and accounts would go; then remove them."""
    access.require(request.actor, "demo.remove")
    if (asked := confirmation(request)) is not None:
        return asked
    provider_id = access.provider_of(request.actor)
    if request.method != "POST":
        found = demos.house(branding.provider(provider_id), but=request.actor.user)
        return render(request, "settings/demo.html", {"demo": found})
    try:
        gone = demo_removal.remove(provider_id=provider_id, actor=request.actor.user)
    except NotPossible:
        raise Http404 from None
    messages.success(request, _told(gone))
    return redirect("fleet")


def remove_all(request: FleetRequest) -> HttpResponseBase:
    """The same for whoever runs the platform: every provider that came with the demo."""
    access.require(request.actor, "demo.remove_all")
    if (asked := confirmation(request)) is not None:
        return asked
    user, houses = request.actor.user, list[demos.House]()
    if request.method == "POST":
        try:
            gone = demo_removal.remove_everywhere(operator=user)
        except NotPossible:
            raise Http404 from None
        messages.success(request, _told(gone))
        return redirect("looks")

    def look(house: Provider) -> None:
        houses.append(demos.house(house, but=user))

    homes.at_every_demo(user, look)
    goes = any(house.has_any for house in houses)
    return render(request, "operator/demo.html", {"houses": houses, "goes": goes})


def _told(gone: Gone) -> str:
    """Say how much went, and what did not, in a sentence each."""
    sentences = (
        (gone.providers, _providers(gone.providers)),
        (gone.clients, _clients(gone.clients)),
        (gone.accounts, _accounts(gone.accounts)),
        (gone.closed, _closed(gone.closed)),
        (gone.kept, _kept(gone.kept)),
    )
    return " ".join(sentence for count, sentence in sentences if count)


def _providers(n: int) -> str:
    return ngettext(
        "%(n)s provider of the demo was removed, with everything of its own.",
        "%(n)s providers of the demo were removed, with everything of their own.",
        n,
    ) % {"n": n}


def _clients(n: int) -> str:
    return ngettext("%(n)s demo client was removed.", "%(n)s demo clients were removed.", n) % {
        "n": n
    }


def _accounts(n: int) -> str:
    return ngettext("%(n)s demo account was removed.", "%(n)s demo accounts were removed.", n) % {
        "n": n
    }


def _closed(n: int) -> str:
    return ngettext(
        "%(n)s demo account was closed and not deleted, because records that stay name it.",
        "%(n)s demo accounts were closed and not deleted, because records that stay name them.",
        n,
    ) % {"n": n}


def _kept(n: int) -> str:
    return ngettext(
        "%(n)s demo account stays, because nobody real holds its role: give the role to somebody"
        " else, then remove the demo once more.",
        "%(n)s demo accounts stay, because nobody real holds their roles: give the roles to"
        " somebody else, then remove the demo once more.",
        n,
    ) % {"n": n}
