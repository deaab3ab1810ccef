"""The rule language of the controls, read into a small tree; never evaluated as Python.

    rule       = all { "or" all }
    all        = one { "and" one }
    one        = "not" one | "(" rule ")" | "always" | fact [ comparison ]
    comparison = ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
               | [ "not" ] "in" "(" value { "," value } ")"

Every fact must be listed in `FACTS`, and compared with values of its own type.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from audits.guidance.facts import Fact, RuleError, fact_named, in_range, known_words, level

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
OPERATORS: dict[str, Operator] = {word: word for word in get_args(Operator)}
MAX_RULE_LENGTH = 500
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Always:
    pass


@dataclass(frozen=True, slots=True)
class Flag:
    fact: str


@dataclass(frozen=True, slots=True)
class OneOf:
    fact: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compare:
    fact: str
    operator: Operator
    value: float


@dataclass(frozen=True, slots=True)
class Not:
    part: "Rule"


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Rule", ...]


Rule = Always | Flag | OneOf | Compare | Not | Every | Some

_TOKEN = re.compile(
    r"\s*(?:(?P<operator><=|>=|!=|=|<|>)|(?P<mark>[(),])"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*))"
)
_RESERVED = frozenset({"and", "or", "not", "in", "always"})


def parse(text: str) -> Rule:
    """Return the rule in `text`; RuleError says what is wrong with it."""
    return _Parser(text).rule()


def facts_in(rule: Rule) -> frozenset[str]:
    """Return the names of the facts a rule asks for."""
    match rule:
        case Always():
            return frozenset()
        case Not(part):
            return facts_in(part)
        case Every(parts) | Some(parts):
            return frozenset().union(*map(facts_in, parts))
        case _:
            return frozenset({rule.fact})


class _Parser:
    """One pass over the tokens; depth and length are bounded because rules are data."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_RULE_LENGTH:
            raise RuleError(f"longer than {MAX_RULE_LENGTH} characters")
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def rule(self) -> Rule:
        found = self._some()
        if self._peek():
            raise RuleError(f"unexpected {self._peek()!r} after the end of the rule")
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise RuleError("the rule ends too early")
        self._at += 1
        return token

    def _accept(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise RuleError(f"expected {token!r}, found {found!r}")

    def _some(self) -> Rule:
        parts = [self._every()]
        while self._accept("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> Rule:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Rule:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RuleError(f"nested deeper than {MAX_DEPTH} levels")
        try:
            if self._accept("not"):
                return Not(self._one())
            if self._accept("("):
                inner = self._some()
                self._expect(")")
                return inner
            return Always() if self._accept("always") else self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Rule:
        name = self._take()
        if name in _RESERVED or not name[0].isalpha():
            raise RuleError(f"expected a fact, found {name!r}")
        fact = fact_named(name)
        if self._accept("not"):
            self._expect("in")
            return Not(self._membership(name, fact))
        if self._accept("in"):
            return self._membership(name, fact)
        if self._peek() in OPERATORS:
            operator = OPERATORS[self._take()]
            return _comparison(name, fact, operator, self._value())
        if fact.kind != "flag":
            raise RuleError(f"{name} must be compared with something")
        return Flag(name)

    def _value(self) -> str:
        token = self._take()
        if token in _RESERVED or not (token[0].isalnum() or token[0] == "-"):
            raise RuleError(f"expected a value, found {token!r}")
        return token

    def _membership(self, name: str, fact: Fact) -> Rule:
        if fact.kind != "choice":
            raise RuleError(f"{name} is not a choice, so it cannot be 'in' a list")
        self._expect("(")
        values = {self._value()}
        while self._accept(","):
            values.add(self._value())
        self._expect(")")
        known_words(name, fact, frozenset(values))
        return OneOf(name, frozenset(values))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise RuleError(f"cannot read {text[at:].strip()[:20]!r}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _comparison(name: str, fact: Fact, operator: Operator, value: str) -> Rule:
    if fact.kind in ("number", "level"):
        return Compare(name, operator, _rule_number(name, fact, value))
    if operator not in ("=", "!="):
        raise RuleError(f"{name} has no order, so it cannot be compared with {operator!r}")
    if fact.kind == "flag":
        if value not in ("true", "false"):
            raise RuleError(f"{name} is true or false, not {value!r}")
        wanted = (value == "true") == (operator == "=")
        return Flag(name) if wanted else Not(Flag(name))
    known_words(name, fact, frozenset({value}))
    one = OneOf(name, frozenset({value}))
    return one if operator == "=" else Not(one)


def _rule_number(name: str, fact: Fact, text: str) -> float:
    if fact.kind == "level":
        return float(level(name, text))
    try:
        value = float(text)
    except ValueError:
        raise RuleError(f"{name} is a number, not {text!r}") from None
    in_range(name, fact, value)
    return value
