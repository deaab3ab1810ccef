"""What the rows of a comparison have to show, and by how much a row falls short of it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

OURS: Final = "ours"
OURS_DEEP: Final = "ours, 64 references"
OURS_EIGHT: Final = "ours, 8 references"
OURS_FOUR: Final = "ours, 4 references"
OURS_ALL: Final = {OURS: 16, OURS_EIGHT: 8, OURS_FOUR: 4, OURS_DEEP: 64}
"""Tool -> references. The first is what is claimed; the others stand beside it in every row."""

LIRA: Final = "SACRO-ML LiRA online"
SHADOW: Final = "ART shadow models"

FASTER_THAN_LIRA: Final = 10.0
CATCH_OF_SHADOW: Final = 2.0

Row = Mapping[str, Any]
"""One tool on one target: data_set, target, tool, seconds, figures; a peer's gaps to ours."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A sentence with the rows of peers it speaks about.

    Attributes
    ----------
    says
        The sentence.
    about
        Whether it speaks about a row of a peer.
    shortfall
        (ours, theirs) -> what is missing, in words; empty where the row holds.
    """

    says: str
    about: Callable[[Row], bool]
    shortfall: Callable[[Row, Row], str]


def _behind(figure: str) -> Callable[[Row, Row], str]:
    def shortfall(ours: Row, theirs: Row) -> str:
        gap, error = theirs["gaps"][ours["tool"]][figure]
        return "" if gap >= -error else f"{gap:+.4f} (standard error {error:.4f})"

    return shortfall


def _not_faster(times: float) -> Callable[[Row, Row], str]:
    def shortfall(ours: Row, theirs: Row) -> str:
        ratio = theirs["seconds"] / ours["seconds"]
        return "" if ratio >= times else f"{ratio:.2f} times as fast"

    return shortfall


def _not_twice(ours: Row, theirs: Row) -> str:
    mine, other = ours["figures"]["tpr_at_1pct"], theirs["figures"]["tpr_at_1pct"]
    if mine >= CATCH_OF_SHADOW * other:
        return ""
    cannot = ", twice which nothing can reach" if CATCH_OF_SHADOW * other > 1.0 else ""
    return f"{mine:.4f} against {other:.4f}{cannot}"


def _all(*parts: Callable[[Row, Row], str]) -> Callable[[Row, Row], str]:
    def shortfall(ours: Row, theirs: Row) -> str:
        return ", ".join(said for part in parts if (said := part(ours, theirs)))

    return shortfall


def _is(tool: str) -> Callable[[Row], bool]:
    return lambda row: row["tool"] == tool


REQUIREMENTS: Final = (
    Requirement(
        "Power: TPR at 1 % FPR no lower than any peer's, within one standard error",
        lambda row: row["tool"] not in OURS_ALL,
        _behind("tpr_at_1pct"),
    ),
    Requirement(
        "Power: AUC no lower than any peer's, within one standard error",
        lambda row: row["tool"] not in OURS_ALL,
        _behind("auc"),
    ),
    Requirement(
        "Speed: 10 times as fast as LiRA of 100 references, TPR at 0.5 % FPR no lower",
        _is(LIRA),
        _all(_not_faster(FASTER_THAN_LIRA), _behind("tpr_at_0_5pct")),
    ),
    Requirement(
        "ART: no slower than 3 shadow models, TPR at 1 % FPR at least twice as high",
        _is(SHADOW),
        _all(_not_faster(1.0), _not_twice),
    ),
)


@dataclass(frozen=True, slots=True)
class Matched:
    """A speed at equal catch, as the fastest of our settings that catches enough gives it.

    Attributes
    ----------
    says
        The sentence.
    about
        Whether it speaks about a row of a peer.
    less
        (ours, theirs) -> what is missing in what we catch; empty where we catch enough.
    times
        How many times as fast ours has to be.
    """

    says: str
    about: Callable[[Row], bool]
    less: Callable[[Row, Row], str]
    times: float


MATCHED: Final = (
    Matched(
        "10 times as fast as LiRA of 100 references at equal TPR at 0.5 % FPR",
        _is(LIRA),
        _behind("tpr_at_0_5pct"),
        FASTER_THAN_LIRA,
    ),
    Matched(
        "No slower than 3 shadow models at twice their TPR at 1 % FPR",
        _is(SHADOW),
        _not_twice,
        1.0,
    ),
)


def matched(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return for each speed at equal catch: rows, how many hold, and what each row shows.

    Of each row the fastest of our settings that catches enough is told. It is chosen by what it
    caught, which chance favours: it says what might be reached by the right choice. What was
    fixed in advance, and is claimed, is in `judged`.
    """
    rows = list(rows)
    told = []
    for one in MATCHED:
        shown, hold = {}, 0
        for theirs in filter(one.about, rows):
            fastest = _fastest(rows, theirs, one.less)
            if fastest is None:
                shown[_case(theirs)] = "none of our settings catches enough"
                continue
            ratio = theirs["seconds"] / fastest["seconds"]
            hold += ratio >= one.times
            short = "" if ratio >= one.times else ", short"
            shown[_case(theirs)] = f"{ratio:.2f} times as fast with {fastest['tool']}{short}"
        told.append({"requirement": one.says, "rows": len(shown), "hold": hold, "shown": shown})
    return told


