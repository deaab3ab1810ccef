"""How a provider looks to its clients, on pages and in reports."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audits.models import Client, ClientLogo, Provider
from audits.reports import brand
from audits.reports.brand import Brand


def provider(provider_id: int) -> Provider:
    """The provider in scope, without the bytes of its logo until they are asked for."""
    return Provider.objects.get(pk=provider_id)


def brand_of(house: Provider, client: Client | None = None) -> Brand:
    """What reports look like: the client's own where it has one, else the provider's."""
    own = client if client is not None else house
    return Brand(
        colour=own.brand_colour or house.brand_colour,
        band=own.brand_band or house.brand_band,
        sender=own.report_sender or house.report_sender,
        footer=own.report_footer or house.report_footer,
    )


def logo_of(house: Provider, client: Client | None = None) -> bytes:
    """The logo on reports: the client's own where it has one, else the provider's; maybe none."""
    rows = ClientLogo.objects.filter(client=client) if client is not None else None
    own = rows.values_list("png", flat=True).first() if rows is not None else None
    return bytes(own if own is not None else house.logo)


def own_logo(client: Client) -> str:
    """The fingerprint of the logo that the client has for itself; empty where it has none."""
    rows = ClientLogo.objects.filter(client=client).values_list("digest", flat=True)
    return rows.first() or ""


def logo_shown(of: Provider | Client) -> str:
    """The fingerprint of the logo that stands on reports; empty where none does."""
    if isinstance(of, Client):
        return own_logo(of) or of.provider.logo_digest
    return of.logo_digest


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the top and the foot of a page would look, and how well they can be read."""

    # Of the logo on it, whose picture has an address of its own.
    logo: str
    name: str
    colour: str
    band: str
    band_ink: str
    line: str
    headings: str
    strip: str


def look_of(shown: Brand, of: Provider | Client) -> Look:
    """Show a brand as the first page of a report would have it."""
    name = of.provider.name if isinstance(of, Client) else of.name
    colour = shown.colour if brand.is_colour(shown.colour) else brand.USUAL_COLOUR
    band = shown.band if brand.is_colour(shown.band) else ""
    return Look(
        logo=logo_shown(of),
        name=name,
        colour=colour,
        band=band or brand.WHITE,
        band_ink=shown.band_ink if band else colour,
        line=" · ".join(filter(None, (shown.sender, shown.footer))),
        headings=_("%(ratio)s to 1") % {"ratio": f"{brand.contrast(colour, brand.WHITE):.1f}"},
        strip=_("%(ratio)s to 1, in %(ink)s")
        % {
            "ratio": f"{brand.contrast(shown.band_ink, band):.1f}",
            "ink": _("white") if shown.band_ink == brand.WHITE else _("black"),
        }
        if band
        else _("No strip"),
    )
