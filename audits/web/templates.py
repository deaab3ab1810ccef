"""Templates as they are written, but sent without their indentation, which is half of a page."""

import re
from dataclasses import dataclass, field
from typing import Final

from django.template.base import Origin
from django.template.loaders import app_directories, filesystem

_INDENTATION: Final = re.compile(r"[ \t]*\n\s*")
# What stays as it is written: breaks that somebody sees, keys of translations, the language's tags.
_KEPT: Final = re.compile(
    r"<(pre|textarea)\b.*?</\1\s*>"
    r"|\{%\s*blocktranslate\b.*?\{%\s*endblocktranslate\s*%\}"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    re.DOTALL | re.IGNORECASE,
)


# Tags that write nothing themselves: what stands before them stands before what follows.
_SILENT: Final = re.compile(
    r"\{#|\{%\s*(?:load|with|endwith|comment|endcomment)\b"
    r"|\{%[^%]*?\bas \w+\s*%\}|\{%\s*blocktranslate\s+asvar\b"
)
_BRANCH: Final = re.compile(r"\{%\s*(if|elif|else|endif|for|empty|endfor|include)\b")


@dataclass
class _Branches:
    """Whether a break stands before a tag with branches, and at the end of all of them so far."""

    before: bool
    ends: bool = True
    is_whole: bool = False


@dataclass
class _Breaks:
    """Whether a line break surely stands at the end of what was written so far."""

    is_there: bool = False
    _open: list[_Branches] = field(default_factory=list)

    def text(self, text: str) -> str:
        """Return a text without the break that stands there already."""
        said = text.removeprefix("\n") if self.is_there else text
        self.is_there = said.endswith("\n") if said else self.is_there
        return said

    def tag(self, tag: str) -> None:
        """Go past a tag: an included file ends with a break, as each of ours does."""
        found = _BRANCH.match(tag)
        name = found[1] if found is not None else ""
        if name in ("if", "for"):
            self._open.append(_Branches(self.is_there))
            # A second turn of a loop follows the end of the first.
            self.is_there = self.is_there and name == "if"
        elif name in ("elif", "else", "empty") and self._open:
            branches = self._open[-1]
            branches.ends = branches.ends and self.is_there
            branches.is_whole = branches.is_whole or name == "else"
            self.is_there = branches.before
        elif name in ("endif", "endfor") and self._open:
            branches = self._open.pop()
            rest = branches.is_whole or branches.before
            self.is_there = branches.ends and self.is_there and rest
        elif _SILENT.match(tag) is None:
            self.is_there = name == "include"


def dense(source: str) -> str:
    """Return a template with one line break for each run of blanks that holds one.

    Around a tag that writes nothing there is one as well, not one on either side.
    """
    breaks, written, at = _Breaks(), [], 0
    for kept in _KEPT.finditer(source):
        written.append(breaks.text(_INDENTATION.sub("\n", source[at : kept.start()])))
        written.append(kept[0])
        breaks.tag(kept[0])
        at = kept.end()
    return "".join([*written, breaks.text(_INDENTATION.sub("\n", source[at:]))])


def _contents(origin: Origin, source: str) -> str:
    return dense(source) if str(origin.name).endswith(".html") else source


class DenseFiles(filesystem.Loader):
    """Our own templates."""

    def get_contents(self, origin: Origin) -> str:
        return _contents(origin, super().get_contents(origin))


class DensePackages(app_directories.Loader):
    """Templates of installed packages."""

    def get_contents(self, origin: Origin) -> str:
        return _contents(origin, super().get_contents(origin))
