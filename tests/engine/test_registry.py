import inspect
import pkgutil

import numpy as np
import pytest

from audits.engine import attacks
from audits.engine.errors import RegistryError
from audits.engine.registry import ATTACKS, Attack, AttackRegistry, AttackView, runnable

N, K, C = 40, 4, 3
DEPTH_1 = {"entropy", "gap", "loss"}


def full_view(seed: int = 0) -> AttackView:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(C), N)
    labels = rng.integers(C, size=N)
    half = np.arange(N) % 2 == 0
    return AttackView(
        labels=labels,
        log_p=np.log(probabilities[np.arange(N), labels]),
        seed=3,
        probabilities=probabilities,
        is_nonmember=np.arange(N) >= N // 2,
        reference_log_p=np.log(rng.uniform(0.01, 1, (K, N))).astype(np.float32),
        reference_in=np.stack([half, ~half, half, ~half]),
        population_log_p=np.log(rng.uniform(0.01, 1, 30)),
        features=rng.normal(size=(N, 2)),
        matrix=rng.normal(size=(N, 3)),
        units=np.arange(N),
        query=lambda features: np.full((len(features), C), 1 / C),
    )


def test_registry_holds_every_attack_file() -> None:
    files = {module.name for module in pkgutil.iter_modules(attacks.__path__)}
    assert set(ATTACKS) == files
    assert list(ATTACKS) == sorted(ATTACKS)
    assert len(ATTACKS) == len(list(ATTACKS))


def test_registry_names_the_known_attacks_when_asked_for_another() -> None:
    with pytest.raises(KeyError, match=r"no attack is called 'lora'; there are: .*entropy.*loss"):
        ATTACKS["lora"]


def test_registry_refuses_two_attacks_of_one_name() -> None:
    registry, one = AttackRegistry(), ATTACKS["loss"]
    registry.add(one)
    with pytest.raises(RegistryError, match="two attacks are called 'loss'"):
        registry.add(one)


@pytest.mark.parametrize(
    ("depth", "references", "population", "expected"),
    [
        (1, False, False, DEPTH_1),
        (1, False, True, DEPTH_1 | {"population"}),
        (2, False, False, DEPTH_1 | {"quantile"}),
        (3, False, False, DEPTH_1 | {"quantile", "label_noise"}),
        (4, False, False, DEPTH_1 | {"quantile", "label_noise"}),
        (4, True, True, set(ATTACKS)),
    ],
)
def test_runnable_attacks_are_those_the_inputs_allow(
    *, depth: int, references: bool, population: bool, expected: set[str]
) -> None:
    keys = runnable(depth=depth, references=references, population=population)
    assert set(keys) == expected


def test_attack_on_single_references_does_not_run_on_means_of_many() -> None:
    whole = runnable(depth=4, references=True, population=False)
    means = runnable(depth=4, references=True, population=False, single_references=False)
    assert set(whole) - set(means) == {"lira", "learned"}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
class TestEveryAttack:
    def test_scores_each_record_with_a_number(self, attack: Attack) -> None:
        scores = attack.score(full_view())
        assert scores.shape == (N,)
        assert scores.dtype == np.float64
        assert not np.isnan(scores).any()

    def test_gives_the_same_scores_again(self, attack: Attack) -> None:
        assert np.array_equal(attack.score(full_view()), attack.score(full_view()))

    def test_leaves_its_input_as_it_was(self, attack: Attack) -> None:
        view, untouched = full_view(), full_view()
        attack.score(view)
        assert view.probabilities is not None
        assert untouched.probabilities is not None
        assert np.array_equal(view.probabilities, untouched.probabilities)
        assert np.array_equal(view.log_p, untouched.log_p)

    def test_says_what_it_is(self, attack: Attack) -> None:
        assert 1 <= attack.depth <= 4
        assert "et al." in attack.source or "&" in attack.source
        assert inspect.getdoc(attack.score)
        assert attack.references == (attack.depth == 4)
