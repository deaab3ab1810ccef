"""The verdict: reached, ceiling, outcome and grade from rated bounds of the family."""

from collections.abc import Mapping

import numpy as np
import pytest

from audits.engine.metrics import AttackStatistics, Interval, TprEstimate, summarise
from audits.engine.policy import LEVELS, RATING_POLICY, GateState, Split, Trigger, family_of
from audits.engine.verdict import Verdict, decide, reached_level

PASSED: dict[str, GateState] = {"blind_baseline": "passed", "classes": "passed", "sizes": "passed"}
SHOWN = TprEstimate(0.5, 0.4, 0.6, reportable=True, rated=False)
DEEP = ("rmia", "lira", "learned", "quantile", "label_noise")


def stats(
    reach: dict[Trigger, float],
    rule_out: dict[Trigger, float] | None = None,
    *,
    n: int = 1_000,
    family_size: int = 1,
    auc_low: float = 0.5,
) -> AttackStatistics:
    """Make the statistics of one attack whose rated bounds are given."""
    return AttackStatistics(
        n_members=n,
        n_nonmembers=n,
        family_size=family_size,
        auc=Interval(auc_low, auc_low, auc_low),
        tpr={"0.001": SHOWN, "0.01": SHOWN, "0.1": SHOWN},
        reach=reach,
        rule_out=rule_out or dict.fromkeys(reach, 1.0),
    )


def verdict(
    attacks: Mapping[str, AttackStatistics],
    *,
    depth: int = 4,
    split: Split = "random",
    gates: Mapping[str, GateState] = PASSED,
) -> Verdict:
    return decide(attacks, depth=depth, split=split, gates=gates)


def test_no_sign_is_claimed_for_the_attacks_of_the_family_alone() -> None:
    clean = stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.02, "auc": 0.55})
    leaky = stats({"0.01": 0.3, "auc": 0.9})
    sentence = verdict({"rmia": clean, "loss": leaky, "entropy": leaky}).sentence
    assert sentence.startswith("We tried 1 attack and found no sign")


def test_what_is_ruled_out_by_references_unlike_the_model_says_so() -> None:
    clean = {"rmia": stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.02, "auc": 0.55})}
    for state in ("passed", "failed"):
        gates: dict[str, GateState] = {**PASSED, "reference_accuracy": state}
        decided = verdict(clean, gates=gates)
        assert decided.outcome == "no_sign"
        said = "the reference models were unlike this model" in decided.sentence
        assert said is (state == "failed")


def test_quick_audit_of_a_model_is_sent_to_a_deeper_preset() -> None:
    clean = stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.02, "auc": 0.55})
    for depth, remedy in ((4, "the presets standard and deep run"), (1, "the records and a model")):
        decided = verdict({"loss": clean}, depth=depth)
        assert decided.outcome == "inconclusive"
        assert f"; {remedy}" in decided.sentence


def test_level_table_is_the_published_one() -> None:
    assert RATING_POLICY == "2026.2"
    rows = [
        (row.name, row.tpr_at_0_1_percent, row.tpr_at_1_percent, row.auc, row.auc_without_low_fpr)
        for row in LEVELS
    ]
    assert rows == [
        ("L1", 0.001, 0.01, 0.50, 0.50),
        ("L2", 0.003, 0.03, 0.60, 0.60),
        ("L3", 0.01, 0.10, 0.80, 0.70),
        ("L4", 0.05, 0.25, None, None),
    ]


