"""Label-only: a record the model was trained on keeps its label under more noise."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.perturb import NOISE_LEVELS, Noise, copies_for, kept_share, sampled_rows
from audits.engine.registry import AttackView, attack
from audits.engine.side_by_side import workers
from audits.engine.signals import separation

_CALIBRATION_RECORDS: Final = 500
_CALIBRATION_COPIES: Final = 4


@attack(
    key="label_noise",
    depth=3,
    classes_only=True,
    calibrated=True,
    source="Choquette-Choo et al. 2021, Label-only membership inference attacks (arXiv:2007.14321)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return (N,) in [0, 1]: the share of noisy copies of the record that get the true label.

    Only labels are read. The strength c of the noise is chosen before the target is asked: on a
    reference, whose members are known, by how well it tells them apart; without one, by how much
    records differ in the share (`_spread`), whoever is a member.
    """
    if view.query is None or view.features is None:
        raise ValueError("the label-only attack needs the records and a model that can be asked")
    rng = np.random.default_rng([0x1AB1, view.seed])
    rows = sampled_rows(len(view.labels), _CALIBRATION_RECORDS, rng)
    ask = view.query if view.calibration is None else view.calibration.query
    noise = Noise(view.features)

    def tried(c: float, stream: np.random.Generator) -> NDArray[np.float64]:
        return kept_share(
            ask, noise, view.labels, rows, c, copies=_CALIBRATION_COPIES, rng=stream
        )  # fmt: skip

    with workers(view.threads) as pool:
        shares = list(pool.map(tried, NOISE_LEVELS, rng.spawn(len(NOISE_LEVELS))))
    if view.calibration is None:
        merits = [_spread(share) for share in shares]
    else:
        inside = view.calibration.inside[rows]
        merits = [separation(share, inside) for share in shares]
    strength = NOISE_LEVELS[int(np.argmax(merits))]
    everyone = np.arange(len(view.labels))
    return kept_share(
        view.query,
        noise,
        view.labels,
        everyone,
        strength,
        copies=copies_for(len(everyone)),
        rng=rng,
        threads=view.threads,
    )


def _spread(share: NDArray[np.float64]) -> float:
    """Return how much records differ: the variance of the share, blind to membership."""
    return float(np.var(share))
