"""The verdict in one plain English sentence each, for a technical reader.

A clean result is "we found no sign", never a promise: nothing here calls a model safe.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audits.engine.policy import FPR_LEVELS, LEVELS, LevelName, Outcome, Trigger
from audits.engine.types import COUNTED, Unit

_WORDS: Final = ("no", "a trace of", "noticeable", "serious", "severe")
_VOIDS: Final[Mapping[str, str]] = {
    "blind_baseline": "members and non-members can be told apart without the model",
    "classes": "a class is missing on one of the two sides",
    "self_test": "the attacks found leakage among records that were never used for training",
}
_RULED_OUT: Final = "ruled out at 95% confidence for these attacks on these records"
_TITLES: Final[Mapping[str, str]] = {
    "entropy": "modified entropy",
    "label_noise": "label-only",
    "learned": "reference-trained",
    "lira": "LiRA",
    "quantile": "quantile regression",
    "rmia": "RMIA",
}
_UNLIKE: Final = (
    "; the reference models were unlike this model, so the attacks that rest on them may miss what "
    "others would find"
)
_RARER: Final = (
    "; at a false-alarm rate of {rate}, where guesses are rarer and surer, nothing could be rated"
)
_APART: Final = "Members as a group can be told from others far better than chance"
_DOUBTFUL: Final = (
    "; whether members and non-members differ without the model is not settled, so part of this "
    "may not be the model's doing"
)
_NOTICEABLE, _SERIOUS, _SEVERE = 2, 3, 4
_RAREST: Final[Trigger] = "0.001"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lower bound that set the reached level (1 to 4)."""

    level: int
    attack: str
    trigger: Trigger
    lower: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sentences are made of; levels as numbers 0 to 4.

    `n_attacks` counts those the verdict rests on: nothing is claimed for the diagnostics.
    `can_retrain` says that reference attacks were possible, whether they ran or not; `unlike` that
    reference models were right much more or less often than the model; `doubtful` that the blind
    baseline settled nothing; `rarest_rated` that the lowest false-alarm rate counts at these
    sizes; `unit` what the sizes count.
    """

    n_members: int
    n_nonmembers: int
    n_attacks: int
    reached: int
    ceiling: int
    evidence: Evidence | None
    depth_1_only: bool
    settle: Mapping[LevelName, int]
    can_retrain: bool = False
    unlike: bool = False
    doubtful: bool = False
    rarest_rated: bool = True
    unit: Unit = "record"


def _title(attack: str) -> str:
    return _TITLES.get(attack, attack)


def sentence_of(outcome: Outcome, facts: Facts) -> str:
    """Return the sentence of a valid outcome; it ends in a full stop and holds no other."""
    if outcome == "inconclusive":
        return _inconclusive(facts)
    if facts.evidence is None:
        return _no_sign(facts)
    # That the ranking is good says nothing of how sure any single guess is (Carlini et al. 2022).
    apart = facts.reached == _SERIOUS and facts.evidence.trigger == "auc"
    wording = _APART if apart else LEVELS[facts.reached - 1].wording
    return f"{wording}: {_evidence(facts.evidence)}{_beyond(facts)}{_caveat(facts)}{_doubt(facts)}."


def invalid_sentence(voided_by: Sequence[str]) -> str:
    """Return the sentence for an audit that failed these voiding gates, at least one."""
    reasons = " and ".join(_VOIDS[gate] for gate in voided_by)
    return f"Invalid: {reasons}, so nothing the attacks found can be put down to the model."


def percent(share: float, *, digits: int = 2) -> str:
    """Return a share as a percentage, rounded down so that "at least" holds."""
    hundredths = 100.0 * share
    if hundredths <= 0.0:
        return "0%"
    places = max(0, digits - 1 - math.floor(math.log10(hundredths)))
    return f"{math.floor(hundredths * 10**places + 1e-6) / 10**places:g}%"


def _inconclusive(facts: Facts) -> str:
    start = "Inconclusive, which is not a pass: "
    trace = f"{_evidence(facts.evidence)}, and " if facts.evidence else ""
    size = f"with {facts.n_members:,} members and {facts.n_nonmembers:,} non-members"
    if facts.ceiling >= _SERIOUS:
        middle = f"{size} {_WORDS[_SERIOUS]} leakage is not ruled out"
    else:
        middle = "only attacks on the model's predictions ran, and stronger attacks exist"
    return f"{start}{trace}{middle}{_remedy(facts)}{_doubt(facts)}."


def _remedy(facts: Facts) -> str:
    advice = []
    if facts.settle:
        advice.append(_sizes(facts))
    elif facts.ceiling >= _SERIOUS:
        advice.append(f"more {COUNTED[facts.unit]} would narrow the attacks' own figures")
    if facts.depth_1_only and facts.can_retrain:
        advice.append("the presets standard and deep run stronger attacks on this model")
    elif facts.depth_1_only:
        advice.append("the records and a model that can be re-trained would allow stronger attacks")
    return "".join(f"; {clause}" for clause in advice)


def _sizes(facts: Facts) -> str:
    """Return "about 1,000 records on each side would settle whether leakage is serious, ..."."""
    by_size: dict[int, list[str]] = {}
    for name, size in facts.settle.items():
        by_size.setdefault(size, []).append(_WORDS[int(name[1])])
    first, *rest = (
        f"about {size:,}{{}} whether leakage is {' or '.join(words)}"
        for size, words in by_size.items()
    )
    head = first.format(f" {COUNTED[facts.unit]} on each side would settle")
    return " and ".join([head, *(clause.format("") for clause in rest)])


def _no_sign(facts: Facts) -> str:
    attacks = "1 attack" if facts.n_attacks == 1 else f"{facts.n_attacks} attacks"
    start = f"We tried {attacks} and found no sign of membership leakage"
    if facts.ceiling < _NOTICEABLE:
        open_part = f"noticeable leakage is {_RULED_OUT}"
    else:
        open_part = f"serious leakage is {_RULED_OUT}, noticeable leakage is not"
        if facts.settle:
            open_part += f" ({_sizes(facts)})"
    return f"{start}: {open_part}, and new attacks may do better{_caveat(facts)}."


def _caveat(facts: Facts) -> str:
    """Say what the levels that are ruled out do not rest on; nothing where none is."""
    if facts.ceiling >= _SEVERE:
        return ""
    rarer = "" if facts.rarest_rated else _RARER.format(rate=percent(FPR_LEVELS[_RAREST]))
    return f"{rarer}{_UNLIKE if facts.unlike else ''}"


def _doubt(facts: Facts) -> str:
    """Say of what was found that it may lie in the records; nothing where nothing was found."""
    return _DOUBTFUL if facts.doubtful and facts.evidence else ""


def _evidence(evidence: Evidence) -> str:
    title = _title(evidence.attack)
    if evidence.trigger == "auc":
        lower = percent(evidence.lower, digits=3)
        return (
            f"the {title} attack ranks a member above a non-member in at least {lower} "
            "of all pairs, where chance gives 50%"
        )
    lower, alpha = percent(evidence.lower), percent(FPR_LEVELS[evidence.trigger])
    return (
        f"at a false-alarm rate of at most {alpha} the {title} attack picks out at least "
        f"{lower} of the members, where chance gives {alpha}"
    )


def _beyond(facts: Facts) -> str:
    """Return what is known above the reached level."""
    if facts.reached == _SEVERE:
        return ""
    if facts.ceiling > facts.reached:
        size = f" ({_sizes(facts)})" if facts.settle else ""
        worst = f"{_WORDS[facts.ceiling]} leakage (L{facts.ceiling})"
        return f"; it may be worse, as {worst} is not ruled out{size}"
    above = _WORDS[facts.reached + 1]
    return f"; {above} leakage is {_RULED_OUT}"