def _fastest(rows: list[Row], theirs: Row, less: Callable[[Row, Row], str]) -> Row | None:
    ours = [row for row in rows if row["tool"] in OURS_ALL and _case(row) == _case(theirs)]
    enough = [row for row in ours if not less(row, theirs)]
    return min(enough, key=lambda row: float(row["seconds"]), default=None)


def by_family(rows: Iterable[Row], tool: str) -> list[dict[str, Any]]:
    """Return for each family of models how fast one of ours is and how much it catches.

    Every data set counts alike: speeds are geometric means of the ratios, catches means of the
    differences or, beside ART, the sums of the rates. Which data sets there are was fixed before.
    `work` is the speed in seconds of processors: the peers fit their models one after the other,
    so that most of their work is one processor's while ours is shared out.
    """
    rows = list(rows)
    ours = {_case(row): row for row in rows if row["tool"] == tool}
    families = dict.fromkeys(row["target"] for row in rows if _case(row) in ours)
    return [
        {"family": family, "rows": len(pairs), "peer": peer, **_together(pairs, tool, peer)}
        for family in families
        for peer in (LIRA, SHADOW)
        if (pairs := [
            (ours[_case(row)], row)
            for row in rows
            if row["tool"] == peer and row["target"] == family and _case(row) in ours
        ])
    ]  # fmt: skip


def _together(pairs: list[tuple[Row, Row]], tool: str, peer: str) -> dict[str, Any]:
    speed, work = (
        math.exp(sum(math.log(theirs[of] / mine[of]) for mine, theirs in pairs) / len(pairs))
        for of in ("seconds", "processor_seconds")
    )
    if peer == SHADOW:
        mine, other = (
            sum(row["figures"]["tpr_at_1pct"] for row in side) for side in zip(*pairs, strict=True)
        )
        times = mine / other if other else math.inf
        return {"speed": speed, "work": work, "times_the_catch": times,
                "holds": speed >= 1.0 and mine >= CATCH_OF_SHADOW * other}  # fmt: skip
    found = [theirs["gaps"][tool]["tpr_at_0_5pct"] for _, theirs in pairs]
    gap = sum(one for one, _ in found) / len(found)
    error = math.sqrt(sum(error**2 for _, error in found)) / len(found)
    return {"speed": speed, "work": work, "gap": gap, "error": error,
            "holds": speed >= FASTER_THAN_LIRA and gap >= -error}  # fmt: skip


def judged(rows: Iterable[Row], tool: str) -> list[dict[str, Any]]:
    """Return for each requirement how many rows it speaks about, how many hold, what is short.

    `tool` is the one of ours that is held against the peers.
    """
    rows = list(rows)
    ours = {_case(row): row for row in rows if row["tool"] == tool}
    told = []
    for requirement in REQUIREMENTS:
        spoken = [row for row in rows if requirement.about(row) and _case(row) in ours]
        short = {
            f"{_case(row)}, {row['tool']}": said
            for row in spoken
            if (said := requirement.shortfall(ours[_case(row)], row))
        }
        told.append(
            {
                "requirement": requirement.says,
                "rows": len(spoken),
                "hold": len(spoken) - len(short),
                "short": short,
            }
        )
    return told


def _case(row: Row) -> str:
    return f"{row['data_set']}/{row['target']}"
