"""What the columns that a person confirmed say about how sensitive a dataset is.

A proposal with its reasons; somebody decides. Nothing is proposed from what nobody confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from audits.guidance.columns import Kind, kind_of, kinds
from audits.guidance.rating import LOWEST, Reveals, Step, impact_under
from audits.guidance.strictness import HOUSE, Policy

NOTHING = "none"
"""The kind of a column that is not about people."""
_NOT_PERSONAL_IMPACT = 2
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The facts `data.personal` and `data.class`, and the impact; None where nothing is known."""

    personal: bool | None
    data_class: str | None
    impact: int | None
    steps: tuple[Step, ...]


def propose(confirmed: Mapping[str, str] | None) -> Proposal:
    """Propose from the kinds of the columns by name; None: nobody has confirmed them yet."""
    if confirmed is None:
        return Proposal(
            personal=None, data_class=None, impact=None, steps=(Step("sensitivity.columns_open"),)
        )
    about = {name: kind_of(key) for name, key in confirmed.items() if key != NOTHING}
    if not about:
        return Proposal(
            personal=False,
            data_class="internal",
            impact=_NOT_PERSONAL_IMPACT,
            steps=(Step("sensitivity.columns_none"),),
        )
    order = [kind.key for kind in kinds()]
    worst = min(about.values(), key=lambda kind: (-kind.impact, order.index(kind.key)))
    return Proposal(
        personal=True,
        data_class=worst.data_class,
        impact=worst.impact,
        steps=(_worst(about, worst), *_direct(about)),
    )


def _worst(about: Mapping[str, Kind], worst: Kind) -> Step:
    named = _named([name for name, kind in about.items() if kind.key == worst.key])
    params = (("columns", named), ("label", worst.within), ("impact", worst.impact))
    return Step("sensitivity.columns_worst", params)


def _direct(about: Mapping[str, Kind]) -> tuple[Step, ...]:
    direct = [name for name, kind in about.items() if kind.direct]
    return (Step("sensitivity.columns_direct", (("columns", _named(direct)),)),) if direct else ()


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def trace(base: int, reveals: str, policy: Policy = HOUSE) -> tuple[int, tuple[Step, ...]]:
    """Adjust an impact for what membership reveals and for a stricter policy.

    Steps carry the keys of whole sentences.
    """
    effective, steps = impact_under(policy, max(base, LOWEST), Reveals(reveals))
    return effective, tuple(Step(f"trace.{step.key}", step.params) for step in steps)
