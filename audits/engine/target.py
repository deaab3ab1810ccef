"""The target: a fitted model of classes or of a number, and what can be asked of it."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.arrow_bridge import as_array, bridged
from audits.engine.errors import InputError, Subject
from audits.engine.estimator_parts import every_part

if TYPE_CHECKING:
    import pyarrow as pa

    from audits.engine.types import Records

Features = Any
"""What the target takes: a pyarrow Table if it knows its columns by name, else an array (n, d)."""

CHUNK_ROWS: Final = 100_000
"""Records scored at once, so that a million of them do not need a million rows of workspace."""

_PREDICTIONS_WAY: Final = "give a predictions file instead"
_SUM_TOLERANCE: Final = 1e-3
_MODEL_ERRORS: Final = (ValueError, TypeError, AttributeError, ImportError, IndexError)
_FAMILIES: Final = {
    "random_forest": (
        "RandomForestClassifier", "ExtraTreesClassifier",
        "RandomForestRegressor", "ExtraTreesRegressor",
    ),
    "gradient_boosting": (
        "GradientBoostingClassifier", "HistGradientBoostingClassifier",
        "GradientBoostingRegressor", "HistGradientBoostingRegressor",
    ),
    "logistic_regression": ("LogisticRegression", "LogisticRegressionCV"),
    "linear_regression": ("LinearRegression", "Ridge", "RidgeCV", "Lasso", "ElasticNet"),
    "knn": (
        "KNeighborsClassifier", "RadiusNeighborsClassifier",
        "KNeighborsRegressor", "RadiusNeighborsRegressor",
    ),
    "svm": ("SVC", "NuSVC", "SVR", "NuSVR"),
    "mlp": ("MLPClassifier", "MLPRegressor"),
    "decision_tree": (
        "DecisionTreeClassifier", "ExtraTreeClassifier",
        "DecisionTreeRegressor", "ExtraTreeRegressor",
    ),
    "naive_bayes": (
        "GaussianNB", "BernoulliNB", "MultinomialNB", "ComplementNB", "CategoricalNB",
    ),
}  # fmt: skip
_STORES_ROWS: Final = frozenset({"knn", "svm"})


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A fitted classifier.

    Attributes
    ----------
    estimator
        Works on what `arrange` returns; single-threaded, so that its sums are repeatable.
    classes
        (C,) the labels it knows, C >= 2; none for a model that predicts a number.
    feature_names
        Columns it was fitted on, in order; None if it knows only their number.
    n_features
        Number of columns; None if it does not say.
    category_mask
        For boosting with native categories, whether each column is one; else empty.
    family
        "random_forest", "gradient_boosting", "logistic_regression", "knn", "svm", "mlp",
        "decision_tree", "naive_bayes", "linear_regression" or "other": a pipeline's last step.
    min_samples_leaf
        Of a tree model, a number of records or a share of them; else None.
    stores_rows
        The model file holds training records as they are.
    warnings
        What the reader noticed, in words.
    format
        "skops", "onnx" or "safetensors" by the file it came in, "memory" without one.
    retrainable
        Its recipe is known, so that references can be trained the same way.
    """

    estimator: Any
    classes: NDArray[Any]
    feature_names: tuple[str, ...] | None
    n_features: int | None
    category_mask: tuple[bool, ...]
    family: str
    min_samples_leaf: float | None
    stores_rows: bool
    warnings: tuple[str, ...] = ()
    format: str = "memory"
    retrainable: bool = True

    @property
    def predicts_numbers(self) -> bool:
        """It is a regression model."""
        return len(self.classes) == 0

    def answers(
        self, features: Features, *, subject: Subject, names: tuple[str, ...] | None = None
    ) -> NDArray[np.float64]:
        """Return (n, C) `probabilities`, or (n,) numbers of a model that predicts those."""
        if not self.predicts_numbers:
            return self.probabilities(features, subject=subject, names=names)
        try:
            found = _in_chunks(self.estimator.predict, features)
        except _MODEL_ERRORS as error:
            raise self._explained(features, subject, names, error) from error
        if found.ndim != 1 or not np.isfinite(found).all():
            raise InputError("model", "its answers are not one finite number", _PREDICTIONS_WAY)
        return found

    def arrange(self, records: "Records", *, subject: Subject) -> Features:
        """Return the features as the target takes them.

        Raises
        ------
        InputError
            Columns are missing or too many, or text meets a model that takes numbers.
        """
        names = records.features.column_names
        if self.feature_names is None:
            if self.n_features is not None and len(names) != self.n_features:
                raise InputError(
                    subject,
                    f"{len(names)} feature columns are left and the model takes {self.n_features}",
                    "leave out with drop what the model was not trained on",
                )
            return _float_matrix(records.features, subject)
        missing = [name for name in self.feature_names if name not in names]
        extra = [name for name in names if name not in self.feature_names]
        if missing or extra:
            parts = [f"missing: {', '.join(missing[:10])}"] if missing else []
            parts += [f"not known to the model: {', '.join(extra[:10])}"] if extra else []
            remedy = "give the model's own columns" if missing else "leave them out with drop"
            raise InputError(
                subject, f"the columns do not fit the model ({'; '.join(parts)})", remedy
            )
        return records.features.select(list(self.feature_names))

    def stacked(self, parts: list[Features]) -> Features:
        """Return the rows of several `arrange`d parts as one, the way the estimator takes them."""
        return as_array(stack(parts)) if any(self.category_mask) else stack(parts)

    def probabilities(
        self, features: Features, *, subject: Subject, names: tuple[str, ...] | None = None
    ) -> NDArray[np.float64]:
        """Return (n, C) probabilities, rows summing to 1, columns as in `classes`.

        Parameters
        ----------
        features
            n records as `stacked` returns them, a copy: a step of the model may work in place.
        subject
            Where they are from, for errors.
        names
            Names of the columns as given, for errors of a model that does not know them.

        Raises
        ------
        InputError
            The model cannot score these records; names the column if a missing or infinite
            value is the reason.
        """
        try:
            matrix = _in_chunks(self.estimator.predict_proba, features)
        except _MODEL_ERRORS as error:
            raise self._explained(features, subject, names, error) from error
        if matrix.shape[1] != len(self.classes) or not np.isfinite(matrix).all():
            raise InputError(
                "model", "its probabilities are no finite number per class", _PREDICTIONS_WAY
            )
        sums = matrix.sum(axis=1)
        if (np.abs(sums - 1) > _SUM_TOLERANCE).any() or (matrix < 0).any():
            raise InputError("model", "its probabilities do not sum to 1", _PREDICTIONS_WAY)
        return matrix

    def _explained(
        self,
        features: Features,
        subject: Subject,
        given: tuple[str, ...] | None,
        error: Exception,
    ) -> InputError:
        names, columns = columns_of(features, self.feature_names or given)
        unusable = np.stack([_unusable(column) for column in columns])
        guilty = [j for j in range(len(names)) if self._fails_alone(features, unusable, j)]
        text = " ".join(str(error).split())
        if not guilty and unusable.any() and ("NaN" in text or "infinity" in text):
            per_record = unusable.sum(axis=0)
            fewest = int(np.argmin(np.where(per_record, per_record, len(names) + 1)))
            guilty = np.flatnonzero(unusable[:, fewest]).tolist()
        if guilty:
            shown = ", ".join(repr(names[j]) for j in guilty[:5])
            count = int(unusable[guilty].any(axis=0).sum())
            which = f"column {shown} has" if len(guilty) == 1 else f"columns {shown} have"
            return InputError(
                subject,
                f"{which} missing or infinite values in {count:,} records and the model cannot "
                "take them",
                "fill them in as was done for training, or leave these records out",
            )
        return InputError(
            "model", f"it cannot score these records ({text[:160]})", _PREDICTIONS_WAY
        )

    def _fails_alone(self, features: Features, unusable: NDArray[np.bool_], column: int) -> bool:
        """Say whether the model fails on a record in which only this column is unusable."""
        alone = np.flatnonzero(unusable[column] & (unusable.sum(axis=0) == 1))
        if not len(alone):
            return False
        try:
            ask = "predict" if self.predicts_numbers else "predict_proba"
            _in_chunks(getattr(self.estimator, ask), take(features, alone[:1]))
        except _MODEL_ERRORS:
            return True
        return False


