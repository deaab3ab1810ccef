"""Noisy copies of records, and how many of them a model still labels rightly."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.side_by_side import workers
from audits.engine.target import Features, take

NOISE_LEVELS: Final = (0.02, 0.07, 0.2, 0.6)
"""Strengths c that are tried: standard deviations for numbers, chance to change for categories."""

COPIES: Final = 10
MOST_QUESTIONS: Final = 4_000_000
LEAST_COPIES: Final = 3
_CATEGORY_VALUES: Final = 20
_LOTS: Final = 2**16 - 1
"""The largest lot drawn for a cell of a category: two bytes tell chances well enough."""

_ROWS_LOOKED_AT: Final = 10_000
_CELLS_AT_ONCE: Final = 1_500_000
_ROWS_AT_ONCE: Final = (1_000, 8_000)
"""Least and most copies made at once: few enough to stay in the processor's cache."""

Ask = Callable[[Features], NDArray[np.floating[Any]]]


def copies_for(n: int) -> int:
    """Return how many copies of each of n records are asked about: 10, fewer above 400 000."""
    return max(LEAST_COPIES, min(COPIES, MOST_QUESTIONS // max(n, 1)))


def sampled_rows(n: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return at most `most` of the row numbers below n, sorted."""
    return np.sort(rng.permutation(n)[:most])


def kept_share(
    ask: Ask,
    noise: "Noise",
    labels: NDArray[np.integer[Any]],
    rows: NDArray[np.int64],
    c: float,
    *,
    copies: int,
    rng: np.random.Generator,
    threads: int = 1,
) -> NDArray[np.float64]:
    """Return the share of noisy copies of each record that the model gives the true label.

    Parameters
    ----------
    ask
        Features to (n, C) probabilities; only the largest is looked at.
    noise
        Of the N records.
    labels
        (N,) index of the true class.
    rows
        (R,) the records to copy.
    c
        Numbers get noise from N(0, c sd); a category is drawn anew from its column with chance c.
    copies
        Per record, >= 1.
    threads
        Batches of copies that are made and asked about at once; changes no number.

    Returns
    -------
    (R,) float64 in [0, 1].
    """
    from sklearn import config_context  # noqa: PLC0415 - heavy

    places = np.tile(np.arange(len(rows)), copies)
    at_once = int(np.clip(_CELLS_AT_ONCE // noise.columns, *_ROWS_AT_ONCE))
    starts = range(0, len(places), at_once)
    streams = rng.spawn(len(starts))

    def right(start: int, stream: np.random.Generator) -> NDArray[np.bool_]:
        part = places[start : start + at_once]
        # The model has answered about these records: copies of them are as finite.
        with config_context(assume_finite=True):
            answers = ask(noise.copy(rows[part], c, stream))
        return np.asarray(np.argmax(answers, axis=1) == labels[rows[part]])

    with workers(threads) as pool:
        hits = np.concatenate(list(pool.map(right, starts, streams)))
    # Copies lie one after the other as `places` has them: all records, then all of them again.
    counts = hits.reshape(copies, len(rows)).sum(axis=0)
    return np.asarray(counts / copies, dtype=np.float64)


class Noise:
    """Makes noisy copies of the rows of a table or an array.

    A column counts as categories if it holds text or at most 20 different values: noise on a
    0/1 column would be a value that no record has.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        n = len(features)
        looked = np.arange(0, n, max(1, n // _ROWS_LOOKED_AT))
        if isinstance(features, np.ndarray):
            sample = [features[looked, j] for j in range(features.shape[1])]
        else:
            sample = [_plain(column) for column in take(features, looked).columns]
        self._spread = np.array([_spread(column) for column in sample])
        self.columns = max(1, len(sample))

    def copy(self, rows: NDArray[np.int64], c: float, rng: np.random.Generator) -> Features:
        """Return one noisy copy of each of these rows."""
        if isinstance(self._features, np.ndarray):
            return self._array_copy(self._features, rows, c, rng)
        columns = {}
        for name, spread in zip(self._features.column_names, self._spread, strict=True):
            column = self._features.column(name)
            if spread > 0:
                own = _plain(column.take(rows))
                columns[name] = own + rng.normal(0.0, c * spread, len(rows))
            else:
                other = rng.integers(len(self._features), size=len(rows))
                columns[name] = column.take(np.where(rng.random(len(rows)) < c, other, rows))
        import pyarrow as pa  # noqa: PLC0415 - heavy

        return pa.table(columns)

    def _array_copy(
        self, whole: NDArray[Any], rows: NDArray[np.int64], c: float, rng: np.random.Generator
    ) -> NDArray[Any]:
        copied = whole[rows]
        smooth = np.flatnonzero(self._spread > 0)
        if len(smooth):
            noise = rng.standard_normal((len(rows), len(smooth)), dtype=np.float32)
            noise *= (c * self._spread[smooth]).astype(np.float32)
            for j, column in enumerate(smooth):
                copied[:, column] += noise[:, j]
        coded = np.flatnonzero(self._spread <= 0)
        if len(coded):
            lots = rng.integers(_LOTS, size=len(rows) * len(coded), dtype=np.uint16, endpoint=True)
            hit = np.flatnonzero(lots < c * _LOTS)
            at = hit // len(coded)
            of = coded[hit - at * len(coded)]
            copied[at, of] = whole[rng.integers(len(whole), size=len(hit), dtype=np.int32), of]
        return copied


def _plain(column: Any) -> NDArray[Any]:  # noqa: ANN401 - a pyarrow column
    return np.asarray(column.to_numpy())


def _spread(values: NDArray[Any]) -> float:
    """Return the standard deviation of a column of numbers, 0 for categories."""
    if values.dtype == object:
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            return 0.0
    if values.dtype.kind not in "fiu":
        return 0.0
    known = values[np.isfinite(values)]
    if len(np.unique(known)) <= _CATEGORY_VALUES:
        return 0.0
    return float(known.std())
