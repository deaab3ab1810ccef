import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from audits.engine import AuditPlan, audit, in_memory, validity
from audits.engine.assembly import Matched
from audits.engine.baseline import blind_baseline
from audits.engine.types import Check, Unit
from tests.engine.cast import inputs, problem, records


def baseline(features: np.ndarray, n_members: int, units: np.ndarray | None = None) -> Check:
    n = len(features)
    return blind_baseline(
        pa.table({f"c{j}": features[:, j] for j in range(features.shape[1])}),
        np.random.default_rng(1).integers(2, size=n),
        np.arange(n) < n_members,
        np.arange(n) if units is None else units,
        seed=0,
        threads=1,
    )


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 3))


def test_baseline_finds_no_difference_where_there_is_none() -> None:
    check = baseline(noise(3_000), 1_500)
    assert check.passed is True
    assert check.high is not None
    assert check.high < 0.60


def test_baseline_with_few_records_is_not_settled() -> None:
    check = baseline(noise(120), 60)
    assert (check.passed, check.unsettled) == (None, True)
    assert validity.state_of(check) == "unsettled"


def test_baseline_with_a_handful_of_records_does_not_run() -> None:
    check = baseline(noise(12), 6)
    assert (check.passed, check.value) == (None, None)
    assert validity.state_of(check) == "not_run"


def test_baseline_fails_where_a_column_is_shifted() -> None:
    features = noise(800)
    features[400:, 1] += 1.5
    check = baseline(features, 400)
    assert check.passed is False
    assert check.low is not None
    assert check.low > 0.55


def test_baseline_fails_on_a_rare_marker_that_leaves_the_auc_near_chance() -> None:
    features = noise(4_000)
    features[:2_000:20, 2] = 99.0
    check = baseline(features, 2_000)
    assert check.passed is False
    assert check.low is not None
    assert check.low < 0.55


def test_baseline_keeps_the_records_of_a_person_in_one_fold() -> None:
    persons = np.repeat(np.arange(200), 5)
    features = np.random.default_rng(2).normal(size=(200, 3))[persons]
    assert baseline(features, 500, persons).passed is not False
    assert baseline(features, 500).passed is False


def test_baseline_counts_persons_not_their_records() -> None:
    features = np.random.default_rng(3).normal(size=(40, 3))
    records, persons = np.repeat(features, 30, axis=0), np.repeat(np.arange(40), 30)
    check = baseline(records, 600, persons)
    assert (check.passed, check.unsettled) == (None, True)
    assert check.high is not None
    assert check.low is not None
    assert check.high - check.low > 0.4  # 20 persons a side, whatever the number of rows


