"""A condition of row-level security as a tree, so that two spellings of it can be compared.

PostgreSQL prints a rule back with brackets, casts to text and names of its own. What the rule means
does not depend on those, but it does on which words a bracket holds together: `a AND (b OR c)` is
not `(a AND b) OR c`. Knows the words that our rules use; anything else raises ValueError.
"""

import re
from collections.abc import Callable
from functools import cache

Tree = tuple[object, ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[a-z_][\w.]*(?:\[\])?)|(?P<number>\d+)"
    r"|(?P<sign>::|<>|<=|>=|[=<>(),]))",
    re.IGNORECASE,
)
_COMPARED = frozenset({"=", "<>", "<", ">", "<=", ">="})
_END = ""
# Written into a rule by PostgreSQL alone: the type that a name or text already has for us.
_OF_ITSELF = "text"


@cache
def tree_of(condition: str) -> Tree:
    """Read a condition; raises ValueError where it is none that our rules could be."""
    reader = _Reader(_tokens(condition))
    found = reader.any_of()
    reader.take(_END)
    return found


def same(one: str | None, other: str | None) -> bool:
    """Say whether two conditions mean the same; one that cannot be read means something else."""
    if not one or not other:
        return not one and not other
    try:
        return tree_of(one) == tree_of(other)
    except ValueError:
        return False


def _tokens(condition: str) -> list[str]:
    found, place, condition = [], 0, condition.strip()
    while place < len(condition):
        match = _TOKEN.match(condition, place)
        if match is None:
            raise ValueError(f"cannot be read from {condition[place : place + 20]!r}")
        text = match.group().strip()
        found.append(text if match.group("text") else text.lower())
        place = match.end()
    return [*found, _END]


class _Reader:
    """One pass over the words of a condition: OR binds least, then AND, NOT, comparisons, casts."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def _next(self) -> str:
        return self._tokens[self._place]

    def _takes(self, *words: str) -> str:
        """Step over the next word if it is one of these."""
        found = self._next
        if found == _END or found not in words:
            return ""
        self._place += 1
        return found

    def take(self, word: str) -> None:
        """Step over exactly this word."""
        if self._next != word:
            raise ValueError(f"{self._next!r} where {word!r} should be")
        self._place += word != _END

    def any_of(self) -> Tree:
        return self._joined("or", self._all_of)

    def _all_of(self) -> Tree:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], Tree]) -> Tree:
        """Parts with the same word between them, whichever of them were bracketed together."""
        found = [part()]
        while self._takes(word):
            found.append(part())
        flat = [one for tree in found for one in (tree[1:] if tree[0] == word else (tree,))]
        return (word, *flat) if len(flat) > 1 else found[0]

    def _one(self) -> Tree:
        if self._takes("not"):
            return ("not", self._one())
        left = self._cast()
        if sign := self._takes(*_COMPARED):
            return (sign, left, self._cast())
        if self._takes("is"):
            negated = bool(self._takes("not"))
            self.take("null")
            return ("is not null" if negated else "is null", left)
        negated = bool(self._takes("not"))
        if self._takes("in"):
            return ("not in" if negated else "in", left, self._cast())
        if negated:
            raise ValueError("NOT stands where it means nothing")
        return left

    def _cast(self) -> Tree:
        found = self._atom()
        while self._takes("::"):
            kind = self._word()
            found = found if kind == _OF_ITSELF else ("cast", found, kind)
        return found

    def _atom(self) -> Tree:
        if self._takes("("):
            found = self._select() if self._next == "select" else self.any_of()
            self.take(")")
            return found
        word = self._word()
        if not self._takes("("):
            return ("word", word.removeprefix("audits_membership."))
        if self._next == "select":
            given: list[Tree] = [self._select()]
        else:
            given = [self.any_of()]
            while self._takes(","):
                given.append(self.any_of())
        self.take(")")
        return ("call", word, *given)

    def _select(self) -> Tree:
        self.take("select")
        what = self.any_of()
        if self._takes("as"):
            self._word()
        source = self._word() if self._takes("from") else ""
        where = self.any_of() if self._takes("where") else ()
        return ("select", what, source, where)

    def _word(self) -> str:
        found = self._next
        if found == _END or found in _COMPARED or found in {"(", ")", ",", "::"}:
            raise ValueError(f"{found!r} where a name or value should be")
        self._place += 1
        return found
