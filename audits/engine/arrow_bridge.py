"""Lets estimators that were fitted on pandas DataFrames work on pyarrow tables.

scikit-learn selects columns of a pyarrow table by name, but three things differ from pandas:
a missing text is None instead of NaN, so that imputers and encoders miss it; columns that are
passed through stay a table, which cannot be stacked; and `make_column_selector` wants pandas.
So every branch of a `ColumnTransformer` gets a first step that turns its columns into an array
the way pandas would, and column selectors are replaced by the columns they chose. Boosting with
native categories takes an array as well, and a mask in place of the columns' types.
"""

import copy
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.estimator_parts import every_part, named_parts

if TYPE_CHECKING:
    import pyarrow as pa

_STEP: Final = "as_array"


def as_array(columns: "pa.Table | NDArray[Any]") -> NDArray[Any]:
    """Return the columns as pandas would: floats where all are numbers, NaN for missing text.

    Parameters
    ----------
    columns
        A table of n rows and d columns; anything else is returned as an array unchanged.

    Returns
    -------
    (n, d), or (n,) for one column; float64, bool, int64 or object.
    """
    array = np.asarray(columns)
    if array.dtype == object:
        array = array.copy()
        array[array == np.array(None)] = np.nan
    return array


def bridged(estimator: Any) -> Any:  # noqa: ANN401 - any scikit-learn estimator
    """Return the estimator, or a copy that works on pyarrow tables where it would not.

    Raises
    ------
    InputError
        A step was set to hand pandas or polars data on: that library would be needed.
    """
    _refuse_foreign_output(estimator)
    if not any(_column_transformers(estimator)):
        return estimator
    estimator = copy.deepcopy(estimator)
    once = {id(transformer): transformer for transformer in _column_transformers(estimator)}
    for transformer in once.values():
        _bridge(transformer)
    return estimator


def _entries(estimator: Any) -> list[Any]:  # noqa: ANN401
    """Return the estimators that see the table itself: the first step, all parts of others."""
    if hasattr(estimator, "steps"):
        return [step for _, step in estimator.steps[:1]]
    return [part for copies in named_parts(estimator).values() for part in copies]


def _column_transformers(estimator: Any) -> list[Any]:  # noqa: ANN401
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415 - heavy

    if isinstance(estimator, ColumnTransformer):
        return [estimator]
    return [found for part in _entries(estimator) for found in _column_transformers(part)]


def _bridge(transformer: Any) -> None:  # noqa: ANN401
    """Rewrite one `ColumnTransformer`, its fitted half and its recipe alike."""
    chosen = getattr(transformer, "_columns", None)
    transformer.transformers = [
        (name, _from_table(step), chosen[i] if chosen and callable(columns) else columns)
        for i, (name, step, columns) in enumerate(transformer.transformers)
    ]
    if transformer.remainder != "drop":
        transformer.remainder = _from_table(transformer.remainder)
    if hasattr(transformer, "transformers_"):
        transformer.transformers_ = [
            (name, _from_table(step), columns) for name, step, columns in transformer.transformers_
        ]


def _from_table(step: Any) -> Any:  # noqa: ANN401
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - heavy
    from sklearn.preprocessing import FunctionTransformer  # noqa: PLC0415 - heavy

    if isinstance(step, str) and step == "drop":
        return step
    first = FunctionTransformer(as_array)
    plain = isinstance(step, str) or getattr(step, "func", "") is None  # passthrough, fitted or not
    return first if plain else Pipeline([(_STEP, first), ("step", step)])


def _refuse_foreign_output(estimator: Any) -> None:  # noqa: ANN401
    for part in every_part(estimator):
        wanted = getattr(part, "_sklearn_output_config", {}).get("transform", "default")
        if wanted != "default":
            raise InputError(
                "model",
                f"step {type(part).__name__} hands {wanted} data on, which is not available here",
                "save it without set_output, or give a predictions file instead",
            )
