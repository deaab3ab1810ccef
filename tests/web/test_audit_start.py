"""The form that starts an audit: what it says before anything is started."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import VersionKind
from audits.models import Audit, DatasetVersion, ModelVersion
from tests import casts
from tests.factories import World, make_model
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
    assert f'<option value="{here.model_version.pk}" selected data-kind="' in whole
    assert f'<option value="{here.dataset_version.pk}" selected>' in whole
    # One sentence, the table folded below it, and all of it before the button that starts.
    card = whole[whole.index('id="proof"') : whole.rindex("button-primary")]
    place = card.index("These records are too few to show a leak or to rule one out.")
    more = card.index("What to add to prove more")
    assert place < card.index("<details") < more < card.index("</details>")
    assert "<table" not in card  # eight times No would say it again
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


def test_choice_of_a_model_brings_its_records_and_that_of_predictions_takes_them_back(
    world: World,
) -> None:
    here, browser = world.here, browser_of(world, "technician")
    url = reverse("audit_look", args=[here.client.slug])
    mark = 'hx-swap-oob="true"'

    def records(kind: VersionKind, posted: object) -> str:
        with here.scope():
            ModelVersion.objects.filter(pk=here.model_version.pk).update(kind=kind)
        form = {"model_version": here.model_version.pk, "dataset_version": posted}
        html = browser.post(url, form, headers={"HX-Request": "true"}).content.decode()
        select = re.search(r'<select name="dataset_version"[^>]*>.*?</select>', html, re.DOTALL)
        return "" if select is None else select[0]

    own = f'<option value="{here.dataset_version.pk}" selected>'
    brought = records(VersionKind.SKOPS, "")
    assert mark in brought
    assert own in brought
    assert records(VersionKind.SKOPS, here.dataset_version.pk) == ""
    taken = records(VersionKind.PREDICTIONS, here.dataset_version.pk)
    assert mark in taken
    assert '<option value="" selected>' in taken
    assert records(VersionKind.PREDICTIONS, "") == ""


def test_only_model_is_chosen_beforehand_in_its_newest_version(world: World) -> None:
    here, browser = world.here, browser_of(world, "technician")
    url = reverse("audit_new", args=[here.client.slug])

    def chosen() -> list[tuple[str, str]]:
        html = browser.get(url).content.decode()
        select = html.split('name="model_version"', 1)[1].split("</select>")[0]
        return re.findall(r'value="(\d+)" selected data-kind="(\w+)"', select)

    with here.scope():
        newer = ModelVersion.objects.get(pk=here.model_version.pk)
        newer.pk, newer.number = None, newer.number + 1
        newer.save()
        models = set(
            ModelVersion.objects.filter(file__isnull=False).values_list("model", flat=True)
        )
        assert models == {here.model_version.model_id}
    assert chosen() == [(str(newer.pk), newer.kind)]
    with here.scope():
        other = make_model(here.client, "Another")
        newer.pk, newer.model = None, other
        newer.save()
    assert chosen() == []


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
    assert own in page(None)  # of the only model there is
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


def test_depth_says_inside_its_card_what_it_does_and_how_long_that_takes(world: World) -> None:
    here, browser = world.here, browser_of(world, "technician")
    chosen = {
        "model_version": here.model_version.pk,
        "dataset_version": here.dataset_version.pk,
        "preset": "deep",
    }
    url = reverse("audit_look", args=[here.client.slug])
    whole = browser.post(url, chosen).content.decode()
    for preset, does in (
        ("quick", "trains no reference models"),
        ("standard", "Also trains up to"),
        ("deep", "Trains up to 64 reference models"),
    ):
        at = whole.index(f'value="{preset}"')
        card = whole[whole.rindex("<label", 0, at) : whole.index("</label>", at)]
        assert does in card
        assert "Expected time:" in card
        assert f'aria-describedby="preset-{preset}-about"' in card
    # The radio buttons stay where they are, or the focus would be lost: their texts are replaced.
    part = browser.post(url, chosen, headers={"HX-Request": "true"}).content.decode()
    assert 'type="radio"' not in part
    assert len(re.findall(r'id="preset-\w+-about" hx-swap-oob="true"', " ".join(part.split()))) == 3
