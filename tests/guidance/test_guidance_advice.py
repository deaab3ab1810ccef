"""Controls that name what they are asked for."""

import itertools

import pytest

from audits.guidance.advice import Asset, Because, reasons, steps
from audits.guidance.catalogue import by_id, load
from audits.guidance.facts import FACTS, FactValue
from audits.guidance.matching import matches
from audits.guidance.wording import sentences
from tests.guidance.test_guidance_explain import flesch

MODEL: dict[str, FactValue] = {
    "asset": "model",
    "org": "smb",
    "S": 4,
    "data.personal": True,
    "data.class": "client",
    "origin": "in_house",
    "exposure": "customers",
    "outputs": "probs",
}
TOOL: dict[str, FactValue] = {
    "asset": "tool",
    "org": "smb",
    "S": 5,
    "data.personal": True,
    "data.class": "health",
    "vendor.trains": None,
    "decision": "approve",
}
DATASET: dict[str, FactValue] = {
    "asset": "dataset",
    "org": "smb",
    "S": 5,
    "data.personal": True,
    "data.class": "health",
}
LOANS = Asset(name="Loan score", facts=MODEL, pk=1)
NOTES = Asset(name="Dictation", facts=TOOL, pk=2)
VISITS = Asset(name="Appointments", facts=DATASET, pk=3)


@pytest.mark.parametrize(
    ("control", "asset", "text"),
    [
        ("AI-25", LOANS, "Customers or partners with a login can ask “Loan score”."),
        ("AI-24", LOANS, "“Loan score” says how sure it is of each answer."),
        (
            "AI-06",
            LOANS,
            "“Loan score” was made from private data on staff, money or clients.",
        ),
        ("AI-27", LOANS, "“Loan score” was trained on your own data."),
        ("AI-33", NOTES, "Nobody knows yet if the maker of “Dictation” trains on your data."),
        ("AI-32", NOTES, "Your staff use “Dictation”."),
        ("AI-34", NOTES, "Health records go into “Dictation”."),
        ("AI-36", NOTES, "“Dictation” is in use, with your consent."),
        ("AI-05", VISITS, "You keep the data “Appointments”."),
        ("AI-10", VISITS, "“Appointments” holds health records."),
    ],
)
def test_control_names_the_asset_and_the_fact_that_brings_it_in(
    control: str, asset: Asset, text: str
) -> None:
    found = reasons(by_id()[control], [LOANS, NOTES, VISITS])
    assert Because(asset, text) in found.named


def test_a_step_claims_no_training_that_nobody_knows_of() -> None:
    (told,) = steps(by_id()["AI-33"], [NOTES], plain=False)
    assert told.text.startswith("Nothing shows that “Dictation” does not train on what goes in")


def test_control_for_everybody_needs_no_reason() -> None:
    assert not reasons(by_id()["AI-01"], [LOANS, NOTES, VISITS])


def test_control_that_does_not_apply_gives_no_reason() -> None:
    locked = Asset(name="Locked", facts={**MODEL, "exposure": "locked"})
    assert not reasons(by_id()["AI-25"], [locked])


def test_most_sensitive_assets_are_named_and_the_others_counted() -> None:
    assets = [
        Asset(name=f"Model {impact}{letter}", facts={**MODEL, "S": impact})
        for impact, letter in itertools.product((3, 5, 4), "ba")
    ]
    found = reasons(by_id()["AI-25"], assets)
    assert [one.asset.name for one in found.named] == ["Model 5a", "Model 5b", "Model 4a"]
    assert found.more == 3


def test_every_rule_about_an_asset_has_words_for_what_brings_it_in() -> None:
    """Whatever the values of the facts: no control applies to something without saying why."""
    wordless = set()
    facts: list[dict[str, FactValue]] = [
        {**start, fact: value}
        for start in (MODEL, TOOL, DATASET)
        for fact in ("exposure", "outputs", "origin", "vendor.trains", "data.class", "decision")
        for value in (None, *sorted(FACTS[fact].values))
        if fact in start
    ]
    facts += [{**MODEL, "model.family": family} for family in sorted(FACTS["model.family"].values)]
    for control in load():
        if control.rule == "always":
            continue
        for one in facts:
            asset = Asset(name="It", facts=one)
            if matches(control.rule, one) and not reasons(control, [asset]):
                wordless.add((control.id, one["asset"]))
    assert wordless == set()


