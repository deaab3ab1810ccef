"""The form that starts an audit: what it says before anything is started."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.models import Audit
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_choice_is_answered_with_what_it_would_do_and_starts_nothing(world: World) -> None:
    here, browser = world.here, browser_of(world, "technician")
    with here.scope():
        before = Audit.objects.count()
    chosen = {
        "model_version": here.model_version.pk,
        "dataset_version": here.dataset_version.pk,
        "preset": "deep",
    }
    url = reverse("audit_look", args=[here.client.slug])
    part = browser.post(url, chosen, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<aside")
    assert "400 records used for training, 400 held out" in part
    whole = browser.post(url, chosen).content.decode()
    for said in (
        "400 records used for training, 400 held out",
        "Trains up to 64 reference models",
        "What to add to prove more",
    ):
        assert said in words(whole)
    assert f'<option value="{here.model_version.pk}" selected>' in whole
    with here.scope():
        assert Audit.objects.count() == before


@pytest.mark.parametrize("field", ["model_version", "dataset_version"])
def test_foreign_choice_says_no_more_than_an_absent_one(world: World, field: str) -> None:
    here, browser = world.here, browser_of(world, "technician")
    own = {"model_version": here.model_version.pk, "dataset_version": here.dataset_version.pk}
    url = reverse("audit_look", args=[here.client.slug])

    def part(pk: int) -> str:
        answer = browser.post(url, own | {field: pk}, headers={"HX-Request": "true"})
        return str(answer.content.decode())

    absent = part(10**9)
    for cast in (world.sibling, world.stranger):
        row = getattr(cast, field)
        with cast.scope():
            assert type(row).objects.filter(pk=row.pk).exists()
        assert part(row.pk) == absent
    assert "What these records can prove" not in absent
    assert "What these records can prove" in part(own[field])
