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


@lru_cache(maxsize=64)
def _table(file: Path) -> Mapping[str, str]:
    if not file.is_file():
        return MappingProxyType({})
    return wording.read(file.read_text("utf-8"))


def sentence(table: str, key: str) -> str | None:
    """Return a sentence in today's language or, where only that is there, in its wider one."""
    language = get_language()
    if language is None:
        return None
    locale = to_locale(language)
    for name in dict.fromkeys((locale, locale.partition("_")[0])):
        for folder in settings.LOCALE_PATHS:
            told = _table(Path(folder) / name / table).get(key)
            if told:
                return told
    return None