@pytest.mark.parametrize(
    ("reach", "level"),
    [
        ({"0.01": 0.01, "auc": 0.5}, "L0"),
        ({"0.01": 0.0101, "auc": 0.5}, "L1"),
        ({"0.01": 0.0, "auc": 0.501}, "L1"),
        ({"0.01": 0.0299, "auc": 0.59}, "L1"),
        ({"0.01": 0.03, "auc": 0.5}, "L2"),
        ({"0.01": 0.0, "auc": 0.60}, "L2"),
        ({"0.01": 0.0, "auc": 0.79}, "L2"),
        ({"0.01": 0.10, "auc": 0.5}, "L3"),
        ({"0.01": 0.0, "auc": 0.80}, "L3"),
        ({"0.01": 0.0, "auc": 0.999}, "L3"),
        ({"0.01": 0.25, "auc": 0.5}, "L4"),
        ({"auc": 0.69}, "L2"),
        ({"auc": 0.70}, "L3"),
        ({"auc": 1.0}, "L3"),
        ({"0.001": 0.001, "0.01": 0.0, "auc": 0.5}, "L0"),
        ({"0.001": 0.003, "0.01": 0.0, "auc": 0.5}, "L2"),
        ({"0.001": 0.01, "0.01": 0.0, "auc": 0.5}, "L3"),
        ({"0.001": 0.05, "0.01": 0.0, "auc": 0.5}, "L4"),
    ],
)
def test_level_is_reached_when_a_rated_lower_bound_meets_it(
    reach: dict[Trigger, float], level: str
) -> None:
    assert verdict({"rmia": stats(reach)}).reached == level


@pytest.mark.parametrize(
    ("rule_out", "ceiling"),
    [
        ({"0.01": 0.009, "auc": 0.49}, "L0"),
        ({"0.01": 0.01, "auc": 0.49}, "L1"),
        ({"0.01": 0.029, "auc": 0.59}, "L1"),
        ({"0.01": 0.03, "auc": 0.59}, "L2"),
        ({"0.01": 0.029, "auc": 0.60}, "L2"),
        ({"0.01": 0.10, "auc": 0.5}, "L3"),
        ({"0.01": 0.02, "auc": 0.80}, "L3"),
        ({"0.01": 0.25, "auc": 0.5}, "L4"),
        ({"0.001": 0.0029, "0.01": 0.5, "auc": 0.5}, "L4"),
        ({"auc": 0.5}, "L4"),
        ({}, "L4"),
    ],
)
def test_ceiling_is_the_highest_level_not_ruled_out_by_every_bound(
    rule_out: dict[Trigger, float], ceiling: str
) -> None:
    attack = stats(dict.fromkeys(rule_out, 0.0), rule_out)
    assert verdict({"rmia": attack}).ceiling == ceiling


def test_ceiling_needs_every_attack_of_the_family_to_pass() -> None:
    low = stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.02, "auc": 0.55}, family_size=2)
    high = stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.12, "auc": 0.55}, family_size=2)
    assert verdict({"rmia": low, "lira": low}).ceiling == "L1"
    assert verdict({"rmia": low, "lira": high}).ceiling == "L3"


def test_ceiling_is_never_below_the_reached_level() -> None:
    odd = stats({"0.01": 0.12, "auc": 0.5}, {"0.01": 0.02, "auc": 0.4})
    result = verdict({"rmia": odd})
    assert (result.reached, result.ceiling) == ("L3", "L3")


def test_diagnostic_attack_and_unrated_figure_never_move_the_verdict() -> None:
    clean = stats({"0.01": 0.0, "auc": 0.5}, {"0.01": 0.02, "auc": 0.55})
    leaky = stats({"0.01": 0.9, "auc": 0.9}, {"0.01": 1.0, "auc": 1.0})
    result = verdict({"rmia": clean, "loss": leaky})  # every shown TPR is .5, unrated
    assert (result.reached, result.ceiling, result.outcome) == ("L0", "L1", "no_sign")
    assert result.family == ("rmia",)


