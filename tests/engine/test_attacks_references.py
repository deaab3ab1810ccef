"""The attacks that read references, each against a case worked out by hand."""

import numpy as np
import pytest
from scipy.stats import t as student_t

from audits.engine.attacks import learned
from audits.engine.attacks.rmia_offline import offline_a
from audits.engine.reference_sums import PRIOR_WEIGHT, sides_of
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.signals import clipped_margin, separation

REFERENCE_ATTACKS = sorted(key for key, attack in ATTACKS.items() if attack.references)


def references(p: list[list[float]], inside: list[list[int]], own: list[float]) -> AttackView:
    return AttackView(
        labels=np.zeros(len(own), dtype=int),
        log_p=np.log(own),
        reference_log_p=np.log(p).astype(np.float32),
        reference_in=np.array(inside, dtype=bool),
    )


def test_rmia_is_the_ratio_to_the_mean_reference() -> None:
    view = references([[0.4, 0.9], [0.2, 0.5]], [[1, 0], [0, 1]], [0.9, 0.35])
    expected = [np.log(0.9 / 0.3), np.log(0.35 / 0.7)]
    assert ATTACKS["rmia"].score(view) == pytest.approx(expected, abs=1e-6)


def test_rmia_weighs_in_and_out_alike_where_they_are_not_equally_many() -> None:
    view = references([[0.8], [0.2], [0.4]], [[1], [0], [0]], [0.55])
    assert ATTACKS["rmia"].score(view) == pytest.approx([0.0], abs=1e-6)


def test_rmia_floors_both_sides() -> None:
    view = references([[1e-30], [1e-30]], [[1], [0]], [1e-30])
    assert ATTACKS["rmia"].score(view) == pytest.approx([0.0], abs=1e-9)


@pytest.mark.parametrize("key", REFERENCE_ATTACKS)
def test_attack_says_that_it_needs_references(key: str) -> None:
    with pytest.raises(ValueError, match="reference models"):
        ATTACKS[key].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_lira_is_the_ratio_of_two_shrunk_student_densities() -> None:
    """Two records, four references each, variances shrunk to the mean over both records."""
    p = [[0.9, 0.7], [0.8, 0.6], [0.3, 0.5], [0.2, 0.6]]
    view = references(p, [[1, 1], [1, 1], [0, 0], [0, 0]], [0.85, 0.55])
    phi = np.array([[logit(value) for value in row] for row in p])
    target = np.array([logit(0.85), logit(0.55)])
    expected = np.zeros(2)
    for side, sign in ((phi[:2], 1), (phi[2:], -1)):
        squares = ((side - side.mean(axis=0)) ** 2).sum(axis=0)
        pooled = squares.sum() / 2  # one degree of freedom of each record
        variance = (PRIOR_WEIGHT * pooled + squares) / (PRIOR_WEIGHT + 1)
        scale = np.sqrt(variance * 1.5)
        expected += sign * student_t.logpdf(target, PRIOR_WEIGHT + 1, side.mean(axis=0), scale)
    assert ATTACKS["lira"].score(view) == pytest.approx(expected, rel=1e-5)


