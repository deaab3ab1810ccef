"""A result as a technician reads it: figures with intervals, checks, method, provenance."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.charts import values
from audits.charts.values import Reading
from audits.engine.policy import POWER
from audits.queries import level_words, standing_out, words
from audits.queries.audit import Result

Document = Mapping[str, Any]
_FALSE_ALARM: Final = "False alarm (false-positive rate)"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A labelled line of text; `term` is what the glossary calls it, where it explains it."""

    label: str
    value: str
    term: str = ""


@dataclass(frozen=True, kw_only=True)
class AttackRow:
    """One attack's figures; `deciding` set the level, `counts` could have.

    `auc` has the keys value, low, high, reportable and rated.
    """

    name: str
    deciding: bool
    counts: bool
    auc: Mapping[str, Any]
    rates: list[tuple[str, str, Reading]]


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One validity check: passed, failed or (None) not run."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, kw_only=True)
class Technical:
    """Everything below the verdict on a technician's result page."""

    facts: list[Fact]
    attacks: list[AttackRow]
    rates: list[str]
    checks: list[CheckRow]
    method: list[Fact]
    provenance: list[Fact]
    valid: bool
    warnings: list[str]
    too_few: str
    two_figures: str
    standing_out: standing_out.StandingOut | None
    worth: words.Worth | None


def read(result: Result) -> Technical:
    """Lay out the stored document."""
    document = result.audit.document or {}
    return Technical(
        facts=_facts(document),
        attacks=list(_attacks(document)),
        rates=[values.percent(float(rate)) for rate in reversed(values.FALSE_ALARM_RATES)],
        checks=[
            CheckRow(name=_check_name(row["check"]), passed=row["passed"], detail=row["detail"])
            for row in document["validity"]
        ],
        method=[
            Fact(label=_("Depth of the audit"), value=str(result.audit.get_preset_display())),
            Fact(label=_("Held-out records"), value=str(result.audit.get_split_display())),
            *_method(document),
        ],
        provenance=list(_provenance(document["provenance"])),
        valid=document["verdict"]["outcome"] != "invalid",
        warnings=list(document.get("warnings", ())),
        too_few=values.too_few(_unit(document)),
        two_figures=_two_figures(document),
        standing_out=standing_out.read(document),
        worth=_worth(result, document),
    )


def _worth(result: Result, document: Document) -> words.Worth | None:
    if document["verdict"]["outcome"] == "invalid":
        return None
    return words.worth(document, about_people=result.words.about_people)


def _unit(document: Document) -> str:
    """What the sizes count; results from before persons were counted have records."""
    return str(document["records"].get("unit", "record"))


def _sizes(document: Document) -> str:
    records = document["records"]
    return _("%(members)s used for training, %(nonmembers)s held out") % {
        "members": f"{records['members']:,}",
        "nonmembers": f"{records['nonmembers']:,}",
    }


def headline(document: Document) -> Fact:
    """The figure that a result is told by, with its interval; without one that counts, why."""
    leader = values.leading_attack(document)
    if document["verdict"]["outcome"] == "invalid" or leader is None:
        return Fact(label=_("Figure"), value=_("None: the test was not valid"))
    figures, unit = document["attacks"][leader], _unit(document)
    readings = {rate: values.reading_of(figures["tpr"][rate]) for rate in values.FALSE_ALARM_RATES}
    rate = values.headline_rate(readings)
    if rate is None:
        return Fact(label=_("Figure"), value=values.too_few(unit))
    label = _("Found at %(rate)s false alarms") % {"rate": values.percent(float(rate))}
    return Fact(
        label=label, value=values.reading_text(readings[rate], unit=unit), term=_FALSE_ALARM
    )


def sizes(document: Document) -> Fact:
    """How many it was measured on."""
    people = _unit(document) == "person"
    return Fact(label=_("People") if people else _("Records"), value=_sizes(document))


def _facts(document: Document) -> list[Fact]:
    verdict = document["verdict"]
    facts = [sizes(document)]
    if verdict["reached"] is not None:
        settled = verdict["outcome"] != "inconclusive"
        facts = [
            Fact(
                label=_("Shown"),
                value=level_words.shown(verdict["reached"], settled=settled),
                term="Leakage level",
            ),
            Fact(
                label=_("Not ruled out"),
                value=level_words.not_ruled_out(verdict["ceiling"]),
                term="Leakage level",
            ),
            Fact(
                label=_("Evidence grade"),
                value=level_words.grade(verdict["grade"]),
                term="Evidence grade",
            ),
            *facts,
        ]
    return facts


_AT_RATE = re.compile(r"at most (?P<rate>[\d.]+%) the .* at least (?P<limit>[\d.]+%)")
_IN_PAIRS = re.compile(r"in at least (?P<limit>[\d.]+%) of all pairs")