def test_best_attack_set_the_reached_level_and_ties_go_to_the_larger_auc() -> None:
    weak = stats({"0.01": 0.02, "auc": 0.9}, family_size=2, auc_low=0.55)
    strong = stats({"0.01": 0.9, "auc": 0.5}, family_size=2, auc_low=0.51)
    assert verdict({"rmia": weak, "lira": strong}).best_attack == "lira"
    tied = stats({"0.01": 0.26, "auc": 0.5}, family_size=2, auc_low=0.60)
    assert verdict({"rmia": tied, "lira": strong}).best_attack == "rmia"
    nothing = stats({"0.01": 0.0, "auc": 0.5})
    assert verdict({"rmia": nothing}).best_attack is None


@pytest.mark.parametrize(
    ("lower", "upper", "outcome"),
    [
        (0.0, 0.02, "no_sign"),
        (0.0, 0.05, "no_sign"),
        (0.0, 0.10, "inconclusive"),
        (0.02, 0.05, "trace"),
        (0.02, 0.12, "inconclusive"),
        (0.04, 0.30, "noticeable"),
        (0.12, 0.30, "serious"),
        (0.30, 0.90, "severe"),
    ],
)
def test_outcome_is_inconclusive_only_below_noticeable(
    lower: float, upper: float, outcome: str
) -> None:
    attack = stats({"0.01": lower, "auc": 0.5}, {"0.01": upper, "auc": 0.55})
    assert verdict({"rmia": attack}).outcome == outcome


@pytest.mark.parametrize(
    ("lower", "outcome"), [(0.0, "inconclusive"), (0.02, "inconclusive"), (0.04, "noticeable")]
)
def test_depth_1_attacks_alone_are_inconclusive_below_noticeable(
    lower: float, outcome: str
) -> None:
    attack = stats({"0.01": lower, "auc": 0.5}, {"0.01": 0.05, "auc": 0.55}, family_size=2)
    assert verdict({"loss": attack, "entropy": attack}, depth=1).outcome == outcome


def test_audit_without_a_rated_low_fpr_is_inconclusive_below_noticeable() -> None:
    attack = stats({"auc": 0.5}, {"auc": 0.55}, n=600)
    result = verdict({"rmia": attack})
    assert (result.ceiling, result.outcome, result.grade) == ("L4", "inconclusive", "C")


@pytest.mark.parametrize("gate", ["blind_baseline", "classes", "self_test"])
def test_failed_voiding_gate_makes_the_verdict_invalid(gate: str) -> None:
    leaky = stats({"0.01": 0.9, "auc": 0.9})
    result = verdict({"rmia": leaky}, gates={**PASSED, gate: "failed"})
    assert result.outcome == "invalid"
    assert (result.reached, result.ceiling, result.grade) == (None, None, None)
    assert (result.best_attack, dict(result.settle)) == (None, {})


def test_invalid_verdict_needs_no_attack() -> None:
    assert decide({}, depth=1, split="unknown", gates={"classes": "failed"}).outcome == "invalid"


@pytest.mark.parametrize(
    ("n", "ran", "split", "changed", "grade"),
    [
        (10_000, DEEP, "random", {}, "A"),
        (10_000, DEEP, "unknown", {}, "B"),
        (10_000, ("rmia",), "random", {}, "B"),
        (10_000, ("quantile", "label_noise"), "random", {}, "B"),
        (1_000, DEEP, "random", {}, "B"),
        (999, DEEP, "random", {}, "C"),
        (10_000, DEEP, "random", {"blind_baseline": "unsettled"}, "C"),
        (10_000, DEEP, "random", {"blind_baseline": "not_run"}, "A"),
        (10_000, DEEP, "unknown", {"blind_baseline": "not_run"}, "C"),
        (10_000, DEEP, "random", {"reference_accuracy": "failed"}, "C"),
        (10_000, DEEP, "random", {"reference_accuracy": "unsettled"}, "C"),
        (10_000, DEEP, "random", {"duplicates": "failed"}, "B"),
        (1_000, DEEP, "random", {"duplicates": "failed"}, "B"),
        (999, DEEP, "random", {"duplicates": "failed"}, "C"),
        (10_000, DEEP, "random", {"sizes": "failed"}, "C"),
    ],
)
def test_grade_follows_sizes_attacks_split_and_caps(
    n: int, ran: tuple[str, ...], split: Split, changed: dict[str, GateState], grade: str
) -> None:
    size = len(family_of(4, ran))
    attack = stats({"0.01": 0.0, "auc": 0.5}, n=n, family_size=size)
    result = verdict(dict.fromkeys(ran, attack), split=split, gates=PASSED | changed)
    assert result.grade == grade


