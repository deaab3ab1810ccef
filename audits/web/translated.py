"""The sentences of the pure layers in the language in which somebody reads.

A translation of a table is a table with the same keys, in the folder of its language beside
gettext's: `locale/de/audits.charts.words.toml`. What is missing there is said in English.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from django.conf import settings
from django.utils.translation import get_language, to_locale

from audits.guidance import wording


def _table(file: Path) -> Mapping[str, str]:
    if not file.is_file():
        return MappingProxyType({})
    return wording.read(file.read_text("utf-8"))


@lru_cache(maxsize=64)
def _told(table: str, language: str, folders: tuple[str, ...]) -> Mapping[str, str]:
    """Every sentence of a table that a language has, its wider one behind it."""
    locale = to_locale(language)
    names = dict.fromkeys((locale, locale.partition("_")[0]))
    files = [Path(folder) / name / table for name in names for folder in folders]
    found: dict[str, str] = {}
    for file in reversed(files):
        found |= {key: told for key, told in _table(file).items() if told}
    return MappingProxyType(found)


def sentence(table: str, key: str) -> str | None:
    """Return a sentence in today's language or, where only that is there, in its wider one."""
    language = get_language()
    if language is None:
        return None
    return _told(table, language, tuple(map(str, settings.LOCALE_PATHS))).get(key)
