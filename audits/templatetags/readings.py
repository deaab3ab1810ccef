"""How uploaded tables were read, in words: what was found out about a file can be checked."""

from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

_SHOWN: Final = 5
_FILES: Final = {
    "members": gettext_lazy("Used for training"),
    "nonmembers": gettext_lazy("Held out"),
    "combined": gettext_lazy("Used for training and held out"),
    "population": gettext_lazy("Further records"),
    "predictions": gettext_lazy("Predictions"),
}
_FORMATS: Final = {
    "csv": "CSV",
    "xlsx": "Excel",
    "parquet": "Parquet",
    "json_lines": gettext_lazy("JSON lines"),
}
_DELIMITERS: Final = {
    ",": gettext_lazy("separated by commas"),
    ";": gettext_lazy("separated by semicolons"),
    "\t": gettext_lazy("separated by tabs"),
    "|": gettext_lazy("separated by bars"),
}
_DECIMALS: Final = {".": gettext_lazy("decimal point"), ",": gettext_lazy("decimal comma")}
_THOUSANDS: Final = {
    ".": gettext_lazy("points between thousands"),
    ",": gettext_lazy("commas between thousands"),
}
_ENCODINGS: Final = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


@register.filter
def readings(profile: Mapping[str, Any]) -> list[str]:
    """Return a line for each file of a version, one for all where they were read alike."""
    found = profile.get("reading", {})
    said = {name: _said(reading) for name, reading in found.items() if name in _FILES}
    if len(set(said.values())) == 1:
        return [_("Read as %(how)s") % {"how": next(iter(said.values()))}]
    return [
        _("%(file)s: read as %(how)s") % {"file": label, "how": said[name]}
        for name, label in _FILES.items()
        if name in said
    ]


def _said(reading: Mapping[str, Any]) -> str:
    """Return the format and what was found out, with commas between."""
    parts = [_FORMATS.get(reading["format"], reading["format"])]
    for key, words in (
        ("delimiter", _DELIMITERS),
        ("decimal", _DECIMALS),
        ("thousands", _THOUSANDS),
        ("encoding", _ENCODINGS),
    ):
        if reading.get(key) is not None:
            parts.append(words.get(reading[key], reading[key]))
    if reading.get("sheet"):
        parts.append(_("sheet “%(name)s”") % {"name": reading["sheet"]})
    if dates := reading.get("dates"):
        names = ", ".join(dates[:_SHOWN]) + (", …" if len(dates) > _SHOWN else "")
        parts.append(_("dates as days since 1970: %(names)s") % {"names": names})
    return ", ".join(str(part) for part in parts)