def _two_figures(document: Document) -> str:
    """Why the figure of the sentence is not the one in the table; empty where they are one.

    The bound itself is stored nowhere but in the engine's own sentence.
    """
    attack, sentence = document["best_attack"], document["verdict"]["sentence"]
    if attack is None or document["verdict"]["outcome"] == "invalid":
        return ""
    figures = document["attacks"][attack]
    if found := _AT_RATE.search(sentence):
        rates = {values.percent(float(rate)): one for rate, one in figures["tpr"].items()}
        measured = rates.get(found["rate"])
    elif found := _IN_PAIRS.search(sentence):
        measured = {"reportable": True, **figures["auc"]}
    if found is None or measured is None or not measured["reportable"]:
        return ""
    if measured["value"] is None or values.percent(measured["value"]) == found["limit"]:
        return ""
    return _(
        "“At least %(limit)s” is the careful limit after allowing for all attacks together; the"
        " table below has the estimate of this attack alone, with its own interval."
    ) % {"limit": found["limit"]}


def _attacks(document: Document) -> Iterator[AttackRow]:
    """The attack that decided first, then those that could have, then the others."""
    family = set(document.get("family") or document["attacks"])
    records, best = document["records"], document["best_attack"]
    rated = POWER["auc"].rated(records["members"], records["nonmembers"])
    for key in sorted(document["attacks"], key=lambda k: (k != best, k not in family, k)):
        figures = document["attacks"][key]
        yield AttackRow(
            name=values.attack_label(key),
            deciding=key == best,
            counts=key in family,
            # Older results have no flags of the AUC: they show it, marked by their sizes.
            auc={"reportable": True, "rated": rated, **figures["auc"]},
            rates=[
                _rate(rate, values.reading_of(figures["tpr"][rate]), _unit(document))
                for rate in reversed(values.FALSE_ALARM_RATES)
            ],
        )


def _rate(rate: str, reading: Reading, unit: str) -> tuple[str, str, Reading]:
    plain = Reading(reading.value, reading.low, reading.high, reading.reportable, rated=True)
    return values.percent(float(rate)), values.reading_text(plain, unit=unit), reading


def _check_name(check: str) -> str:
    return {
        "blind_baseline": _("Both groups look alike without the model"),
        "duplicates": _("Hardly any record in both groups"),
        "sizes": _("Enough records for a figure to count"),
        "classes": _("Every class in both groups"),
        "reference_accuracy": _("Reference models as good as this one"),
        "schema": _("Columns fit the model"),
        "self_test": _("No alarm on records that nobody used"),
    }.get(check, check)


def _method(document: Document) -> Iterator[Fact]:
    model, references = document["model"], document["references"]
    if model["family"]:
        yield Fact(label=_("Kind of model"), value=model["family"].replace("_", " "))
    if model["member_accuracy"] is not None and model["nonmember_accuracy"] is not None:
        yield Fact(
            label=_("Right answers"),
            value=_("%(inside)s on training records, %(outside)s on held-out ones")
            % {
                "inside": f"{model['member_accuracy']:.1%}",
                "outside": f"{model['nonmember_accuracy']:.1%}",
            },
        )
    if model.get("member_error") is not None:
        yield Fact(
            label=_("Typical error"),
            value=_("%(inside)s on training records, %(outside)s on held-out ones")
            % {
                "inside": f"{model['member_error']:.3g}",
                "outside": f"{model['nonmember_error']:.3g}",
            },
        )
    yield Fact(label=_("Reference models"), value=_references(references))
    yield _privacy_loss(document)
    # Of the whole job, from its start to its end, the page that starts an audit speaks.
    yield Fact(
        label=_("Time of the attacks"),
        value=_("%(seconds)s s, without waiting, starting up and writing the result down")
        % {"seconds": f"{_seconds(document):,.0f}"},
    )


def _seconds(document: Document) -> float:
    return float(document["timing"]["total_seconds"])


def _references(references: Mapping[str, Any]) -> str:
    count = references["count"]
    if not count:
        return _("None trained")
    recipe = {
        "clone": _("the same recipe on random halves of the records"),
        "tree_halves": _("trees on random halves of the records"),
        "mlp": _("a neural network on random halves of the records"),
        "warm_start": _("the same recipe on random halves of the records, from one shared start"),
        "boosting": _("the same recipe on random halves of the records, grown by LightGBM"),
        "surrogate": _("a substitute recipe, since this model's own cannot be trained"),
    }.get(references["recipe"], "")
    stopped = {
        "converged": _("stopped because the scores had settled"),
        "cap": _("stopped at the limit of this depth"),
        "time": _("stopped when the time was up"),
        "cancelled": _("stopped on request"),
    }.get(references["stopped_because"], "")
    if references["recipe"] == "surrogate" and references.get("trained_by") == "boosting":
        recipe += _(", grown by LightGBM")
    if references["agreement"] is not None:
        agreed = _("agrees with this model on %(share)s of held-out records")
        recipe += " (" + agreed % {"share": f"{references['agreement']:.0%}"} + ")"
    trained = ngettext("%(count)s trained", "%(count)s trained", count) % {"count": count}
    return "; ".join(part for part in (trained, recipe, stopped) if part)


