"""What was found out about an uploaded file, in words, so that a person can check it."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_SHOWN: Final = 5
_SETTINGS: Final = 20
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


def read_from_file(facts: Mapping[str, Any]) -> list[str]:
    """Return what the file of a model says about it: kind, sizes, settings of its training."""
    if "estimator" not in facts:  # a table of predictions, or a version from before they were kept
        return []
    lines = [_("Read from the file: %(facts)s") % {"facts": ", ".join(_of_model(facts))}]
    if facts.get("stores_rows"):
        lines.append(_("The file holds training records as they are."))
    if settings := facts.get("training"):
        shown = [f"{name} {_value(value)}" for name, value in list(settings.items())[:_SETTINGS]]
        lines.append(_("Trained with: %(settings)s") % {"settings": ", ".join(shown)})
    return [*lines, *facts.get("warnings", [])]


def _of_model(facts: Mapping[str, Any]) -> list[str]:
    parts = [str(facts["estimator"])]
    classes, columns = facts.get("class_count"), facts.get("features")
    if classes:
        parts.append(ngettext("%(n)s class", "%(n)s classes", classes) % {"n": classes})
    if columns:
        parts.append(ngettext("%(n)s column", "%(n)s columns", columns) % {"n": columns})
    if leaf := facts.get("min_samples_leaf"):
        parts.append(_("smallest leaf %(n)s") % {"n": _value(leaf)})
    if version := facts.get("sklearn_version"):
        parts.append(f"scikit-learn {version}")
    return parts


def _value(value: object) -> str:
    if isinstance(value, list):
        return " × ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
