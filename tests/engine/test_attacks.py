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


def test_rmia_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="reference models"):
        ATTACKS["rmia"].score(AttackView(labels=np.array([0]), log_p=np.array([-1.0])))
