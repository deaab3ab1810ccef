"""What the guidance reads from an audit's result document (schema mia-portal.audit-result/1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from audits.guidance.ranges import Share, difference_low

Document = Mapping[str, Any]
Gate = Literal["passed", "failed", "unsettled", "not_run"]

SCORE_ONLY_ATTACKS = frozenset({"gap", "loss", "confidence", "entropy", "population"})
REFERENCE_ATTACKS = frozenset({"rmia", "lira", "learned"})
LABEL_ONLY_ATTACKS = frozenset({"label_noise"})
ALPHAS = (("0.001", 0.001), ("0.01", 0.01))  # the strictest first

NOTICEABLE_AUC = 0.6  # of the level table

# level -> catch rate that stands for it, at each false-alarm rate; from the level table
CATCH_OF_LEVEL: Mapping[int, Mapping[str, float]] = MappingProxyType(
    {
        2: {"0.001": 0.003, "0.01": 0.03},
        3: {"0.001": 0.01, "0.01": 0.10},
        4: {"0.001": 0.05, "0.01": 0.25},
    }
)

# parts of the names of model classes -> family; the first that fits counts
_FAMILIES = (
    ("linearsv", "linear"),
    ("neighbo", "knn"),
    ("knn", "knn"),
    ("labelpropagation", "case_based"),
    ("labelspreading", "case_based"),
    ("kernelridge", "case_based"),
    ("gaussianprocess", "gp"),
    ("kerneldensity", "kde"),
    ("svc", "svm"),
    ("svr", "svm"),
    ("svm", "svm"),
    ("supportvector", "svm"),
    ("boost", "boosting"),
    ("forest", "forest"),
    ("extratrees", "forest"),
    ("bagging", "forest"),
    ("tree", "tree"),
    ("mlp", "mlp"),
    ("neural", "mlp"),
    ("bayes", "naive_bayes"),
    ("nb", "naive_bayes"),
    ("logistic", "linear"),
    ("linear", "linear"),
    ("ridge", "linear"),
    ("sgd", "linear"),
    ("perceptron", "linear"),
)
_FAMILY_WORDS = frozenset({
    "knn", "svm", "gp", "case_based", "kde", "linear", "naive_bayes", "tree", "forest",
    "boosting", "mlp", "language", "other",
})  # fmt: skip
ROW_STORING_FAMILIES = frozenset({"knn", "svm", "gp", "case_based", "kde"})


class Catch(NamedTuple):
    """One point of the curve: the false-alarm rate aimed at and the share of members caught.

    `low` is the lower limit of that share at a true false-alarm rate of at most alpha.
    """

    alpha: float
    rate: float
    low: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The parts of a result that decide words, findings and rating.

    `unit` says what the sizes count, "record" or "person"; `settle` how many of them on each side
    would settle an open level; `seen` that an attack told the two sides apart as a noticeable leak
    does, by a lower limit that may be too uncertain to count; `attacks_counted` how many attacks
    the verdict rests on; `depth` what the inputs unlocked (1: answers alone). `gap` is how much
    larger the share of right answers is among members, `gap_low` its one-sided 95 % lower limit.
    """

    outcome: str
    level: int | None
    ceiling: int | None
    grade: str | None
    members: int
    nonmembers: int
    unit: str
    gap: float | None
    gap_low: float | None
    family: str | None
    holds_rows: bool
    attacks: frozenset[str]
    attacks_counted: int
    depth: int | None
    catch: Catch | None
    auc: tuple[float, float, float] | None
    leak_factor_low: float | None
    seen: bool
    rated: frozenset[str]
    gates: Mapping[str, Gate]
    settle: Mapping[int, int]
    references: int
    recipe: str | None
    stopped_because: str | None
    random_split: bool

    @property
    def stores_rows(self) -> bool:
        """Whether the model's file keeps training records as they are."""
        return self.holds_rows or self.family in ROW_STORING_FAMILIES

    def counting(self, key: str) -> str:
        """Return the key of the same sentence as it names what the sizes count."""
        return f"{key}_people" if self.unit == "person" else key


