"""A model and its records that are in memory already: the door for users of the library."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audits.engine.errors import InputError, Subject
from audits.engine.inputs import model_inputs
from audits.engine.target import wrap
from audits.engine.types import ModelInputs, Records

if TYPE_CHECKING:
    import pyarrow as pa

    Side = tuple[ArrayLike | pa.Table, ArrayLike]


def in_memory(
    model: Any,  # noqa: ANN401 - any scikit-learn estimator
    *,
    members: "Side",
    nonmembers: "Side",
    population: "Side | None" = None,
    persons: tuple[ArrayLike, ...] | None = None,
    weights: tuple[ArrayLike, ...] | None = None,
    feature_names: Sequence[str] | None = None,
) -> ModelInputs:
    """Return the inputs of an audit.

    Parameters
    ----------
    model
        A fitted scikit-learn estimator with `predict_proba`, or one that predicts a number.
        It is asked and cloned; nothing of it is changed but its number of jobs.
    members
        ``(X, y)`` it was trained on: X (n1, d) array or a pyarrow Table, y (n1,).
    nonmembers
        ``(X, y)`` comparable records it never saw, (n0, d) and (n0,).
    population
        More such records, (m, d) and (m,), only to train references and to calibrate.
    persons
        (n1,) and (n0,) codes of the people records belong to: then people are counted. With a
        population (m,) codes of its records too; those of audited people train no reference.
    weights
        (n1,) and (n0,) sample weights it was trained with, with a population (m,) too.
    feature_names
        Names of the columns of arrays; the model's own, or c0, c1, ... if not given.

    Raises
    ------
    InputError
        Lengths or columns do not agree, persons or weights are not given for every side, or the
        model is none that can be audited.
    """
    target = wrap(model)
    names = feature_names if feature_names is not None else target.feature_names
    sides: dict[Subject, Side] = {"members": members, "nonmembers": nonmembers}
    if population is not None:
        sides["population"] = population
    people = _by_side(persons, sides, "group")
    weighed = _by_side(weights, sides, "weight")
    return model_inputs(
        target,
        {
            side: _records(*given, people.get(side), weighed.get(side), names, side)
            for side, given in sides.items()
        },
    )


def _by_side(
    given: tuple[ArrayLike, ...] | None, sides: "Mapping[Subject, Side]", subject: Subject
) -> dict[Subject, ArrayLike]:
    parts = () if given is None else given
    if len(parts) > len(sides):
        raise InputError(
            subject,
            f"{len(parts)} arrays were given for {len(sides)} sides",
            "give one array per side",
        )
    return dict(zip(sides, parts, strict=False))


def _records(
    features: "ArrayLike | pa.Table",
    labels: ArrayLike,
    persons: ArrayLike | None,
    weights: ArrayLike | None,
    names: Sequence[str] | None,
    side: Subject,
) -> Records:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    table = features if isinstance(features, pa.Table) else _table(features, names, side)
    columns = {"y": np.asarray(labels)}
    columns |= {} if persons is None else {"persons": np.asarray(persons)}
    columns |= {} if weights is None else {"weights": np.asarray(weights, dtype=np.float64)}
    for name, column in columns.items():
        if column.shape != (table.num_rows,):
            raise InputError(
                side,
                f"{name} has shape {column.shape} and there are {table.num_rows:,} records",
                "give one value per record",
            )
    people = None if persons is None else pa.array(columns["persons"], from_pandas=True)
    if people is not None and people.null_count:
        raise InputError(
            side,
            f"persons are missing in {people.null_count:,} records",
            "fill them in or leave these records out",
        )
    return Records(
        table,
        pa.chunked_array([pa.array(columns["y"])]),
        None if people is None else pa.chunked_array([people]),
        columns.get("weights"),
    )


def _table(features: ArrayLike, names: Sequence[str] | None, side: Subject) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    matrix: NDArray[Any] = np.asarray(features)
    if matrix.ndim != 2:  # noqa: PLR2004 - records and columns
        raise InputError(side, f"X has shape {matrix.shape}", "give records in rows")
    found = [f"c{j}" for j in range(matrix.shape[1])] if names is None else list(names)
    if len(found) != matrix.shape[1]:
        raise InputError(
            side,
            f"X has {matrix.shape[1]} columns and there are {len(found)} names",
            "give one name per column",
        )
    return pa.table({name: np.ascontiguousarray(matrix[:, j]) for j, name in enumerate(found)})
