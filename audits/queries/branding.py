"""How a provider looks to its clients, on pages and in reports."""

from audits.models import Client, Provider
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