def wrap(estimator: Any, *, noticed: tuple[str, ...] = ()) -> Target:  # noqa: ANN401
    """Return the target around a fitted scikit-learn classifier.

    Raises
    ------
    InputError
        It is no fitted classifier with probabilities, or needs pandas.
    """
    _check_kind(estimator)
    estimator = bridged(estimator)
    _single_thread(estimator)
    last = last_step(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    n_features = getattr(estimator, "n_features_in_", None)
    family = next((key for key, types in _FAMILIES.items() if type(last).__name__ in types), None)
    leaf = getattr(last, "min_samples_leaf", None)
    return Target(
        estimator=estimator,
        classes=np.asarray(getattr(estimator, "classes_", [])),
        feature_names=None if names is None else tuple(str(name) for name in names),
        n_features=None if n_features is None else int(n_features),
        category_mask=_category_mask(estimator, names),
        family=family or "other",
        min_samples_leaf=None if leaf is None else float(leaf),
        stores_rows=family in _STORES_ROWS,
        warnings=noticed,
    )


def take(features: Features, rows: NDArray[Any]) -> Features:
    """Return these rows of a Table or an array."""
    return features[rows] if isinstance(features, np.ndarray) else features.take(rows)


def stack(parts: list[Features]) -> Features:
    """Return the rows of several parts as one; all are tables or all are arrays."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return pa.concat_tables(parts).combine_chunks()


def columns_of(
    features: Features, names: tuple[str, ...] | None
) -> tuple[list[str], list[NDArray[Any]]]:
    """Return the names and the columns of features as arrays; unnamed columns count from 1."""
    if isinstance(features, np.ndarray):
        shown = names or [f"number {i + 1}" for i in range(features.shape[1])]
        return list(shown), list(features.T)
    return features.column_names, [np.asarray(column) for column in features.columns]


def first_step(estimator: Any) -> Any:  # noqa: ANN401
    """Return the estimator that sees the records: the first step of a pipeline, or itself."""
    return estimator.steps[0][1] if hasattr(estimator, "steps") else estimator


def last_step(estimator: Any) -> Any:  # noqa: ANN401
    """Return the classifier itself, inside pipelines, searches and calibration."""
    while True:
        inner = getattr(estimator, "best_estimator_", None)
        if inner is None and hasattr(estimator, "steps"):
            inner = estimator.steps[-1][1]
        if inner is None and hasattr(estimator, "calibrated_classifiers_"):
            inner = estimator.estimator
        if inner is None:
            return estimator
        estimator = inner


def _in_chunks(ask: Callable[[Features], Any], features: Features) -> NDArray[np.float64]:
    n = len(features)
    chunks = [np.arange(i, min(n, i + CHUNK_ROWS)) for i in range(0, n, CHUNK_ROWS)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inner steps now see arrays where they saw names
        answers = [ask(features if len(chunks) == 1 else take(features, rows)) for rows in chunks]
    return np.concatenate([np.asarray(one, dtype=np.float64) for one in answers])


def _check_kind(estimator: Any) -> None:  # noqa: ANN401
    name = type(estimator).__name__
    kind = getattr(estimator, "_estimator_type", None)
    try:
        from sklearn.utils import get_tags  # noqa: PLC0415 - heavy

        kind = get_tags(estimator).estimator_type or kind
    except (AttributeError, TypeError, ValueError):
        pass
    if kind == "regressor" and hasattr(estimator, "predict"):
        return
    if kind in {"regressor", "clusterer"}:
        raise InputError(
            "model", f"{name} is a {kind}, no classifier", "give a model of classes or of a number"
        )
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            "model",
            f"{name} gives no probabilities",
            "train it with probabilities (such as probability=True or calibration)",
        )
    classes = getattr(estimator, "classes_", None)
    if classes is None or np.asarray(classes).ndim != 1 or len(classes) < 2:  # noqa: PLR2004
        raise InputError(
            "model", f"{name} is not fitted to tell two or more classes apart", "fit it first"
        )


def _single_thread(estimator: Any) -> None:  # noqa: ANN401
    """Leave one job to the estimator and to the fitted copies inside: more may be processes."""
    for part in every_part(estimator):
        if "n_jobs" in getattr(part, "get_params", dict)():
            part.set_params(n_jobs=1)


def _category_mask(estimator: Any, names: Any) -> tuple[bool, ...]:  # noqa: ANN401
    first = first_step(estimator)
    mask = getattr(first, "is_categorical_", None)
    if names is None or mask is None or getattr(first, "categorical_features", None) is None:
        return ()
    return tuple(bool(is_category) for is_category in mask)


def _float_matrix(table: "pa.Table", subject: Subject) -> NDArray[np.float64]:
    matrix = np.empty((table.num_rows, table.num_columns), dtype=np.float64)
    for j, name in enumerate(table.column_names):
        try:
            matrix[:, j] = table.column(name).to_numpy()
        except (TypeError, ValueError):
            raise InputError(
                subject,
                f"column {name!r} holds text and the model takes numbers",
                "turn it into numbers as was done for training, or leave it out with drop",
            ) from None
    return matrix


def _unusable(column: NDArray[Any]) -> NDArray[np.bool_]:
    if column.dtype == object:
        return np.asarray([v is None or v != v for v in column], dtype=bool)  # noqa: PLR0124 - NaN
    if column.dtype.kind == "f":
        return np.asarray(~np.isfinite(column), dtype=bool)
    return np.zeros(len(column), dtype=bool)