def read(document: Document) -> Reading:
    """Read a result document; a document that lacks a promised key raises KeyError."""
    verdict, model, records = document["verdict"], document["model"], document["records"]
    attacks: Mapping[str, Any] = document["attacks"]
    level = level_number(verdict["reached"])
    best = _best(document)
    return Reading(
        outcome=verdict["outcome"],
        level=level,
        ceiling=level_number(verdict["ceiling"]),
        grade=verdict["grade"],
        members=records["members"],
        nonmembers=records["nonmembers"],
        unit=records.get("unit", "record"),
        gap=model["gap"],
        gap_low=_gap_low(model, records),
        family=family_word(model["family"]),
        holds_rows=model.get("stores_rows") is True,
        attacks=frozenset(attacks),
        attacks_counted=len(document.get("family", attacks)),
        depth=document.get("depth"),
        catch=_catch(best, level),
        auc=_auc(best),
        seen=_seen(document),
        leak_factor_low=document["epsilon"]["leak_factor_low"],
        rated=frozenset(k for a in attacks.values() for k, v in a["tpr"].items() if v["rated"]),
        gates={gate["check"]: _gate(gate) for gate in document["validity"]},
        settle={int(level[1]): size for level, size in document.get("settle", {}).items() if size},
        references=document["references"]["count"],
        recipe=document["references"]["recipe"],
        stopped_because=document["references"]["stopped_because"],
        random_split=document["epsilon"]["bounds_training"] is True,
    )


def _gap_low(model: Mapping[str, Any], records: Mapping[str, Any]) -> float | None:
    """Return the lower limit of the gap; None where the answers of a side are not known.

    Where persons are counted, their number is the size: several records of one person say less
    than as many persons do.
    """
    inside, outside = model["member_accuracy"], model["nonmember_accuracy"]
    members, nonmembers = records["members"], records["nonmembers"]
    if inside is None or outside is None or min(members, nonmembers) == 0:
        return None
    return difference_low(Share(inside, members), Share(outside, nonmembers))


def _gate(gate: Mapping[str, Any]) -> Gate:
    """Return what a gate said; one that ran, and has a figure, but no answer is unsettled."""
    if gate["passed"] is None:
        return "not_run" if gate["value"] is None else "unsettled"
    return "passed" if gate["passed"] else "failed"


def level_number(name: str | None) -> int | None:
    return None if name is None else int(name.removeprefix("L"))


def family_word(name: str | None) -> str | None:
    """Return the family a model class belongs to, as the rules spell it."""
    if not name:
        return None
    if name in _FAMILY_WORDS:
        return name
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    return next((family for part, family in _FAMILIES if part in plain), "other")


def _best(document: Document) -> Mapping[str, Any] | None:
    name = document["best_attack"]
    found: Mapping[str, Any] | None = document["attacks"][name] if name is not None else None
    return found


def _catch(attack: Mapping[str, Any] | None, level: int | None) -> Catch | None:
    """Return the strictest rated point at which the attack shows the level that was reached."""
    wanted = CATCH_OF_LEVEL.get(level or 0)
    if attack is None or wanted is None:
        return None
    for key, alpha in ALPHAS:
        point = attack["tpr"][key]
        if point["rated"] and point["value"] is not None and point["value"] >= wanted[key]:
            return Catch(alpha, point["value"], point["low"])
    return None


def _seen(document: Document) -> bool:
    """Say whether an attack that the verdict rests on tells the sides apart, counted or not."""
    attacks: Mapping[str, Any] = document["attacks"]
    counted = document.get("family", attacks)
    lows = [attacks[name]["auc"].get("low") for name in counted if name in attacks]
    return any(low is not None and low >= NOTICEABLE_AUC for low in lows)


def _auc(attack: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    return None if attack is None else tuple(attack["auc"][k] for k in ("value", "low", "high"))
