"""How often audits of one unchanged model seem to find growth, and one that grew goes unseen."""

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom

from audits.engine import metrics
from audits.guidance.growth import ALPHA, Sizes, _p_value, grew
from tests.guidance.audit_documents import make_document

PAIRS = 200
MOST = binom.isf(0.01, PAIRS, ALPHA)  # of tests that hold their level, 99 in 100 stay within
SLIGHT = 0.3  # where a doubling by chance is likeliest: catch rates stand near the false alarms

MANY, EVEN, FEW = Sizes(10_000, 1_000), Sizes(10_000, 10_000), Sizes(1_000, 1_000)


def shift_of(catch: float, alpha: float) -> float:
    """How far members lie above others where this share of them is caught at alpha."""
    return float(ndtri(catch) - ndtri(alpha))


def audited(random: np.random.Generator, sizes: Sizes, shift: float) -> dict[str, Any]:
    """A result whose attack scores members normally, so far above others."""
    members, others = (random.normal(size=size) for size in sizes)
    found = metrics.summarise(members + shift, others, seed=1, family_size=1).as_json()
    records = {"members": sizes.members, "nonmembers": sizes.nonmembers}
    return make_document(2, attacks=("rmia",), records=sizes.members) | {
        "attacks": {"rmia": found},
        "records": records,
    }


def smallest_p(before: dict[str, Any], after: dict[str, Any], sizes: tuple[Sizes, Sizes]) -> float:
    """The smallest p of the rated catch rates, times their number: what Holm begins with."""
    then, now = (one["attacks"]["rmia"]["tpr"] for one in (before, after))
    rated = [key for key in now if then[key]["rated"] and now[key]["rated"]]
    shares = {float(key): (then[key]["value"], now[key]["value"]) for key in rated}
    return len(rated) * min(_p_value(pair, alpha, sizes) for alpha, pair in shares.items())


@pytest.mark.parametrize(
    "sizes",
    [(MANY, MANY), (EVEN, EVEN), (FEW, FEW), (MANY, Sizes(1_000, 5_000)), (EVEN, MANY)],
    ids=["few held out", "as many", "few", "fewer trained on later", "fewer held out later"],
)
def test_unchanged_model_seldom_gives_away_more(sizes: tuple[Sizes, Sizes]) -> None:
    """The threshold is measured too: with few held out, most of a difference comes from it."""
    random = np.random.default_rng(20260503)
    pairs = [
        (audited(random, sizes[0], SLIGHT), audited(random, sizes[1], SLIGHT)) for _ in range(PAIRS)
    ]
    by_chance = sum(smallest_p(before, after, sizes) < ALPHA for before, after in pairs)
    assert by_chance <= MOST
    assert sum(grew(before, after) for before, after in pairs) <= MOST


@pytest.mark.parametrize("size", [10_000, 5_000])
def test_rate_that_more_than_doubled_is_found(size: int) -> None:
    random = np.random.default_rng(20260503)
    sizes = Sizes(size, size)
    shifts = shift_of(0.02, 0.01), shift_of(0.05, 0.01)
    for _ in range(50):
        before, after = (audited(random, sizes, shift) for shift in shifts)
        assert smallest_p(before, after, (sizes, sizes)) < ALPHA
        assert grew(before, after)