def test_baseline_keeps_equal_rows_in_one_fold_where_twins_were_removed() -> None:
    distinct = np.random.default_rng(4).normal(size=(400, 2))
    features = np.repeat(distinct, 4, axis=0)
    table = pa.table({"c0": features[:, 0], "c1": features[:, 1]})
    member, labels = np.arange(1_600) < 800, np.zeros(1_600, dtype=int)
    own = np.arange(1_600)

    def told(units: np.ndarray, unit: Unit) -> Check:
        return blind_baseline(table, labels, member, units, seed=0, threads=1, unit=unit)

    assert told(own, "record").passed is False
    assert told(own // 4, "record").passed is not False
    assert told(own // 4, "person").passed is not False


@pytest.mark.parametrize(("outsiders", "passed"), [(1.0, True), (1.5, False)])
def test_baseline_looks_at_sample_weights(outsiders: float, *, passed: bool) -> None:
    """References are trained with them: of a clean model weights alone would give members away."""
    features, n = noise(3_000), 3_000
    table = pa.table({f"c{j}": features[:, j] for j in range(3)})
    member = np.arange(n) < n // 2
    check = blind_baseline(
        table, np.random.default_rng(1).integers(2, size=n), member, np.arange(n),
        seed=0, threads=1, weights=np.where(member, 1.0, outsiders),
    )  # fmt: skip
    assert check.passed is passed


def test_audit_whose_weights_tell_the_sides_apart_is_void() -> None:
    features, labels = problem(1_200)
    weights = np.where(np.arange(1_200) < 400, 1.0, 3.0)
    model = LogisticRegression().fit(features[800:], labels[800:], sample_weight=weights[800:])

    def outcome(given: np.ndarray) -> str:
        audited = in_memory(
            model,
            members=(features[:400], labels[:400]),
            nonmembers=(features[400:800], labels[400:800]),
            weights=(given[:400], given[400:800]),
        )
        plan = AuditPlan(split="random", preset="standard", most_references=4)
        return str(audit(audited, plan).document["verdict"]["outcome"])

    assert outcome(weights) == "invalid"
    assert outcome(np.ones(1_200)) != "invalid"


def test_baseline_reads_text_columns() -> None:
    n = 600
    job = np.where(np.arange(n) < 300, "clerk", "nurse").astype(object)
    job[5] = None
    check = blind_baseline(
        pa.table({"job": pa.array(job.tolist(), pa.large_string())}),
        np.zeros(n, dtype=int), np.arange(n) < 300, np.arange(n), seed=0, threads=1,
    )  # fmt: skip
    assert check.passed is False


def test_classes_on_one_side_fail_by_name() -> None:
    labels = np.repeat([0, 1, 0, 2], [50, 20, 50, 20])
    member = np.arange(140) < 70
    check = validity.classes_check(labels, member, ("a", "b", "c"), np.arange(140))
    assert check.passed is False
    assert check.detail == "Classes on one side only: b, c (first among the members)."
    assert validity.classes_check(labels % 1, member, ("a",), np.arange(140)).passed is True


@pytest.mark.parametrize(
    ("rare", "passed"),
    [
        (1, True),  # always on one side only
        (12, True),  # 112 members of 212: (112/212)^12 + (100/212)^12 = 0.00059
        (13, False),  # 113 of 213: 0.00032, below 0.001 / 2
    ],
)
def test_a_class_of_so_few_records_that_chance_explains_one_side_passes(
    *, rare: int, passed: bool
) -> None:
    labels = np.r_[np.zeros(200, dtype=int), np.ones(rare, dtype=int)]
    member = np.r_[np.arange(200) < 100, np.ones(rare, dtype=bool)]
    check = validity.classes_check(labels, member, ("usual", "rare"), np.arange(200 + rare))
    assert check.passed is passed
    assert check.detail.endswith("chance explains it: rare.") is passed
    assert ("one side only: rare" in check.detail) is not passed


def test_a_class_of_many_records_of_one_person_is_as_rare_as_that_person() -> None:
    labels = np.r_[np.zeros(200, dtype=int), np.ones(13, dtype=int)]
    member = np.r_[np.arange(200) < 100, np.ones(13, dtype=bool)]
    persons = np.r_[np.arange(200), np.full(13, 200)]
    names = ("usual", "rare")
    assert validity.classes_check(labels, member, names, np.arange(213)).passed is False
    assert validity.classes_check(labels, member, names, persons).passed is True


def test_a_label_that_occurs_once_voids_no_audit() -> None:
    features, labels = problem(1_200)
    labels = labels.copy()
    labels[0] = 2
    half = len(labels) // 2
    model = LogisticRegression(max_iter=1_000).fit(features[:half], labels[:half])
    given = inputs(
        model, records(features[:half], labels[:half]), records(features[half:], labels[half:])
    )
    found = audit(given, AuditPlan(target="y", preset="quick"))
    assert found.document["verdict"]["outcome"] != "invalid"


@pytest.mark.parametrize(("n1", "n0", "passed"), [(500, 500, True), (499, 5_000, False)])
def test_sizes_pass_from_the_first_rated_figure_on(*, n1: int, n0: int, passed: bool) -> None:
    assert validity.sizes_check(n1, n0).passed is passed


def test_sizes_are_named_by_what_they_count() -> None:
    assert validity.sizes_check(100, 90).detail == (
        "100 members and 90 non-members were scored; figures count from 500 and 500 on."
    )
    assert validity.sizes_check(100, 90, "person").detail == (
        "100 people among the members and 90 among the non-members were scored; figures count "
        "from 500 and 500 people on."
    )


def left_out(*, duplicates: int = 0, repeated: int = 0) -> Matched:
    return Matched(
        keep=[], units=np.array([], np.int32), duplicates=duplicates, thinned=0,
        shared_persons=0, repeated=repeated, alike=0,
    )  # fmt: skip


@pytest.mark.parametrize(("removed", "passed"), [(0, True), (50, True), (51, False)])
def test_duplicates_fail_above_five_percent(*, removed: int, passed: bool) -> None:
    check = validity.duplicates_check(left_out(duplicates=removed), 1_000)
    assert (check.passed, check.value) == (passed, removed / 1_000)


def test_repeated_records_of_one_side_are_told() -> None:
    check = validity.duplicates_check(left_out(repeated=1_200), 4_000)
    assert check.passed is True
    assert check.detail == (
        "No record is on both sides. 1,200 records repeat another of their own side; a record "
        "counts once, however often it occurs."
    )


@pytest.mark.parametrize(
    ("references", "passed"), [((), None), ((0.84, 0.86), True), ((0.90, 0.92), False)]
)
def test_reference_accuracy_may_differ_by_five_points(
    references: tuple[float, ...], *, passed: bool | None
) -> None:
    assert validity.reference_accuracy_check(references, 0.85).passed is passed


def test_references_that_nobody_could_judge_in_time_leave_the_gate_open() -> None:
    check = validity.reference_accuracy_check((), 0.85, trained=True)
    assert (check.passed, check.unsettled) == (None, True)
    assert validity.state_of(check) == "unsettled"
