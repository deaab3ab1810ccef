"""The first page of the fleet is light: what a browser takes in before it can be seen."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.enums import ClientState, RatingBadge
from audits.models import Client, ClientChange, ClientFigures, ClientGroup, Membership
from audits.queries import client_figures
from audits.queries.client_figures import Figures
from audits.queries.fleet_risk import ClientRisk
from audits.queries.risk import Standing
from tests import casts
from tests.builders import make_client
from tests.factories import World
from tests.web.reading import html_of, words

# 150 kB are asked for, less a twelfth: names and figures of another database are longer.
LIMIT = 137_500
ROWS = 25
_GRAVE = (
    (RatingBadge.CRITICAL, RatingBadge.CRITICAL),
    (RatingBadge.HIGH, RatingBadge.HIGH),
    (RatingBadge.ELEVATED, RatingBadge.ELEVATED),
    (RatingBadge.UNTESTED, RatingBadge.HIGH),
    (RatingBadge.INCONCLUSIVE, RatingBadge.HIGH),
    (RatingBadge.EXPIRED, RatingBadge.HIGH),
    (RatingBadge.GUARDED, RatingBadge.GUARDED),
    (RatingBadge.LOW, RatingBadge.LOW),
)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def worst() -> Figures:
    """A client of whom everything is to be said that can be said."""
    now = timezone.now()
    standings = {Standing(badge=badge, severity=treated): 12 for badge, treated in _GRAVE}
    return Figures(
        risk=ClientRisk(standings=standings),
        before=RatingBadge.HIGH,
        tools=17,
        tools_unreviewed=12,
        last_audit=now - timedelta(days=200),
        checklist=37,
        open_actions=125,
        overdue_actions=48,
        overdue_models=23,
        overdue_tools=14,
        late_model="Late payment score of the branches in the north",
        late_tool="Help desk answers and contract reader",
        failed_audits=11,
        unstarted_audits=12,
        last_report=now - timedelta(days=120),
    )


def fill(world: World) -> None:
    """A page of clients in the worst state, each in a group and looked after by somebody."""
    provider = world.ours.provider
    with world.ours.scope():
        lead = Membership.objects.get(user=world.ours.admin)
        group = ClientGroup.objects.create(provider=provider, name="Key accounts")
    with tenancy.scope(provider_id=provider.pk, client_ids=()):
        clients = [
            make_client(
                provider.pk,
                f"Riverside Insurance {number:03d}",
                state=ClientState.ACTIVE,
                lead=lead,
            )
            for number in range(ROWS)
        ]
    with tenancy.system_scope("every client of the provider has figures"):
        for client in clients:
            Client.objects.filter(pk=client.pk).update(slug=f"riverside-insurance-{client.pk}")
            group.members.create(provider=provider, client=client)
        basis = client_figures.bases()
        ClientFigures.objects.filter(client__in=clients).delete()
        ClientFigures.objects.bulk_create(
            ClientFigures(
                provider=provider,
                client=client,
                figures=worst().stored(),
                basis=basis[client.pk],
                until=timezone.now() + timedelta(days=1),
            )
            for client in clients
        )
        ClientChange.objects.filter(client__in=clients).delete()


def sent(name: str) -> int:
    """Bytes of a file as a production build sends it: the shorter of two compressed ones."""
    body = Path(str(finders.find(name))).read_bytes()
    return min(len(brotli.compress(body)), len(gzip.compress(body)))


def linked(html: str) -> dict[str, int]:
    tags = re.findall(r'<link[^>]+rel="(?:stylesheet|icon)"[^>]*>|<script[^>]+src=[^>]+>', html)
    found = [re.search(r'(?:href|src)="/static/([^"?]+)"', tag) for tag in tags]
    assert all(found)
    return {one[1]: sent(one[1]) for one in found if one is not None}


def test_first_paint_of_a_fleet_in_the_worst_state_is_light(world: World) -> None:
    fill(world)
    html = html_of(world, "admin", f"{reverse('fleet')}?show=attention")
    rows = html[html.index("<tbody>") : html.index("</tbody>")]
    assert rows.count("<tr") == ROWS
    assert words(f"<main>{rows}</main>").count("12 models rated Critical 11 more reasons") == ROWS
    files = linked(html)
    assert len(files) > 10
    assert len(html.encode()) + sum(files.values()) < LIMIT
