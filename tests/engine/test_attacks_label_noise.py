import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from audits.engine import perturb
from audits.engine.perturb import COPIES, NOISE_LEVELS, Noise, copies_for, kept_share
from audits.engine.registry import ATTACKS, AttackView, Calibration

RNG = np.random.default_rng


def above_zero(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Answer class 1 where the first column is above 0."""
    one = (features[:, 0] > 0).astype(float)
    return np.column_stack([1 - one, one])


def columns(n: int) -> NDArray[np.float64]:
    rng = RNG(0)
    return np.column_stack([rng.normal(size=n), rng.integers(3, size=n)])


def test_share_is_one_far_from_the_border_and_half_on_it() -> None:
    features = columns(4_000)
    features[0, 0], features[1, 0], features[2, 0] = 50.0, 0.0, -50.0
    labels, rows = np.ones(4_000, dtype=int), np.arange(3)
    share = kept_share(above_zero, Noise(features), labels, rows, 0.5, copies=400, rng=RNG(1))
    assert share[0] == 1.0
    assert share[1] == pytest.approx(0.5, abs=0.1)  # four standard errors
    assert share[2] == 0.0


def test_many_copies_are_kept_as_answers_alone() -> None:
    """What each batch of copies found was once kept for every record: 12 GiB for two million."""
    n, copies = 60_000, 10
    features = columns(n)
    noise, labels = Noise(features), np.ones(n, dtype=int)
    tracemalloc.start()
    try:
        kept_share(above_zero, noise, labels, np.arange(n), 0.5, copies=copies, rng=RNG(1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * 8 * n * copies  # numbers of the copies, and one batch of them


def test_noise_on_numbers_has_the_stated_spread() -> None:
    features = columns(20_000)
    copied = Noise(features).copy(np.arange(20_000), 0.2, RNG(1))
    added = copied[:, 0] - features[:, 0]
    assert added.std() == pytest.approx(0.2 * features[:, 0].std(), rel=0.03)


def test_categories_are_drawn_anew_with_the_stated_chance() -> None:
    features = columns(20_000)
    copied = Noise(features).copy(np.arange(20_000), 0.3, RNG(1))
    assert set(copied[:, 1].tolist()) == {0.0, 1.0, 2.0}
    # Of the 30 % that are drawn anew a third gets its own value again.
    assert (copied[:, 1] != features[:, 1]).mean() == pytest.approx(0.2, abs=0.015)


def test_copies_of_a_table_keep_its_columns_and_treat_text_as_categories() -> None:
    numbers = RNG(0).normal(size=3_000)
    words = np.where(RNG(1).random(3_000) < 0.5, "a", "b")
    table = pa.table({"x": numbers, "w": pa.array(words, pa.large_string()), "b": numbers > 0})
    copied = Noise(table).copy(np.arange(3_000), 0.4, RNG(2))
    assert copied.column_names == ["x", "w", "b"]
    assert copied.schema.field("w").type == pa.large_string()
    assert copied.schema.field("b").type == pa.bool_()
    changed = np.array(copied.column("w").to_pylist()) != words
    assert changed.mean() == pytest.approx(0.2, abs=0.04)
    assert np.abs(copied.column("x").to_numpy() - numbers).mean() > 0.2


def test_columns_of_objects_that_hold_numbers_get_noise_and_missing_stays_missing() -> None:
    features = np.array([[float(i), "u" if i % 2 else "v"] for i in range(100)], dtype=object)
    features[3, 0] = np.nan
    copied = Noise(features).copy(np.arange(100), 0.1, RNG(0))
    assert np.isnan(copied[3, 0])
    assert (copied[4:, 0] != features[4:, 0]).all()


def test_many_records_get_fewer_copies() -> None:
    assert [copies_for(n) for n in (1, 400_000, 500_000, 5_000_000)] == [10, 10, 8, 3]


def view(**more: object) -> AttackView:
    features = columns(600)
    fields = {"labels": np.ones(600, dtype=int), "log_p": np.zeros(600), "features": features}
    return AttackView(**{**fields, "query": above_zero, **more})  # type: ignore[arg-type]


def test_scores_are_shares_of_the_copies() -> None:
    scores = ATTACKS["label_noise"].score(view())
    assert set((scores * COPIES).round(9).tolist()) <= set(range(COPIES + 1))


@pytest.mark.parametrize(("sure_ones_are_inside", "level"), [(True, 0.6), (False, 0.02)])
def test_strength_is_the_one_that_tells_the_members_of_the_reference(
    *, sure_ones_are_inside: bool, level: float
) -> None:
    """Half of the records lie far from the border. Are those inside, much noise tells them."""
    features = columns(600)
    features[:, 0] = np.where(np.arange(600) % 2, 0.05, 1.5) + np.linspace(0, 1e-6, 600)
    asked: list[float] = []

    def recorded(given: NDArray[np.float64]) -> NDArray[np.float64]:
        noise = given[:, 0] - np.tile(features[:, 0], COPIES)
        asked.append(float(noise.std() / features[:, 0].std()))
        return above_zero(given)

    inside = (np.arange(600) % 2 == 0) == sure_ones_are_inside
    given = view(features=features, query=recorded, calibration=Calibration(above_zero, inside))
    ATTACKS["label_noise"].score(given)
    assert asked == [pytest.approx(level, rel=0.05)]


def test_strength_never_comes_from_who_is_a_member() -> None:
    for flipped in (np.arange(600) < 300, np.arange(600) >= 300):
        assert np.array_equal(
            ATTACKS["label_noise"].score(view(is_nonmember=flipped)),
            ATTACKS["label_noise"].score(view()),
        )


def test_levels_grow() -> None:
    assert list(NOISE_LEVELS) == sorted(NOISE_LEVELS)
    assert perturb.LEAST_COPIES <= COPIES


def test_label_noise_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="a model that can be asked"):
        ATTACKS["label_noise"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))
