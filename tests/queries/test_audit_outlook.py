"""What is said before an audit starts: work, time, and what the records can prove."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from audits.enums import JobState, Preset, VersionKind
from audits.models import DatasetVersion, ModelVersion
from audits.queries import audit_proof
from audits.queries.audit_outlook import Outlook, duration, outlook, usual_time
from audits.queries.audit_proof import Sides
from tests import factories

NOT_KNOWN = "Not known yet: no audit like this one has ended here."


@pytest.fixture
def pair(provider_id: int) -> tuple[ModelVersion, DatasetVersion]:
    client = factories.make_client(provider_id)
    data = factories.make_dataset_version(factories.make_dataset(client))
    return factories.make_model_version(factories.make_model(client)), data


def ran(version: ModelVersion, data: DatasetVersion | None, seconds: int, **values: Any) -> None:  # noqa: ANN401 - audit fields
    """An audit that ended after so many seconds."""
    start = timezone.now() - timedelta(hours=1)
    job = factories.make_job(
        version.client,
        key=f"{seconds}",
        state=JobState.SUCCEEDED,
        started_at=start,
        finished_at=start + timedelta(seconds=seconds),
    )
    found = factories.finished(factories.result_document())
    factories.make_audit(version, data, job=job, **found | values)


def took(found: Outlook) -> list[str]:
    return [one.took for one in found.presets]


def test_time_is_that_of_audits_like_it_and_else_not_known(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    assert took(outlook(version, data, Preset.STANDARD)) == [NOT_KNOWN] * 3
    ran(version, data, 12, preset=Preset.QUICK)
    for seconds in (40, 70, 300):
        ran(version, data, seconds, preset=Preset.STANDARD)
    other = factories.make_dataset_version(
        factories.make_dataset(version.client, name="Much larger")
    )
    DatasetVersion.objects.filter(pk=other.pk).update(members=4_000, nonmembers=4_000)
    ran(version, other, 9_000, preset=Preset.DEEP)
    assert took(outlook(version, data, Preset.STANDARD)) == [
        "The one like this that ended here took 12 s.",
        "About 70 s: 3 like this took 40 s to 5 min here.",
        NOT_KNOWN,
    ]


def test_a_waiting_audit_says_how_long_those_like_it_took(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    waiting = factories.make_audit(version, data, preset=Preset.STANDARD)
    assert usual_time(waiting) == NOT_KNOWN
    ran(version, data, 12, preset=Preset.QUICK)
    assert usual_time(waiting) == NOT_KNOWN
    ran(version, data, 40, preset=Preset.STANDARD)
    assert usual_time(waiting) == "The one like this that ended here took 40 s."


def test_nothing_is_said_of_time_and_proof_before_both_are_chosen(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    for found in (outlook(None, data, Preset.DEEP), outlook(version, None, Preset.DEEP)):
        assert found.proof is None
        assert took(found) == ["", "", ""]
        assert [one.is_chosen for one in found.presets] == [False, False, True]


def test_records_say_what_they_can_prove_and_what_to_add(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    proof = outlook(version, data, Preset.STANDARD).proof
    assert proof is not None
    assert proof.sizes == "400 records used for training, 400 held out"
    assert proof.sentence == "These records are too few to show a leak or to rule one out."
    assert proof.nearest == (
        "If you had 500 used for training and 500 held out, they could show a leak."
    )
    assert proof.levels == []  # four rows of "No" would say it again
    assert [(one.goal, one.need) for one in proof.more] == [
        ("To show a leak at all", "100 more used for training and 100 more held out"),
        (
            "To rule out a serious leak",
            "600 more used for training and 600 more held out",
        ),
        (
            "For what is found at 1 in 100 wrongly accused to count",
            "600 more used for training and 600 more held out",
        ),
    ]
    data.members, data.nonmembers = 900, 40_000
    proof = outlook(version, data, Preset.STANDARD).proof
    assert proof is not None
    assert proof.more[0].need == "100 more used for training"
    assert proof.sentence == (
        "These records can show a noticeable or a serious leak, and can rule none out."
    )
    assert proof.nearest == (
        "If you had 1,000 used for training and 40,000 held out, they could also rule out a"
        " serious leak."
    )


SIZES = ((50, 50), (700, 999), (1_000, 1_000), (1_200, 40_000), (30_000, 30_000))


def test_one_sentence_says_what_the_table_says_whatever_the_sizes() -> None:
    said: dict[str, set[tuple[int, int]]] = {}
    for sizes, depth in product(SIZES, (1, 4)):
        told = audit_proof.proof(Sides(members=sizes[0], nonmembers=sizes[1]), depth)
        marks = (
            sum(one.shown for one in told.levels),
            sum(one.ruled_out for one in told.levels),
        )
        said.setdefault(told.sentence, set()).add(marks)
        assert bool(told.nearest) == bool(told.more)
    assert said == {
        "These records are too few to show a leak or to rule one out.": {(0, 0)},
        "These records can show a noticeable or a serious leak, and can rule none out.": {(2, 0)},
        "These records can show a noticeable leak or a larger one, and can rule none out.": {
            (3, 0)
        },
        "These records can show a leak of any size, and can rule out a serious or severe one.": {
            (4, 2)
        },
        "These records can show a leak of any size, and can rule out a noticeable one or a"
        " larger.": {(4, 3)},
    }


def test_people_are_counted_where_a_column_names_them(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    data.group = "patient"
    proof = outlook(version, data, Preset.QUICK).proof
    assert proof is not None
    assert proof.sizes == "200 people used for training, 200 held out"
    data.profile = {}
    proof = outlook(version, data, Preset.QUICK).proof
    assert proof is not None
    assert proof.caution == (
        "Where a person has several records, people are counted: then it may be less."
    )


def test_predictions_bring_their_own_records_and_train_nothing(
    pair: tuple[ModelVersion, DatasetVersion],
) -> None:
    version, data = pair
    version.kind, version.family = VersionKind.PREDICTIONS, ""
    version.facts = {"members": 5_000, "nonmembers": 5_000, "features": 0, "class_count": 2}
    version.save()
    ran(version, None, 20, preset=Preset.QUICK)
    found = outlook(version, None, Preset.STANDARD)
    assert found.presets[0].took == "The one like this that ended here took 20 s."
    assert found.presets[0].attacks == (
        "Up to 3 attacks: Modified entropy, Right or wrong answer, Loss"
    )
    assert found.presets[1].what.startswith("The same as Quick")
    assert found.presets[1].attacks == found.presets[0].attacks
    assert found.proof is not None
    assert [one.shown for one in found.proof.levels] == [False, True, True, True]
    assert [one.ruled_out for one in found.proof.levels] == [False] * 4
    assert found.proof.sentence == (
        "These records can show a noticeable leak or a larger one, and can rule none out."
    )
    assert found.proof.nearest == (
        "If you had 5,000 used for training and 10,000 held out, what is found at 1 in 1,000"
        " wrongly accused would count, too."
    )
    assert found.proof.caution.startswith("Answers alone can show a leak")
    assert outlook(version, data, Preset.QUICK).proof is None  # they do not go together


def test_depth_decides_which_attacks_can_run(pair: tuple[ModelVersion, DatasetVersion]) -> None:
    quick, standard, _ = outlook(*pair, Preset.QUICK).presets
    assert "RMIA" not in quick.attacks
    assert "Reference ratio (RMIA)" in standard.attacks
    assert "Population ranking" not in standard.attacks  # no further records were given
    version, data = pair
    version.facts = {"class_count": 0}
    assert "Modified entropy" not in outlook(version, data, Preset.QUICK).presets[0].attacks


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (89.4, "89 s"), (90, "2 min"), (3_400, "57 min"), (7_800, "2 h 10 min")],
)
def test_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
