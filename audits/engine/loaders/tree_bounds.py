"""Makes the compiled parts of a loaded model safe to use.

scikit-learn's tree structures index arrays with numbers taken from the file and do not check
them. Node arrays are checked here; neighbour trees are thrown away and built again from the
stored rows.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError

_PLAIN: Final = (str, bytes, int, float, bool, type(None), np.generic, type)


def make_safe(estimator: Any) -> None:  # noqa: ANN401 - any object of a skops file
    """Check or rebuild every compiled structure reachable from a loaded object.

    Raises
    ------
    InputError
        Subject "model": a tree points outside its own arrays.
    """
    for part in parts_of(estimator):
        kind = type(part).__name__
        if kind == "Tree":
            _check_tree(part)
        elif kind == "TreePredictor":
            _check_predictor(part)
        elif hasattr(part, "_fit_X") and hasattr(part, "_fit_method"):
            _rebuild_neighbours(part)
        else:
            _check_width(part)


def parts_of(root: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield every object reachable from a loaded one, each once; plain values left out."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        part = pending.pop()
        if isinstance(part, _PLAIN) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            pending += part.values()
        elif isinstance(part, (list, tuple, set)):
            pending += part
        elif isinstance(part, np.ndarray):
            pending += part.ravel().tolist() if part.dtype == object else []
        else:
            yield part
            pending += vars(part).values() if hasattr(part, "__dict__") else []


def _demand(*, holds: bool) -> None:
    if not holds:
        raise InputError(
            "model", "a tree in the file points outside itself", "save the model again with skops"
        )


def _check_children(
    children: tuple[NDArray[Any], ...], internal: NDArray[np.bool_], n_nodes: int
) -> None:
    """Demand that both children lie behind their parent: inside the array, and no cycle."""
    own = np.flatnonzero(internal)
    for child in children:
        target = child[internal].astype(np.int64)
        _demand(holds=bool(((target > own) & (target < n_nodes)).all()))


def _check_tree(tree: Any) -> None:  # noqa: ANN401
    nodes, values = tree.__getstate__()["nodes"], tree.__getstate__()["values"]
    n_nodes = int(tree.node_count)
    _demand(holds=0 < n_nodes <= min(len(nodes), len(values)))
    nodes = nodes[:n_nodes]
    internal = nodes["left_child"] != -1
    _check_children((nodes["left_child"], nodes["right_child"]), internal, n_nodes)
    feature = nodes["feature"][internal]
    _demand(holds=bool(((feature >= 0) & (feature < tree.n_features)).all()))


def _check_width(estimator: Any) -> None:  # noqa: ANN401
    """Demand that trees read no column the estimator does not have: it hands records on as is."""
    width = getattr(estimator, "n_features_in_", None)
    own = [estimator] if hasattr(estimator, "tree_") else []
    members = getattr(estimator, "estimators_", None)
    if hasattr(estimator, "min_samples_leaf") and members is not None:
        own += np.ravel(np.asarray(members, dtype=object)).tolist()  # forests, boosting
    _demand(holds=all(one.tree_.n_features == width for one in own if hasattr(one, "tree_")))
    for stage in getattr(estimator, "_predictors", []):
        for predictor in stage:
            read = predictor.nodes["feature_idx"][predictor.nodes["is_leaf"] == 0]
            _demand(holds=width is not None and bool((read < width).all()))


def _check_predictor(predictor: Any) -> None:  # noqa: ANN401
    nodes = predictor.nodes
    _demand(holds=len(nodes) > 0)
    internal = nodes["is_leaf"] == 0
    _check_children((nodes["left"], nodes["right"]), internal, len(nodes))
    category = internal & (nodes["is_categorical"] != 0)
    bitsets = min(len(predictor.raw_left_cat_bitsets), len(predictor.binned_left_cat_bitsets))
    _demand(holds=bool((nodes["bitset_idx"][category].astype(np.int64) < bitsets).all()))
    _demand(holds=bool((nodes["feature_idx"][internal] >= 0).all()))


def _rebuild_neighbours(estimator: Any) -> None:  # noqa: ANN401
    from sklearn.base import clone  # noqa: PLC0415 - heavy

    labels = getattr(estimator, "_y", None)
    if labels is None or np.ndim(labels) != 1:
        raise InputError("model", "its neighbours cannot be rebuilt", "give a predictions file")
    known = getattr(estimator, "classes_", None)
    truth = labels if known is None else known[labels]
    fresh = clone(estimator).fit(estimator._fit_X, truth)  # noqa: SLF001
    kept = getattr(estimator, "feature_names_in_", None)
    vars(estimator).update(vars(fresh))
    if kept is not None:
        estimator.feature_names_in_ = kept
