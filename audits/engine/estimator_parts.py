"""The estimators inside an estimator: those it was given, and the fitted copies it made of them."""

from collections.abc import Iterator
from typing import Any


def named_parts(estimator: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - any scikit-learn estimator
    """Return what lies directly inside, by name: fitted copies first, what was given last.

    Names are those of steps, branches and members, or of the setting that holds the estimator.
    An unfitted estimator has one part of each name, what is no estimator has none at all.
    """
    settings = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    given = dict(_named_in(settings))
    fitted = {name: [getattr(estimator, f"{name}_", None)] for name in given}
    for name, part, *_ in getattr(estimator, "transformers_", []):
        fitted.setdefault(name, []).append(part)
    for name, part in getattr(estimator, "named_estimators_", {}).items():
        fitted.setdefault(name, []).append(part)
    if "estimator" in fitted:
        fitted["estimator"] += _copies(estimator)
    return {
        name: [one for one in (*fitted.get(name, []), part) if _is_estimator(one)]
        for name, part in given.items()
    }


def every_part(estimator: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield the estimator and everything inside it, however deep."""
    yield estimator
    for copies in named_parts(estimator).values():
        for part in copies:
            yield from every_part(part)


def _named_in(settings: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if _is_estimator(value):
            yield name, value
        elif isinstance(value, list | tuple):
            pairs = (one for one in value if isinstance(one, list | tuple) and len(one) > 1)
            yield from ((name, part) for name, part, *_ in pairs if _is_estimator(part))


def _copies(estimator: Any) -> list[Any]:  # noqa: ANN401
    """Return the fitted copies of the one estimator inside."""
    calibrated = getattr(estimator, "calibrated_classifiers_", [])
    return [
        *getattr(estimator, "estimators_", []),
        *(one.estimator for one in calibrated),
        getattr(estimator, "best_estimator_", None),
    ]


def _is_estimator(value: Any) -> bool:  # noqa: ANN401
    return hasattr(value, "get_params") and not isinstance(value, type)
