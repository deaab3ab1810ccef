from dataclasses import replace

import numpy as np
import pytest

from audits.engine.attacks.quantile import FOLDS
from audits.engine.metrics import auc
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.signals import margin
from audits.engine.splits import fold_numbers


def view(n: int, *, lift: float = 0.0, seed: int = 0) -> AttackView:
    """Margins that depend on one feature; members' are higher by `lift`."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    member = np.arange(n) < n // 2
    phi = 2 * x[:, 0] + rng.normal(0, 0.3, n) + lift * member
    return AttackView(
        labels=np.zeros(n, dtype=int),
        log_p=-np.log1p(np.exp(-phi)),
        is_nonmember=~member,
        matrix=np.column_stack([x, np.zeros(n)]),
    )


def auc_of(given: AttackView) -> float:
    scores = np.asarray(ATTACKS["quantile"].score(given))
    assert given.is_nonmember is not None
    return auc(scores[~given.is_nonmember], scores[given.is_nonmember]).value


def test_few_records_are_compared_with_the_mean_of_the_other_folds() -> None:
    """Sixteen non-members are too few to fit on: the score is the margin minus a mean."""
    given = view(32)
    assert given.is_nonmember is not None
    scores, phi = ATTACKS["quantile"].score(given), margin(given.log_p)
    folds = fold_numbers(~given.is_nonmember, np.arange(32), FOLDS, seed=[0x9A7E, 0])
    means = [phi[given.is_nonmember & (folds != fold)].mean() for fold in range(4)]
    assert scores == pytest.approx(phi - np.array(means)[folds])


def test_what_the_record_explains_is_no_sign_of_membership() -> None:
    """Members differ by 0.3 where margins spread over 2: the loss hardly sees it."""
    given = view(4_000, lift=0.3)
    member = np.arange(4_000) < 2_000
    assert auc(given.log_p[member], given.log_p[~member]).value < 0.56
    assert auc_of(given) > 0.72


def test_no_leak_is_invented_by_fitting() -> None:
    values = [auc_of(view(1_000, seed=seed)) for seed in range(10)]
    assert abs(np.mean(values) - 0.5) < 0.02


def test_a_member_and_an_outsider_of_a_fold_meet_the_same_regressor() -> None:
    """A twin of a member's row and margin among the non-members of its fold scores the same."""
    given = view(400)
    assert given.matrix is not None
    folds = fold_numbers(np.arange(400) < 200, np.arange(400), 4, seed=[0x9A7E, 0])
    member = int(np.flatnonzero(folds[:200] == 2)[0])
    outsider = 200 + int(np.flatnonzero(folds[200:] == 2)[0])
    given.matrix[outsider], given.log_p[outsider] = given.matrix[member], given.log_p[member]
    scores = ATTACKS["quantile"].score(given)
    assert scores[member] == scores[outsider]


def test_a_persons_records_share_a_fold() -> None:
    given = view(400)
    persons = np.arange(400) // 4
    folds = fold_numbers(np.arange(400) < 200, persons, 4, seed=[0x9A7E, 0])
    assert (folds.reshape(100, 4) == folds[::4, None]).all()
    assert given.matrix is not None


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_no_number(threads: int) -> None:
    one = ATTACKS["quantile"].score(view(600))
    given = view(600)
    more = ATTACKS["quantile"].score(
        AttackView(
            labels=given.labels,
            log_p=given.log_p,
            is_nonmember=given.is_nonmember,
            matrix=given.matrix,
            threads=threads,
        )
    )
    assert np.array_equal(one, more)


def test_quantile_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="the records and the non-members"):
        ATTACKS["quantile"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))


def test_missing_values_are_a_kind_of_their_own() -> None:
    """Outsiders without the value answer low, and records like them are compared with those."""
    given, n = view(2_000), 2_000
    assert given.matrix is not None
    matrix, log_p = given.matrix.copy(), np.full(n, -1.0)
    without = np.arange(n) % 2 == 0
    matrix[without, 0] = np.nan
    log_p[without] = -3.0
    rng = np.random.default_rng(0)
    scores = ATTACKS["quantile"].score(
        replace(given, matrix=matrix, log_p=log_p - 0.1 * rng.random(n))
    )
    assert abs(scores[without].mean() - scores[~without].mean()) < 0.3
