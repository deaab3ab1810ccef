"""Attack-P: how does a record's loss compare with that of people known to be outsiders?"""

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack


@attack(
    key="population",
    depth=1,
    population=True,
    source="Ye et al. 2022, Enhanced membership inference attacks (arXiv:2111.09679)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return (N,) in [0, 1]: the share of the population with a larger loss than the record.

    The population is never scored itself, so this is one minus a p-value of "not a member".
    """
    if view.population_log_p is None:
        raise ValueError("Attack-P needs a population")
    population = np.sort(np.asarray(view.population_log_p, dtype=np.float64))
    worse = np.searchsorted(population, np.asarray(view.log_p, dtype=np.float64), side="left")
    return np.asarray(worse / len(population), dtype=np.float64)
