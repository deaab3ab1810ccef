from typing import Any

import numpy as np
import pytest

from audits.engine.convergence import decide, ranks, settled
from audits.engine.registry import AttackView
from audits.engine.types import AuditPlan, StopDecision

DEEP = AuditPlan(target="y", preset="deep")


def view(k: int, *, noise: float, n: int = 400) -> AttackView:
    rng = np.random.default_rng(0)
    level = rng.uniform(-3, -0.5, n)
    pair = rng.permutation(n) < n // 2
    inside = np.stack([pair if i % 2 == 0 else ~pair for i in range(k)])
    return AttackView(
        labels=np.zeros(n, dtype=int),
        log_p=level + rng.normal(0, 1, n) - 1.0,
        reference_log_p=level + noise * rng.normal(0, 1, (k, n)),
        reference_in=inside,
    )


def none() -> AttackView:
    return AttackView(labels=np.zeros(5, dtype=int), log_p=np.zeros(5))


def decided(plan: AuditPlan, given: AttackView, **more: Any) -> StopDecision:  # noqa: ANN401
    """Decide after blocks of four."""
    trained = 0 if given.reference_log_p is None else len(given.reference_log_p)
    return decide(plan, given, ("rmia",), blocks=trained // 4, block=4, **more)


def test_ranks_share_the_mean_where_scores_are_equal() -> None:
    assert ranks(np.array([5.0, 1.0, 5.0, 7.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_equal_orders_are_settled_and_random_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=200)
    assert settled(scores, 3 * scores + 1)
    assert not settled(scores, rng.normal(size=200))
    assert not settled(scores, np.zeros(200))


def test_same_order_but_another_top_is_not_settled() -> None:
    scores = np.arange(1_000.0)
    other = scores.copy()
    other[-50:-30], other[-80:-60] = scores[-80:-60], scores[-50:-30]
    assert np.corrcoef(ranks(scores), ranks(other))[0, 1] > 0.985
    assert not settled(scores, other)


@pytest.mark.parametrize(
    ("given", "plan", "expected"),
    [
        (none(), AuditPlan(target="y", preset="quick"), StopDecision(None, ())),
        (none(), DEEP, StopDecision(None, (0, 1))),
        (view(4, noise=1), DEEP, StopDecision(None, (1,))),
        (view(8, noise=1), DEEP, StopDecision(None, (2, 3))),
        (view(16, noise=1), DEEP, StopDecision(None, (4, 5, 6, 7))),
        (view(16, noise=1), AuditPlan(target="y"), StopDecision("cap", ())),
        (view(4, noise=0), DEEP, StopDecision(None, (1,))),
        (view(8, noise=0), DEEP, StopDecision("converged", ())),
    ],
)
def test_decision_follows_cap_and_convergence(
    given: AttackView, plan: AuditPlan, expected: StopDecision
) -> None:
    assert decided(plan, given) == expected


def test_decision_without_reference_attacks_trains_none() -> None:
    assert decide(DEEP, none(), (), blocks=0, block=4) == StopDecision(None, ())


def test_a_plan_for_fewer_references_than_a_block_still_gets_one() -> None:
    plan = AuditPlan(target="y", most_references=8)
    assert decide(plan, none(), ("rmia",), blocks=0, block=16) == StopDecision(None, (0,))
    some = view(16, noise=1)
    assert decide(plan, some, ("rmia",), blocks=1, block=16) == StopDecision("cap", ())


def test_a_large_block_is_compared_with_its_own_half() -> None:
    one = decide(DEEP, view(16, noise=0), ("rmia",), blocks=1, block=16)
    assert one == StopDecision("converged", ())
    moving = decide(DEEP, view(16, noise=1), ("rmia",), blocks=1, block=16)
    assert moving == StopDecision(None, (1,))


def test_a_block_of_two_means_is_not_compared_with_itself() -> None:
    one = decide(DEEP, view(2, noise=0), ("rmia",), blocks=1, block=4)
    assert one == StopDecision(None, (1,))


def test_budget_and_cancel_stop_only_once_there_is_a_block() -> None:
    plan = AuditPlan(target="y", preset="deep", time_budget_seconds=10)
    some = view(4, noise=1)
    assert decided(plan, none(), elapsed_seconds=11).next_blocks == (0, 1)
    assert decided(plan, some, elapsed_seconds=11) == StopDecision("time", ())
    stopped = decided(plan, some, cancelled=True)
    assert stopped == StopDecision("cancelled", ())
