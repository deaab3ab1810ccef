"""Each attack against a case worked out by hand."""

import numpy as np
import pytest

from audits.engine.attacks import entropy
from audits.engine.registry import ATTACKS, AttackView


def test_loss_is_the_log_probability_of_the_true_class() -> None:
    view = AttackView(labels=np.array([0, 1]), log_p=np.log([0.5, 0.125]))
    assert ATTACKS["loss"].score(view).tolist() == pytest.approx([-0.693147, -2.079442], abs=1e-6)


def test_entropy_is_centred_on_all_records_where_classes_are_small() -> None:
    probabilities = np.array([[0.5, 0.5], [0.8, 0.2], [0.2, 0.8]])
    view = AttackView(
        labels=np.array([0, 0, 0]),
        log_p=np.log(probabilities[:, 0]),
        probabilities=probabilities,
    )
    # -(1 - p_y) ln p_y - p_other ln(1 - p_other) is ln 2, 0.4 ln 1.25, and 1.6 ln 5.
    raw = np.array([-0.693147, -0.089257, -2.575101])
    expected = (raw + 0.693147).tolist()
    assert ATTACKS["entropy"].score(view).tolist() == pytest.approx(expected, abs=1e-6)


def test_entropy_has_a_centre_for_each_class_that_is_large_enough() -> None:
    n = entropy.SMALL_CLASS
    labels = np.repeat([0, 1], n)
    own = np.where(labels == 0, 0.9, 0.6)
    probabilities = np.where(np.arange(2) == labels[:, None], own[:, None], 1 - own[:, None])
    view = AttackView(labels=labels, log_p=np.log(own), probabilities=probabilities)
    assert ATTACKS["entropy"].score(view) == pytest.approx(np.zeros(2 * n), abs=1e-12)


def test_entropy_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="every class"):
        ATTACKS["entropy"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))


def test_gap_is_one_where_the_answer_is_right() -> None:
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7], [0.5, 0.5]])
    view = AttackView(
        labels=np.array([0, 0, 1]), log_p=np.log([0.6, 0.3, 0.5]), probabilities=probabilities
    )
    assert ATTACKS["gap"].score(view).tolist() == [1.0, 0.0, 0.0]


def test_gap_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="every class"):
        ATTACKS["gap"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))


def test_population_is_the_share_of_outsiders_with_a_larger_loss() -> None:
    view = AttackView(
        labels=np.zeros(4, dtype=int),
        log_p=np.log([0.05, 0.3, 0.4, 0.99]),
        population_log_p=np.log([0.8, 0.1, 0.3, 0.2]),
    )
    # Equal is not larger: of 0.1, 0.2, 0.3, 0.8 two are below 0.3.
    assert ATTACKS["population"].score(view).tolist() == [0.0, 0.5, 0.75, 1.0]


def test_population_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="needs a population"):
        ATTACKS["population"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))
