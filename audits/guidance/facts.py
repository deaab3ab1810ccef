"""What the rules may ask: every fact with its type, its values and what not knowing it means.

Missing facts. A fact nobody has given (absent, None or "unknown") makes a comparison neither true
nor false; "not" keeps that, and a rule applies only when it is true in the end. The exceptions
are facts where not knowing has to count as the worst case: they carry `unknown`, the value that is
then assumed, and `about`, the assets for which the question makes sense.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Scalar = str | int | float | bool
FactValue = Scalar | tuple[str, ...] | list[str] | set[str] | frozenset[str] | None
Facts = Mapping[str, FactValue]
Kind = Literal["choice", "flag", "number", "level"]
UNKNOWN = "unknown"


class RuleError(ValueError):
    """A rule that cannot be read, or a fact that does not fit its type."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a fact may be.

    `narrower` maps a value to the wider ones it also counts as. `unknown` is the worst case that
    is assumed when the fact is missing, for the assets in `about` (empty: for all).
    """

    kind: Kind
    values: frozenset[str] = frozenset()
    narrower: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unknown: str | None = None
    about: frozenset[str] = frozenset()
    low: float | None = None
    high: float | None = None


def _choice(
    values: str,
    *,
    narrower: Mapping[str, str] | None = None,
    unknown: str | None = None,
    about: str = "",
) -> Fact:
    wider = MappingProxyType(dict(narrower or {}))
    return Fact(
        "choice",
        frozenset(values.split()),
        narrower=wider,
        unknown=unknown,
        about=frozenset(about.split()),
    )


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "asset": _choice("model dataset tool"),
        "org": _choice("smb msp"),
        "clients": Fact("number", low=0),
        "data.class": _choice(
            "public internal personal hr finance client code children health biometric special"
        ),
        "data.personal": Fact("flag"),
        "S": Fact("number", low=1, high=5),
        "origin": _choice(
            "planned in_house fine_tuned fine_tuned_llm open_weights_tuned vendor_saas",
            narrower={"fine_tuned_llm": "fine_tuned"},
        ),
        "model.family": _choice(
            "knn svm gp case_based kde linear naive_bayes tree forest boosting mlp language other"
        ),
        "tree.min_leaf": Fact("number", low=1),
        # Whether a valid audit speaks for it.
        "model.measured": Fact("flag"),
        "training.dp": _choice("none row person", unknown="none", about="model"),
        "exposure": _choice(
            "public customer customers internal named offline locked",
            narrower={"customers": "customer", "named": "internal", "locked": "offline"},
            unknown="public",
            about="model",
        ),
        "outputs": _choice("label topk probs logits logprobs embeddings weights"),
        "vendor.trains": _choice("no opt_out yes", unknown="yes"),
        "decision": _choice(
            "undecided approve approve_listed restrict reject",
            narrower={"approve_listed": "approve"},
        ),
        "finding.exists": Fact("flag"),
        "finding.leak": Fact("level", low=0, high=4),
        "finding.overfit_gap": Fact("number", low=-1, high=1),
        "finding.outlier_leak": Fact("flag"),
    }
)


@dataclass(frozen=True, slots=True)
class KnownFacts:
    choices: Mapping[str, frozenset[str]]
    numbers: Mapping[str, float]
    flags: Mapping[str, bool]


def known_facts(facts: Facts) -> KnownFacts:
    """Return the facts that are known, each in the form its kind is compared in."""
    choices: dict[str, frozenset[str]] = {}
    numbers: dict[str, float] = {}
    flags: dict[str, bool] = {}
    for name, value in facts.items():
        fact = fact_named(name)
        if value is None or value == UNKNOWN:
            continue
        if fact.kind == "choice":
            choices[name] = _choices(name, fact, value)
        elif fact.kind == "flag":
            flags[name] = _flag(name, value)
        else:
            numbers[name] = _number(name, fact, value)
    _assume_worst(choices)
    return KnownFacts(choices, numbers, flags)


def _assume_worst(choices: dict[str, frozenset[str]]) -> None:
    asset = choices.get("asset", frozenset())
    for name, fact in FACTS.items():
        asked = not fact.about or bool(fact.about & asset)
        if fact.unknown is not None and name not in choices and asked:
            choices[name] = frozenset({fact.unknown})


def fact_named(name: str) -> Fact:
    if name not in FACTS:
        raise RuleError(f"unknown fact {name!r}; known facts: {', '.join(sorted(FACTS))}")
    return FACTS[name]


def _choices(name: str, fact: Fact, value: FactValue) -> frozenset[str]:
    if isinstance(value, str):
        given = frozenset({str(value)})
    elif isinstance(value, tuple | list | set | frozenset):
        given = frozenset(map(str, value)) - {UNKNOWN}
    else:
        raise RuleError(f"{name} takes words, not {value!r}")
    known_words(name, fact, given)
    return given | {fact.narrower[word] for word in given if word in fact.narrower}


def known_words(name: str, fact: Fact, words: frozenset[str]) -> None:
    strange = sorted(words - fact.values)
    if strange:
        allowed = ", ".join(sorted(fact.values))
        raise RuleError(f"{name} cannot be {strange[0]!r}; allowed: {allowed}")


def _flag(name: str, value: FactValue) -> bool:
    if not isinstance(value, bool):
        raise RuleError(f"{name} is true or false, not {value!r}")
    return value


def _number(name: str, fact: Fact, value: FactValue) -> float:
    if fact.kind == "level" and isinstance(value, str):
        value = level(name, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleError(f"{name} is a number, not {value!r}")
    in_range(name, fact, value)
    return float(value)


def level(name: str, text: str) -> int:
    if not re.fullmatch("L[0-4]", text):
        raise RuleError(f"{name} is a level from L0 to L4, not {text!r}")
    return int(text[1])


def in_range(name: str, fact: Fact, value: float) -> None:
    low = -float("inf") if fact.low is None else fact.low
    high = float("inf") if fact.high is None else fact.high
    if not low <= value <= high:  # also refuses NaN
        raise RuleError(f"{name} cannot be {value:g}")