def test_reasons_are_easy_to_read() -> None:
    texts = [text for key, text in sentences().items() if key.startswith("because.")]
    assert len(texts) > 40
    assert flesch(" ".join(text.format(name="The model") for text in texts)) >= 70


@pytest.mark.parametrize("control", ["AI-06", "AI-18"])
@pytest.mark.parametrize("kind", ["client", "health", "special"])
def test_most_sensitive_classes_are_asked_for_whatever_they_are_called(
    control: str, kind: str
) -> None:
    """A model names its class by its impact alone: S5 is `special`, and never less than health."""
    asset = Asset(name="Triage", facts={**MODEL, "data.class": kind, "S": 5})
    assert reasons(by_id()[control], [asset]).named


def test_source_code_in_a_tool_has_terms_and_steps_of_its_own() -> None:
    facts: dict[str, FactValue] = {
        **TOOL, "S": 4, "data.personal": False, "data.class": "code", "decision": "undecided"
    }  # fmt: skip
    asset = Asset(name="Code helper", facts=facts)
    found = reasons(by_id()["AI-34"], [asset])
    assert Because(asset, "Source code goes into “Code helper”.") in found.named
    for control, said in (("AI-34", "takes source code"), ("AI-32", "keep source code")):
        for plain in (True, False):
            told = [one.text for one in steps(by_id()[control], [asset], plain=plain)]
            assert any(said in text for text in told), (control, told)
    internal = Asset(name="Code helper", facts={**facts, "data.class": "internal", "S": 2})
    assert not reasons(by_id()["AI-34"], [internal]).named


LEAKING = Asset(
    name="Churn",
    facts={
        **MODEL, "model.family": "forest", "tree.min_leaf": 1, "finding.exists": True,
        "finding.leak": "L3", "finding.overfit_gap": 0.12,
    },
    figures={"gap": "12", "caught": "58"},
)  # fmt: skip
STEADY = Asset(
    name="Demand",
    facts={**MODEL, "model.family": "forest", "tree.min_leaf": 3, "finding.leak": "L2"},
)


def told(control: str, *assets: Asset, plain: bool = False) -> list[str]:
    return [one.text for one in steps(by_id()[control], assets, plain=plain)]


def test_a_step_never_says_that_everybody_stands_out() -> None:
    exposed = Asset(
        name="Churn",
        facts={**MODEL, "finding.exists": True, "finding.outlier_leak": True},
        figures={"in_tenth": "100", "chance": "50"},
    )
    assert [text for text in told("AI-09", exposed) if "in 100 were used" in text] == [
        "“Churn”: of the records ranked highest, more than 99 in 100 were used for training"
        " (50 by chance): look through its one-of-a-kind records first"
    ]


def test_steps_name_the_model_and_its_own_figures() -> None:
    assert told("AI-20", LEAKING) == [
        "“Churn”: min_samples_leaf is 1; set it to 5 or more",
        "“Churn” is 12 points better on its training records: stop earlier, or regularise until"
        " the gap is 5 points or less",
    ]
    assert told("AI-20", STEADY) == ["“Demand”: min_samples_leaf is 3; set it to 5 or more"]
    assert told("AI-28", LEAKING, plain=True) == [
        "Ask who stands out in “Churn”: it gives 58 of every 1,000 away."
    ]


def test_step_whose_figure_is_not_known_is_left_out() -> None:
    bare = Asset(name="Churn", facts=LEAKING.facts)
    assert told("AI-28", bare) == []
    assert len(told("AI-20", bare)) == 1


def test_steps_are_of_assets_that_the_control_applies_to_and_few() -> None:
    assert told("AI-24", Asset(name="Plain", facts={**MODEL, "outputs": "label"})) == []
    assert len(told("AI-20", *[LEAKING] * 4)) == 3


@pytest.mark.parametrize(
    ("control", "asset", "text"),
    [
        ("AI-20", LEAKING, "The test found that “Churn” gives people in its data away."),
        ("AI-28", LEAKING, "The test of “Churn” has found something."),
        (
            "AI-14",
            Asset(name="Quay IT", facts={"org": "msp", "clients": 3}),
            "“Quay IT” looks after other companies.",
        ),
    ],
)
def test_what_a_test_found_and_what_a_company_is_are_reasons_too(
    control: str, asset: Asset, text: str
) -> None:
    assert [one.text for one in reasons(by_id()[control], [asset]).named] == [text]
