"""An audit result as a page of plain text, for people at a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

_RATES = (("0.001", "TPR at 0.1% FPR"), ("0.01", "TPR at 1% FPR"), ("0.1", "TPR at 10% FPR"))
_STATE = {True: "passed", False: "FAILED", None: "not run"}
_WIDTH = 22
_INDICATIVE = "  indicative only"

_FORMATS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "json_lines": "JSON lines"}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_DECIMALS = {".": "decimal point", ",": "decimal comma"}
_THOUSANDS = {".": "points between thousands", ",": "commas between thousands"}
_SHOWN_DATES = 5


def readings(document: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return a line for each table, by the name of its file: what was found out about it."""
    found = document["provenance"]["reading"]
    return [f"{names[name]}: {_reading(found[name])}" for name in names if name in found]


def _reading(found: Mapping[str, Any]) -> str:
    parts = [
        _FORMATS.get(found["format"]),
        _DELIMITERS.get(found["delimiter"]),
        found["encoding"],
        _DECIMALS.get(found["decimal"]),
        _THOUSANDS.get(found["thousands"]),
        found["sheet"] and f"sheet {found['sheet']!r}",
    ]
    if dates := found["dates"]:
        more = ", ..." if len(dates) > _SHOWN_DATES else ""
        parts.append(f"dates as days since 1970: {', '.join(dates[:_SHOWN_DATES])}{more}")
    return ", ".join(part for part in parts if part)


def summary(document: Mapping[str, Any]) -> str:
    """Return verdict, attacks with their intervals, sizes, gates and origin."""
    parts = [
        _verdict(document),
        _attacks(document),
        _facts(document),
        _gates(document["validity"]),
        [f"note: {text}" for text in document.get("warnings", ())],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _verdict(document: Mapping[str, Any]) -> list[str]:
    verdict = document["verdict"]
    lines = [verdict["sentence"]]
    if verdict["outcome"] == "invalid":
        return ["NOT VALID", *lines]
    lines.append(
        f"outcome {verdict['outcome']}: reached {verdict['reached']}, "
        f"cannot rule out {verdict['ceiling']}, evidence grade {verdict['grade']}"
    )
    return lines


def _attacks(document: Mapping[str, Any]) -> list[str]:
    lines, best, few = [], document["best_attack"], _too_few(document)
    for key, attack in document["attacks"].items():
        lines.append(f"{key}{' (strongest)' if key == best else ''}")
        lines.append(_row("AUC", _figure(attack["auc"], few)))
        lines += [_row(name, _figure(attack["tpr"][rate], few)) for rate, name in _RATES]
    return lines


def _too_few(document: Mapping[str, Any]) -> str:
    return f"too few {'people' if _counts_people(document) else 'records'} to say"


def _counts_people(document: Mapping[str, Any]) -> bool:
    return bool(document["records"].get("unit") == "person")


def _figure(found: Mapping[str, Any], few: str) -> str:
    """Say as much as the power guard allows; results from before it had one say all."""
    if not found.get("reportable", True):
        return few
    interval = f"{found['value']:.4f}  [{found['low']:.4f}, {found['high']:.4f}] 95%"
    return interval + _mark(found)


def _mark(found: Mapping[str, Any]) -> str:
    return "" if found.get("rated", True) else _INDICATIVE


def _facts(document: Mapping[str, Any]) -> list[str]:
    model, references = document["model"], document["references"]
    rows = [
        ("records", _sizes(document)),
        ("model", f"{model['family'] or 'not given'}, {_accuracies(model)}"),
        ("references", _references(references)),
        ("leak factor", _leak(document)),
        ("seconds", f"{document['timing']['total_seconds']:.1f}"),
        ("sandbox", ", ".join(document["provenance"]["sandbox"] or ["none"])),
    ]
    return [_row(name, text) for name, text in rows]


def _sizes(document: Mapping[str, Any]) -> str:
    records = document["records"]
    features = "no" if records["features"] is None else records["features"]
    return (
        f"{records['members']:,} members, {records['nonmembers']:,} non-members"
        f"{' (people)' if _counts_people(document) else ''}, "
        f"{records['population']:,} population; {features} features, "
        f"{records['classes']} classes"
    )


def _accuracies(model: Mapping[str, Any]) -> str:
    shown = [
        f"{model[key]:.1%} right on {name}"
        for key, name in (("member_accuracy", "members"), ("nonmember_accuracy", "non-members"))
        if model[key] is not None
    ]
    if model.get("member_error") is not None:
        shown.append(
            f"error {model['member_error']:.4g} on members, "
            f"{model['nonmember_error']:.4g} on non-members (root mean square)"
        )
    return ", ".join(shown) or "accuracy not known"


def _references(references: Mapping[str, Any]) -> str:
    if not references["count"]:
        return "none"
    reason = references["stopped_because"] or "planned"
    return f"{references['count']} ({references['recipe']}), stopped: {reason}"


def _leak(document: Mapping[str, Any]) -> str:
    if not document["valid"]:
        return "not stated: the comparison does not stand"
    value = document["epsilon"]["leak_factor_low"]
    if value is None:
        return _too_few(document)
    return f"at least {value:.2f} times" + _mark(document["epsilon"])


def _gates(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    return [_row(c["check"], f"{_STATE[c['passed']]}: {c['detail']}") for c in checks]


def _row(name: str, text: str) -> str:
    return f"  {name:<{_WIDTH}} {text}"