@pytest.mark.parametrize(
    ("attacks", "gates", "problem"),
    [
        ({}, PASSED, "nothing to rest"),
        ({"gap": stats({})}, PASSED, "nothing to rest"),
        ({"rmia": stats({}, family_size=2)}, PASSED, "family_size=1"),
        (
            {"rmia": stats({}, family_size=2), "lira": stats({}, n=9, family_size=2)},
            PASSED,
            "same records",
        ),
        ({"rmia": stats({})}, {"blind-baseline": "failed"}, "unknown validity checks"),
    ],
)
def test_verdict_refuses_statistics_it_cannot_rest_on(
    attacks: dict[str, AttackStatistics], gates: dict[str, GateState], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        verdict(attacks, gates=gates)


def test_reached_level_can_look_at_low_fpr_alone() -> None:
    attack = stats({"0.01": 0.04, "auc": 0.85})
    assert reached_level({"blind": attack}) == 3
    assert reached_level({"blind": attack}, triggers=("0.001", "0.01")) == 2
    assert reached_level({"blind": stats({})}) == 0


def test_verdict_as_json_has_the_documents_keys() -> None:
    entry = verdict({"rmia": stats({"0.01": 0.0, "auc": 0.5})}).as_json()
    assert list(entry) == ["reached", "ceiling", "outcome", "grade", "sentence"]


def test_clean_scores_rarely_reach_a_level_and_never_noticeable() -> None:
    rng, reached = np.random.default_rng(0), []
    for run in range(120):
        attacks = {
            key: summarise(*rng.random((2, 1_000)), seed=run, family_size=2)
            for key in ("rmia", "lira")
        }
        reached.append(verdict(attacks).reached)
    assert set(reached) <= {"L0", "L1"}
    assert np.mean([level == "L1" for level in reached]) <= 0.05 + 3 * (0.05 * 0.95 / 120) ** 0.5


@pytest.mark.parametrize(
    ("n1", "n0", "exposed", "expected"),
    [
        (1_200, 1_200, 0.003, ("L0", "L2", "no_sign", "B")),
        (400, 400, 0.01, ("L0", "L4", "inconclusive", "C")),
        (10_000, 10_000, 0.07, ("L4", "L4", "severe", "B")),
    ],
)
def test_verdict_of_simulated_leaks(
    n1: int, n0: int, exposed: float, expected: tuple[str, str, str, str]
) -> None:
    # A share of the members stands out completely, the others look like any outsider.
    rng = np.random.default_rng(4)
    member, nonmember = rng.random(n1), rng.random(n0)
    member[: int(exposed * n1)] += 1.0
    result = verdict({"rmia": summarise(member, nonmember, seed=0, family_size=1)})
    assert (result.reached, result.ceiling, result.outcome, result.grade) == expected


@pytest.mark.parametrize("seed", range(4))
def test_verdict_of_a_smooth_leak_of_14_percent_at_1_percent(seed: int) -> None:
    # The published example: 2 000 members, 1 000 outsiders, TPR 14 % at FPR 1 %; ROC a ** power.
    rng, power = np.random.default_rng(seed), np.log(0.14) / np.log(0.01)
    member = 1 - rng.random(2_000) ** (1 / power)
    result = verdict({"rmia": summarise(member, rng.random(1_000), seed=0, family_size=1)})
    assert (result.reached, result.ceiling, result.outcome, result.grade) == (
        "L2",
        "L3",
        "noticeable",
        "B",
    )
