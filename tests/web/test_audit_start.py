"""The form that starts an audit: what it says before anything is started."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import VersionKind
from audits.models import Audit, DatasetVersion, ModelVersion
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
    # One sentence, the table folded below it, and all of it before the button that starts.
    card = whole[whole.index('id="proof"') : whole.rindex("button-primary")]
    place = card.index("These records are too few to show a leak or to rule one out.")
    assert place < card.index("<details") < card.index("<table") < card.index("</details>")
    assert whole.count('id="proof"') == part.count('id="proof"') == 1
    assert 'hx-swap-oob="true"' in part
    assert 'hx-swap-oob="true"' not in whole
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
    assert "400 records used for training" not in absent
    assert "400 records used for training" in part(own[field])


def test_records_that_a_model_file_was_trained_on_are_chosen_beforehand(world: World) -> None:
    here, browser = world.here, browser_of(world, "technician")
    url = reverse("audit_new", args=[here.client.slug])
    own = f'<option value="{here.dataset_version.pk}" selected>'

    def page(version: int | None = here.model_version.pk) -> str:
        asked = {"model_version": version} if version is not None else {}
        html = browser.get(url, asked).content.decode()
        return str(html.split('name="dataset_version"', 1)[1].split("</select>")[0])

    def told(**values: object) -> None:
        with here.scope():
            ModelVersion.objects.filter(pk=here.model_version.pk).update(**values)

    told(kind=VersionKind.SKOPS, trained_on=None)
    assert own in page()  # the only ones there are
    assert own not in page(None)
    with here.scope():
        again = DatasetVersion.objects.get(pk=here.dataset_version.pk)
        again.pk, again.number = None, again.number + 1
        again.save()
    assert own not in page()
    assert f'<option value="{again.pk}" selected>' not in page()
    told(trained_on=here.dataset_version)
    assert own in page()
    told(kind=VersionKind.PREDICTIONS)
    assert own not in page()
    with world.sibling.scope():
        foreign = world.sibling.model_version
        assert ModelVersion.objects.filter(pk=foreign.pk).exists()
        ModelVersion.objects.filter(pk=foreign.pk).update(kind=VersionKind.SKOPS)
    assert page(foreign.pk) == page(10**9)
    assert " selected>" not in page(foreign.pk).replace('value="" selected>', "")
