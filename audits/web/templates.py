"""Templates as they are written, but sent without their indentation, which is half of a page."""

import re
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


def dense(source: str) -> str:
    """Return a template with one line break for each run of blanks that holds one."""
    written, at = [], 0
    for kept in _KEPT.finditer(source):
        written += [_INDENTATION.sub("\n", source[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join([*written, _INDENTATION.sub("\n", source[at:])])


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
