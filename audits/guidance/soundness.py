"""Whether every file that the guidance is made of can be used: asked before anything starts."""

from collections.abc import Callable, Iterator

from audits.guidance import catalogue, columns, findings, frameworks, questions, wording
from audits.guidance.starter_sets import STARTER_SETS

_READERS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("controls", lambda: catalogue.load_from(catalogue.FOLDER)),
    ("questions", lambda: questions.load_from(questions.FOLDER)),
    ("frameworks.toml", frameworks.load),
    ("columns.toml", columns.kinds),
    ("wording.toml", wording.sentences),
)


def problems() -> list[str]:
    """Say what is wrong with each of them; empty where all is well."""
    found = [problem for name, read in _READERS if (problem := _problem(name, read))]
    return found or [*_unknown()]


def _problem(name: str, read: Callable[[], object]) -> str:
    try:
        read()
    except (OSError, ValueError, LookupError, TypeError) as error:
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return f"guidance/{name}: {told}"
    return ""


def _unknown() -> Iterator[str]:
    """Say where one part names what another one does not have."""
    controls = {control.id for control in catalogue.load_from(catalogue.FOLDER)}
    named = {
        **{f"finding {key}": called for key, called in findings.CONTROLS.items()},
        **{f"starter set {key}": called for key, called in STARTER_SETS.items()},
        "answers that are findings": tuple(findings.BY_ANSWER),
    }
    for name, called in named.items():
        if missing := sorted(set(called) - controls):
            yield f"guidance: {name} names {missing[0]}, which is no control"
    for key in findings.CONTROLS:
        if f"finding.{key}" not in wording.sentences():
            yield f"guidance: finding {key} has no sentence"
