"""Models saved by another version of scikit-learn: brought up to date, or refused with the way out.

What works is tested with files of several versions (`tests/engine/test_loaders_versions.py`).
"""

import inspect
from typing import Any, Final

from audits.engine.errors import InputError
from audits.engine.loaders.tree_bounds import parts_of

SAVE_AGAIN: Final = "save it again with a current scikit-learn, or give a predictions file"
_OLD_LOSSES: Final = "_loss."
"""Up to scikit-learn 1.7 the losses of boosting were saved under a module that is no more."""


def bring_up_to_date(estimator: Any) -> None:  # noqa: ANN401 - any object of a skops file
    """Give every part the settings that its class has gained since, at their defaults.

    A new setting's default is what the class did before there was the setting.

    Raises
    ------
    InputError
        Subject "model": a part that is read without complaint would answer otherwise today.
    """
    for part in parts_of(estimator):
        if type(part).__name__ == "AdaBoostClassifier" and _uses_probabilities(part):
            raise InputError(
                "model",
                "AdaBoost with SAMME.R answers otherwise since scikit-learn 1.6",
                SAVE_AGAIN,
            )
        if getattr(part, "criterion", None) == "friedman_mse" and _is_of_trees(part):
            part.criterion = "squared_error"  # the same; 1.9 rewrites it, and cannot be cloned so
        if hasattr(type(part), "_get_param_names"):
            for name, default in _defaults(type(part)).items():
                if not hasattr(part, name):
                    setattr(part, name, default)


def _uses_probabilities(part: Any) -> bool:  # noqa: ANN401
    return bool(getattr(part, "algorithm", None) == "SAMME.R")


def _is_of_trees(part: Any) -> bool:  # noqa: ANN401
    """Say whether it is a tree or a forest: boosting has a setting of this name and value, too."""
    return type(part).__module__.startswith(("sklearn.tree.", "sklearn.ensemble._forest"))


def _defaults(kind: type) -> dict[str, Any]:
    signature = inspect.signature(kind.__init__)  # type: ignore[misc]
    return {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def refusal_of_types(named: str) -> InputError:
    """Return the error for a file with these types that are not allowed."""
    if any(name.strip().startswith(_OLD_LOSSES) for name in named.split(",")):
        return InputError(
            "model", "boosting that was saved before scikit-learn 1.8 cannot be rebuilt", SAVE_AGAIN
        )
    return InputError(
        "model",
        f"the file names types that are not allowed ({named})",
        "use scikit-learn's own classes only, or give a predictions file",
    )