def _privacy_loss(document: Document) -> Fact:
    """Name what is bounded: it is the training only where chance chose who was trained on."""
    epsilon = document["epsilon"]
    training = epsilon["bounds_training"]
    label = _("Epsilon of the training algorithm") if training else _("Leak factor of this model")
    if not document["valid"]:
        return Fact(label=label, value=_("Not stated: the comparison does not stand"))
    if epsilon["low"] is None:
        return Fact(label=label, value=_too_few_to_say(document))
    parts = [*(_epsilon_bound(epsilon) if training else _leak_bound(epsilon))]
    if _unit(document) == "person":
        parts.append(_("for a person with all their records"))
    if not training:
        parts.append(_("it describes these two groups, not the training as such"))
    if _is_doubtful(document):
        parts.append(_("part of it may be a difference that the two groups have by themselves"))
    return Fact(label=label, value="; ".join(parts))


def _is_doubtful(document: Document) -> bool:
    """Say whether the blind baseline ran and settled nothing."""
    gates = (gate for gate in document["validity"] if gate["check"] == "blind_baseline")
    return any(gate["passed"] is None and gate["value"] is not None for gate in gates)


def _too_few_to_say(document: Document) -> str:
    people = _unit(document) == "person"
    return _("Too few people to say") if people else _("Too few records to say")


def _epsilon_bound(epsilon: Mapping[str, Any]) -> Iterator[str]:
    low, delta = f"{epsilon['low']:.2f}", f"{epsilon['delta']:.10f}".rstrip("0")
    bound = _("at least %(low)s at delta %(delta)s") % {"low": low, "delta": delta}
    yield _marked(bound if epsilon["low"] > 0 else _("nothing above 0 was shown"), epsilon)
    if epsilon["ceiling"] is not None:
        yield _("with these records no attack could show more than %(most)s") % {
            "most": f"{epsilon['ceiling']:.2f}"
        }
    if epsilon["low"] <= 0:
        return
    low = f"{epsilon['leak_factor_low']:,.2f}"
    yield _marked(_("leak factor at least %(low)s times") % {"low": low}, epsilon)


def _leak_bound(epsilon: Mapping[str, Any]) -> Iterator[str]:
    low = f"{epsilon['leak_factor_low']:,.2f}"
    yield _marked(_("at least %(low)s times") % {"low": low}, epsilon)
    if epsilon.get("leak_factor_ceiling") is not None:
        yield _("with these records no attack could show more than %(most)s times") % {
            "most": f"{epsilon['leak_factor_ceiling']:,.2f}"
        }


def _marked(bound: str, epsilon: Mapping[str, Any]) -> str:
    """Mark a bound that too few records stand behind; older results say nothing of it."""
    return bound if epsilon.get("rated", True) else _("%(bound)s, indicative") % {"bound": bound}


def _provenance(found: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact(label=_("Engine"), value=str(found["engine_version"]))
    yield Fact(label=_("Verdict policy"), value=str(found["rating_policy"]))
    yield Fact(label=_("Seed"), value=str(found["seed"]))
    names = {
        "plan": _("Plan, SHA-256"),
        "model": _("Model file, SHA-256"),
        "members": _("Training records, SHA-256"),
        "nonmembers": _("Held-out records, SHA-256"),
        "population": _("Further records, SHA-256"),
        "predictions": _("Predictions file, SHA-256"),
    }
    for name, label in names.items():
        if found[f"{name}_sha256"]:
            yield Fact(label=label, value=found[f"{name}_sha256"])
    libraries = ", ".join(f"{name} {version}" for name, version in found["libraries"].items())
    yield Fact(label=_("Libraries"), value=libraries)
    yield Fact(label=_("Sandbox"), value=", ".join(found["sandbox"] or ()) or _("Not recorded"))


def sample_sizes() -> list[Fact]:
    """What a number of records allows, from the table that the verdict itself uses."""
    needs = (
        ("auc", _("whether the groups can be told apart at all")),
        ("0.01", _("how many people are picked out with 1 in 100 wrongly accused")),
        ("0.001", _("the same with only 1 in 1,000 wrongly accused")),
    )
    return [
        Fact(
            label=_("%(members)s used for training and %(nonmembers)s held out")
            % {
                "members": f"{POWER[key].rated_members:,}",
                "nonmembers": f"{POWER[key].rated_nonmembers:,}",
            },
            value=text,
        )
        for key, text in needs
    ]
