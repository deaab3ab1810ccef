import numpy as np
import pytest

from audits.engine import signals

P = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
Y = np.array([0, 0, 0])


def test_true_log_probability_is_finite_even_for_zero() -> None:
    log_p = signals.true_log_probability(P, Y)
    assert log_p.tolist() == pytest.approx([np.log(0.7), 0.0, -708.396418532264])
    assert np.isfinite(log_p.astype(np.float32)).all()


def test_margin_is_the_logit() -> None:
    log_p = np.log([0.5, 0.9, 1e-12])
    assert signals.margin(log_p).tolist() == pytest.approx([0.0, np.log(9), np.log(1e-12)])


def test_margin_is_finite_at_certainty() -> None:
    assert signals.margin(np.array([0.0])).tolist() == pytest.approx([708.396418532264])


def test_modified_entropy_is_zero_for_a_right_and_certain_answer() -> None:
    found = signals.modified_entropy(P, Y)
    by_hand = -0.3 * np.log(0.7) - 0.2 * np.log(0.8) - 0.1 * np.log(0.9)
    assert found[:2].tolist() == pytest.approx([by_hand, 0.0])
    assert found[2] == pytest.approx(2 * 708.396418532264)


def test_accuracy_counts_right_answers() -> None:
    assert signals.accuracy(P, Y) == pytest.approx(2 / 3)
