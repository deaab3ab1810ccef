import re
from typing import Any

import pytest

from audits import tenancy
from audits.models import Activity, ChecklistItem, Client, Provider, User
from audits.services import client
from audits.services.errors import InvalidInput
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


def test_provider_is_its_own_client_once(tenant: Client, technician: User) -> None:
    own: dict[str, Any] = {"provider_id": tenant.provider_id, "actor": technician}
    made = client.create(**own, name="Quay Managed IT", is_house=True)
    mine = ChecklistItem.objects.filter(client=made)
    assert {"AI-14", "AI-16", "AI-17"} <= set(mine.values_list("control", flat=True))
    assert not mine.filter(control="AI-15").exists()  # one client cannot be mixed
    client.create(**own, name="Second")
    assert mine.filter(control="AI-15").exists()
    with pytest.raises(InvalidInput, match="nother entry is your own company"):
        client.create(**own, name="Another house", is_house=True)
    with pytest.raises(InvalidInput) as error:
        client.edit(client=tenant, actor=technician, values={"is_house": True})
    assert error.value.field == "is_house"
    assert list(Client.objects.filter(is_house=True)) == [made]
    client.edit(client=made, actor=technician, values={"is_house": False})
    assert not mine.filter(control__in=["AI-14", "AI-15", "AI-16", "AI-17"]).exists()


def test_clients_are_counted_for_the_provider_in_scope_alone(tenant: Client) -> None:
    """Also by somebody who may open one of them; nobody counts another provider's."""
    with tenancy.new_provider_scope() as elsewhere:
        Provider.objects.create(pk=elsewhere, name="Another")
        for name in ("A", "B", "C"):
            make_client(elsewhere, name)
    make_client(tenant.provider_id, "Other")
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[tenant.pk]):
        assert Client.objects.count() == 1
        assert tenancy.clients_looked_after(tenant.provider_id) == 2
        assert Client.objects.count() == 1
        with pytest.raises(tenancy.ScopeError):
            tenancy.clients_looked_after(elsewhere)
