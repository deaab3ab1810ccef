"""Which rules are true of which facts."""

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from audits.guidance.facts import Facts, KnownFacts, known_facts
from audits.guidance.rules import (
    Always,
    Compare,
    Every,
    Flag,
    Not,
    OneOf,
    Operator,
    Rule,
    Some,
    parse,
)

_COMPARISONS: Mapping[Operator, Callable[[float, float], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


@lru_cache(maxsize=512)
def _parsed(text: str) -> Rule:
    return parse(text)


def matches(rule: str, facts: Facts) -> bool:
    """Say whether `rule` is true of `facts`; RuleError for an unknown fact or a wrong type."""
    return _truth(_parsed(rule), known_facts(facts)) is True


def _truth(rule: Rule, facts: KnownFacts) -> bool | None:
    """Return None where the answer hangs on a fact that is missing."""
    match rule:
        case Always():
            found: bool | None = True
        case Not(part):
            inner = _truth(part, facts)
            found = None if inner is None else not inner
        case Every(parts):
            found = _weakest([_truth(part, facts) for part in parts])
        case Some(parts):
            found = _strongest([_truth(part, facts) for part in parts])
        case Flag(name):
            found = facts.flags.get(name)
        case OneOf(name, values):
            found = bool(facts.choices[name] & values) if name in facts.choices else None
        case Compare(name, sign, value):
            known = name in facts.numbers
            found = _COMPARISONS[sign](facts.numbers[name], value) if known else None
    return found


def _weakest(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _strongest(parts: list[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False
