"""The attacks that read references, each against a case worked out by hand."""

import numpy as np
import pytest
from scipy.stats import t as student_t

from audits.engine.attacks import lira
from audits.engine.attacks.rmia_offline import offline_a
from audits.engine.registry import ATTACKS, AttackView

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
        variance = (lira.PRIOR_WEIGHT * pooled + squares) / (lira.PRIOR_WEIGHT + 1)
        scale = np.sqrt(variance * 1.5)
        expected += sign * student_t.logpdf(target, lira.PRIOR_WEIGHT + 1, side.mean(axis=0), scale)
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