def test_lira_keeps_the_spread_of_in_and_out_apart() -> None:
    """OUT spreads ten times wider: an answer far from both is no member, as its tail is heavier."""
    rng = np.random.default_rng(0)
    n, k = 200, 16
    inside = np.stack([rng.permutation(n) < n // 2 for _ in range(k // 2)])
    inside = np.concatenate([inside, ~inside])
    phi = rng.normal(0, np.where(inside, 0.1, 1.0))
    p = 1 / (1 + np.exp(-phi))
    far = references(p.tolist(), inside.astype(int).tolist(), [0.95] * n)
    near = references(p.tolist(), inside.astype(int).tolist(), [0.5] * n)
    assert (ATTACKS["lira"].score(far) < 0).all()
    assert (ATTACKS["lira"].score(near) > 0).all()


def test_lira_says_nothing_where_a_side_has_no_reference() -> None:
    view = references([[0.9], [0.8]], [[1], [1]], [0.99])
    assert ATTACKS["lira"].score(view).tolist() == [0.0]


def test_lira_stays_finite_where_ensembles_answer_zero_and_one() -> None:
    p = [[1.0, 1e-300], [1.0, 1e-300], [1.0, 1.0], [1e-300, 1.0]]
    view = references(p, [[1, 1], [1, 1], [0, 0], [0, 0]], [1.0, 1e-300])
    assert np.isfinite(ATTACKS["lira"].score(view)).all()


def test_offline_rmia_puts_a_line_in_place_of_the_references_that_saw_the_record() -> None:
    p = [[0.4, 0.9], [0.2, 0.5]]
    view = references(p, [[1, 0], [0, 1]], [0.6, 0.45])
    # Too few records to fit a on, so a = 1: the mean is (2 mean_out + 0) / 2 = mean_out.
    expected = [np.log(0.6 / 0.2), np.log(0.45 / 0.9)]
    assert ATTACKS["rmia_offline"].score(view) == pytest.approx(expected, abs=1e-6)


def test_offline_a_is_fitted_on_the_first_reference_by_least_squares() -> None:
    out = np.linspace(0.1, 0.8, 40)
    own = 1 - 0.25 * (1 - out)  # a reference's members: three quarters of the way to 1
    log_p = np.log([own, out, out])
    inside = np.array([[True] * 40, [False] * 40, [False] * 40])
    assert offline_a(log_p, inside) == pytest.approx(0.25)


def pairs_of_references(
    n: int, k: int, *, gain: float, seed: int = 0
) -> tuple[AttackView, np.ndarray]:
    """Give k references in complementary pairs and a target of the same kind, and its members.

    A record's phi is its own mean, plus `gain` where the model trained on it, plus noise.
    """
    rng = np.random.default_rng(seed)
    inside = np.repeat(np.stack([rng.permutation(n) < n // 2 for _ in range(k // 2)]), 2, axis=0)
    inside[1::2] = ~inside[1::2]
    member = rng.permutation(n) < n // 2
    hardness = rng.normal(0, 2, n)

    def log_p(held: np.ndarray) -> np.ndarray:
        phi = hardness + gain * held + rng.normal(0, 0.5, held.shape)
        return -np.log1p(np.exp(-phi))

    view = AttackView(
        labels=np.zeros(n, dtype=int),
        log_p=log_p(member),
        reference_log_p=log_p(inside).astype(np.float32),
        reference_in=inside,
    )
    return view, member


def test_learned_reads_six_signals_of_each_record() -> None:
    """Two references, one in and one out, by hand; the spread is the prior's alone."""
    view = references([[0.8], [0.4]], [[1], [0]], [0.7])
    assert view.reference_log_p is not None
    assert view.reference_in is not None
    sides = sides_of(view.reference_log_p, view.reference_in)
    row = learned._signals(*clipped_margin(view.log_p), *sides)[0]
    means = [logit(0.8), logit(0.4)]
    degrees, scale = PRIOR_WEIGHT, np.sqrt(1e-6 * 2)
    densities = [student_t.logpdf(logit(0.7), degrees, mean, scale) for mean in means]
    expected = [np.log(0.7 / 0.6), densities[0] - densities[1], logit(0.7), *means, np.log(1e-6)]
    assert row == pytest.approx(expected, rel=1e-5)


def test_sums_without_a_pair_are_the_sums_of_the_others() -> None:
    view, _ = pairs_of_references(50, 6, gain=1.0)
    assert view.reference_log_p is not None
    assert view.reference_in is not None
    told = learned._References(view.reference_log_p, view.reference_in)
    others = [0, 1, 4, 5]
    expected = sides_of(view.reference_log_p[others], view.reference_in[others])
    for found, own in zip(told.but(1), expected, strict=True):
        assert found.count.tolist() == own.count.tolist()
        assert found.mean == pytest.approx(own.mean)
        assert found.deviations == pytest.approx(own.deviations, abs=1e-9)
        assert found.mean_chance == pytest.approx(own.mean_chance)


def test_learned_finds_members_where_two_means_are_all_there_is_to_know() -> None:
    """With known means the best possible attack has AUC Phi(gain / (sqrt(2) 0.5)) = .9977."""
    view, member = pairs_of_references(4_000, 16, gain=2.0)
    score = ATTACKS["learned"].score(view)
    assert separation(score, member) > 0.99


def test_learned_finds_more_than_what_it_learns_from_at_few_references() -> None:
    """The records' own gains differ: neither ratio alone knows by how much a mean is off."""
    view, member = pairs_of_references(4_000, 8, gain=1.0)
    found = {key: separation(ATTACKS[key].score(view), member) for key in ("learned", "rmia")}
    assert found["learned"] > found["rmia"] + 0.01


def test_learned_finds_nothing_where_there_is_nothing() -> None:
    view, member = pairs_of_references(4_000, 16, gain=0.0)
    error = np.sqrt(4_001 / (12 * 2_000 * 2_000))
    assert abs(separation(ATTACKS["learned"].score(view), member) - 0.5) < 4 * error


def test_learned_is_lira_where_there_is_one_pair() -> None:
    view, _ = pairs_of_references(40, 2, gain=1.0)
    assert ATTACKS["learned"].score(view).tolist() == ATTACKS["lira"].score(view).tolist()


def test_learned_says_nothing_where_all_answers_are_one() -> None:
    half = [1, 0] * 50
    inside = [half, [1 - one for one in half]] * 2
    view = references([[0.5] * 100] * 4, inside, [0.5] * 100)
    assert ATTACKS["learned"].score(view).tolist() == [0.0] * 100


def test_learned_learns_from_no_more_examples_than_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learned, "MOST_EXAMPLES", 1_000)
    view, member = pairs_of_references(4_000, 40, gain=2.0)
    assert view.reference_log_p is not None
    assert view.reference_in is not None
    told = learned._References(view.reference_log_p, view.reference_in)
    examples, _ = told.lessons(np.random.default_rng(0))
    assert len(examples) == 1_000 // learned.MOST_STAND_INS * learned.MOST_STAND_INS
    assert separation(ATTACKS["learned"].score(view), member) > 0.97
