import re

import pytest

from audits import tenancy
from audits.models import Activity, ChecklistItem, Client, Provider, User
from audits.services import client
from tests.chains import details
from tests.factories import make_client


def test_create_makes_a_client_with_its_first_checklist(tenant: Client, technician: User) -> None:
    made = client.create(
        provider_id=tenant.provider_id,
        actor=technician,
        name="Müller & Søn Dental",
        contact_email="owner@harbour.example",
        time_zone="Europe/Copenhagen",
    )
    assert re.fullmatch("muller-sn-dental-[a-z0-9]{4}", made.slug)
    assert made.pk in tenancy.current_scope().client_ids
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[made.pk]):
        stored = Client.objects.get()
        assert (stored.name, stored.time_zone) == ("Müller & Søn Dental", "Europe/Copenhagen")
        assert ChecklistItem.objects.count() == 7
        assert list(Activity.objects.values_list("verb", "actor")) == [("created", technician.pk)]


def test_two_clients_of_one_name_have_two_addresses(tenant: Client, technician: User) -> None:
    slugs = {
        client.create(provider_id=tenant.provider_id, actor=technician, name="中文").slug
        for _ in range(3)
    }
    assert len(slugs) == 3
    assert all(re.fullmatch("client-[a-z0-9]{4}", slug) for slug in slugs)


def test_an_address_that_another_provider_uses_is_drawn_again(
    tenant: Client, technician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The uniqueness of addresses is the one thing all providers share: nobody hears of it."""
    with tenancy.new_provider_scope() as provider_id:
        Provider.objects.create(pk=provider_id, name="Another")
        make_client(provider_id)
        Client.objects.update(slug="harbour-dental-aaaa")
    drawn = iter("aaaabbbb")
    monkeypatch.setattr("secrets.choice", lambda _letters: next(drawn))
    made = client.create(provider_id=tenant.provider_id, actor=technician, name="Harbour Dental")
    assert made.slug == "harbour-dental-bbbb"
    assert not Client.objects.filter(slug="harbour-dental-aaaa").exists()


def test_edit_keeps_the_address(tenant: Client, technician: User) -> None:
    slug = tenant.slug
    client.edit(client=tenant, actor=technician, values={"name": "Renamed", "industry": ""})
    stored = Client.objects.get(pk=tenant.pk)
    assert (stored.name, stored.slug) == ("Renamed", slug)
    assert details(Activity.objects.get()) == {
        "fields": {"name": {"before": "Harbour Dental", "after": "Renamed"}}
    }
