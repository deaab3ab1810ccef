"""The world for load tests: made again from its seed, marked, kept out of reports, removable."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from audits import tenancy
from audits.enums import JobState
from audits.models import (
    Activity,
    AIModel,
    AITool,
    Audit,
    ChecklistItem,
    Client,
    Finding,
    Job,
    Provider,
    Report,
    StoredFile,
    TenantModel,
    User,
)
from audits.queries import activity_chain
from audits.queries import audit as audits
from audits.services import client as clients
from audits.services import made_results, result_shape, scale_plan, seed_scale
from audits.services.errors import NotPossible
from tests.factories import World
from tests.summaries import owner_summary
from tests.tenancy.rows import TENANT_MODELS, unguarded

SIZE = scale_plan.Size(clients=3, models=9, audits=30)


@pytest.fixture
def quick_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what takes the engine a moment."""
    few = {key: made_results.CASES[key] for key in ("few", "hint", "severe")}
    monkeypatch.setattr(made_results, "CASES", few)
    monkeypatch.setattr(scale_plan, "_TEMPERS", ({"few": 1, "hint": 2, "severe": 1},) * 5)


@pytest.fixture
def seeded(quick_cases: None, storage_folder: Path, world: World) -> Iterator[Provider]:
    """A made-up provider beside the cast, as the command makes it."""
    call_command("seed_scale", clients=3, models=9, audits=30, verbosity=0)
    with tenancy.system_scope("a test looks for what was made up"):
        yield Provider.objects.get(synthetic=True)


def test_world_is_the_same_for_the_same_seed_and_has_the_size_asked_for() -> None:
    drawn, again = ([*scale_plan.world(SIZE, seed=4)] for _ in range(2))
    other = [*scale_plan.world(SIZE, seed=5)]
    assert drawn == again != other
    models = [model for client in drawn for model in client.models]
    assert (len(drawn), len(models)) == (3, 9)
    assert sum(len(model.audits) for model in models) == 30
    assert all(
        [one.age for one in model.audits] == sorted((one.age for one in model.audits), reverse=True)
        for model in models
    )


@pytest.mark.parametrize("key", ["few", "severe"])
def test_result_of_a_case_is_the_engines_own_and_shortens_to_a_valid_one(key: str) -> None:
    made = made_results.made(key)
    result_shape.check(made.document)
    result_shape.check(made.shortened())
    assert made.document["verdict"]["outcome"] == {"few": "inconclusive", "severe": "severe"}[key]
    assert all(len(curve["fpr"]) <= 82 for curve in made.shortened()["curves"].values())


@pytest.mark.django_db
def test_seeded_world_is_whole_marked_and_of_the_size_asked_for(seeded: Provider) -> None:
    own = Client.objects.filter(provider=seeded)
    assert (own.count(), own.filter(synthetic=True, is_demo=False).count()) == (3, 3)
    assert AIModel.objects.filter(provider=seeded).count() == 9
    made = Audit.objects.filter(provider=seeded)
    assert made.count() == 30
    ended = made.filter(job__state=JobState.SUCCEEDED)
    assert ended.exists()
    assert not ended.filter(completed_at=None).exists()
    assert not made.exclude(job__state=JobState.SUCCEEDED).exclude(completed_at=None).exists()
    linked = Job.objects.filter(provider=seeded).values_list("object_id", "audit__pk")
    assert all(told == pk for told, pk in linked)
    for model in (Finding, ChecklistItem, Activity):
        assert model._default_manager.filter(provider=seeded).exists()
    assert AITool.objects.filter(provider=seeded).exists()
    connection.check_constraints()
    # Every result opens as a page would open it.
    shown = [audits.result(one) for one in audits.of_client(own[0]) if one.completed_at]
    assert shown
    assert all(one is not None and one.words.headline for one in shown)


@pytest.mark.django_db
def test_made_up_client_enters_no_report(seeded: Provider, world: World) -> None:
    made = Audit.objects.filter(provider=seeded, completed_at__isnull=False).first()
    assert made is not None
    with pytest.raises(NotPossible, match="made up for load tests"):
        owner_summary(audits.of_client(made.client).get(pk=made.pk), None)
    row = {"number": 1, "data": {}, "provider_id": seeded.pk}
    with pytest.raises(IntegrityError, match="enter no report"), transaction.atomic():
        Report.objects.create(**row, client=made.client, audit=made)
    kept = world.here.report
    with pytest.raises(IntegrityError, match="enter no report"), transaction.atomic():
        Report.objects.filter(pk=kept.pk).update(client=made.client, provider=seeded, audit=made)


@pytest.mark.django_db
def test_marks_stay_as_they_were_first_written(seeded: Provider, world: World) -> None:
    made, real = Client.objects.filter(provider=seeded)[0], world.here.client
    Client.objects.filter(pk__in=[made.pk, real.pk]).update(synthetic=False, is_demo=True)
    Provider.objects.filter(pk=seeded.pk).update(synthetic=False)
    found = Client.objects.filter(pk__in=[made.pk, real.pk])
    assert dict(found.values_list("pk", "synthetic")) == {made.pk: True, real.pk: False}
    assert not found.filter(is_demo=True).exists()
    assert Provider.objects.get(pk=seeded.pk).synthetic


@pytest.mark.django_db
def test_client_of_a_made_up_provider_is_made_up(seeded: Provider) -> None:
    with tenancy.scope(provider_id=seeded.pk, client_ids=()):
        made = clients.create(provider_id=seeded.pk, actor=None, name="Added by hand")
        assert Client.objects.get(pk=made.pk).synthetic


@pytest.mark.django_db
def test_removing_takes_the_made_up_provider_and_nothing_else(
    seeded: Provider, world: World, storage_folder: Path
) -> None:
    def others() -> dict[type[TenantModel], int]:
        return {
            model: model._default_manager.exclude(provider=seeded).count()
            for model in TENANT_MODELS
        }

    before, files = others(), StoredFile.objects.filter(provider=seeded).count()
    assert files
    pk, slug = seeded.pk, world.here.client.slug
    call_command("seed_scale", remove=True, verbosity=0)
    with tenancy.system_scope("a test looks for what was left"):
        assert not Provider.objects.filter(pk=pk).exists()
        assert not Client.objects.filter(provider_id=pk).exists()
        assert others() == before
        assert Client.objects.filter(slug=slug).exists()
    assert not User.objects.filter(email__endswith=f"@{seed_scale.DOMAIN}").exists()
    connection.check_constraints()


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["client", "provider"])
def test_database_removes_nothing_that_is_not_made_up(world: World, what: str) -> None:
    pk = world.here.client.pk if what == "client" else world.ours.provider.pk
    with world.here.scope(), pytest.raises(DatabaseError, match="no made-up"), transaction.atomic():
        _ask(f"SELECT mia_remove_made_up_{what}({pk})")
    with world.here.scope():
        assert unguarded(Client).filter(pk=world.here.client.pk).exists()
        # Whoever claims to be removing is refused the log all the same.
        _ask(f"SELECT set_config('mia.removing', '{what}:{pk}', true)")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            _ask("DELETE FROM audits_activity")


def _ask(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_chains_of_a_seeded_client_verify(seeded: Provider) -> None:
    _ask("SET CONSTRAINTS ALL IMMEDIATE")
    assert activity_chain.verify_client(Client.objects.filter(provider=seeded)[0]).is_intact
