"""Every control file is sound, and together they cover the advice the product promises."""

import re
from pathlib import Path

import pytest

from audits.guidance import editions
from audits.guidance.catalogue import (
    CatalogueError,
    Control,
    by_id,
    load,
    load_from,
    read,
)
from audits.guidance.facts import FACTS, Facts
from audits.guidance.matching import matches
from audits.guidance.rules import facts_in, parse
from tests.guidance.test_guidance_explain import flesch

ALL_IDS = tuple(f"AI-{number:02}" for number in range(1, 39))

GOOD = """
id = "AI-01"
title = "Title"
question = "Is it done?"
section = "rules"
audience = "both"
effort = "S"
weight = 3
when = "always"
why = "Because."
steps = ["Do it"]
evidence = "Log"
maps = [["NIST CSF 2.0", "ID.AM-02"]]

[owner]
title = "Plain title"
question = "Was it done?"
why = "So."
steps = ["Have it done."]
evidence = "A page."

[[tuned]]
when = "asset=model"
step = "Do it to “{name}”"
plain = "Have it done to “{name}”."
"""


def applicable(facts: Facts) -> tuple[Control, ...]:
    return tuple(control for control in load() if matches(control.rule, facts))


def test_catalogue_holds_exactly_the_38_controls() -> None:
    assert tuple(control.id for control in load()) == ALL_IDS
    assert tuple(by_id()) == ALL_IDS


@pytest.mark.parametrize("control", load(), ids=lambda control: control.id)
def test_control_is_complete_and_asks_only_known_facts(control: Control) -> None:
    assert facts_in(parse(control.rule)) <= FACTS.keys()
    assert control.weight in range(1, 6)
    assert len(control.steps) >= 3
    assert all(step == step.strip() and step[0].isupper() for step in control.steps)
    assert control.title[0].isupper()
    assert len(control.title) <= 100
    assert control.why.endswith(".")


@pytest.mark.parametrize(
    "control",
    [control for control in load() if control.audience != "msp"],
    ids=lambda control: control.id,
)
def test_control_has_words_that_an_owner_reads_with_ease(control: Control) -> None:
    """Flesch reading ease of 60 and more, few steps, and no word of the trade."""
    words = control.words(plain=True)
    assert words == control.owner
    text = f"{words.title}. {words.why} {' '.join(words.steps)}"
    assert flesch(text) >= 60
    assert flesch(words.question) >= 60
    assert flesch(words.evidence) >= 60
    assert all(flesch(one.plain) >= 60 for one in control.tuned)
    assert len(words.title) <= 70
    assert 2 <= len(words.steps) <= 4
    plain = [one.plain for one in control.tuned]
    lines = (words.why, *words.steps, words.evidence, *plain)
    assert all(line.endswith((".", "?")) for line in lines)
    jargon = re.compile(
        r"\b(SSO|DNS|CASB|OAuth|DLP|SIEM|MFA|endpoint|logits?|hash|lineage)\b", re.IGNORECASE
    )
    assert jargon.findall(" ".join((text, words.question, words.evidence, *plain))) == []


@pytest.mark.parametrize("control", load(), ids=lambda control: control.id)
def test_control_asks_what_yes_partly_and_no_answer(control: Control) -> None:
    """A question, where its title is an order: that is what is to be done about a no."""
    for plain in (False, True):
        words = control.words(plain=plain)
        assert words.asked == words.question != words.title
        assert words.question.endswith("?")
        assert len(words.question) <= 100
        begins = "Is|Are|Do|Does|Has|Have|Was|Before a model is trained, do"
        assert re.match(rf"(?:{begins})\b", words.question)


def test_control_of_an_edition_without_questions_asks_by_its_title() -> None:
    dumped = editions.dumped([by_id()["AI-25"]])
    del dumped[0]["question"], dumped[0]["owner"]["question"]
    (old,) = editions.restored(dumped)
    assert old.words(plain=False).asked == old.title
    assert old.words(plain=True).asked == old.words(plain=True).title


def test_technician_reads_the_technical_words() -> None:
    control = by_id()["AI-25"]
    assert control.words(plain=False) == (
        control.title, control.why, control.steps, control.evidence, control.question,
    )  # fmt: skip
    assert control.words(plain=True) != control.words(plain=False)


@pytest.mark.parametrize("control", load(), ids=lambda control: control.id)
def test_control_prints_nothing_unverified(control: Control) -> None:
    text = " ".join((control.title, control.why, *control.steps, control.evidence))
    mapped = [mapped.framework for mapped in control.maps]
    references = " ".join(mapped.reference for mapped in control.maps)
    assert re.search(r"\[[smRP]\]", text + references) is None
    unread = {
        name for name in mapped if re.match("GDPR|HIPAA|ICO|NCSC|CIS |CISA CPG|NIST AI 100-2", name)
    }
    assert unread == set()
    assert re.search("Safe Harbor|para 5", text + references) is None
    assert len(set(control.maps)) == len(control.maps)


def test_organisation_without_assets_gets_the_standing_controls() -> None:
    found = {control.id for control in applicable({"org": "smb"})}
    assert found == {"AI-01", "AI-02", "AI-03", "AI-11", "AI-31", "AI-35", "AI-38"}


def test_provider_gets_its_own_controls_and_the_pooling_one_with_two_clients() -> None:
    own = {"AI-14", "AI-16", "AI-17"}
    smb = {control.id for control in applicable({"org": "smb"})}
    one = {control.id for control in applicable({"org": "msp", "clients": 1})}
    two = {control.id for control in applicable({"org": "msp", "clients": 2})}
    assert one - smb == own
    assert two - smb == own | {"AI-15"}


def test_locked_model_needs_no_login_and_no_query_log() -> None:
    facts = {"asset": "model", "exposure": "locked", "origin": "in_house", "training.dp": "person"}
    found = {control.id for control in applicable(facts)}
    assert found & {"AI-22", "AI-25", "AI-26", "AI-30"} == set()
    assert "AI-27" in found


def test_read_returns_what_the_file_says() -> None:
    control = read("AI-01.toml", GOOD)
    assert (control.id, control.weight, control.rule) == ("AI-01", 3, "always")
    assert control.steps == ("Do it",)
    assert control.maps == (("NIST CSF 2.0", "ID.AM-02"),)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"always"', '"colour=red"', "AI-01.toml: rule 'colour=red': unknown fact 'colour'"),
        ('"always"', '"asset=it"', "AI-01.toml: rule 'asset=it': asset cannot be 'it'"),
        ('"always"', '"always ever"', "AI-01.toml: rule 'always ever': unexpected 'ever'"),
        ("[owner]", "[master]", "AI-01.toml: missing or unknown key 'master'"),
        ('why = "So."', "", "AI-01.toml: owner must have title, question, why, steps and"),
        ('"Is it done?"', '"Do it."', "AI-01.toml: question must be a question"),
        ('"Was it done?"', '"Done."', "AI-01.toml: owner.question must be a question"),
        ('question = "Is it done?"', "", "AI-01.toml: missing or unknown key 'question'"),
        ('"AI-01"', '"AI-02"', "AI-01.toml: id 'AI-02' and file name differ"),
        ("weight = 3", "weight = 6", "AI-01.toml: weight must be a whole number from 1 to 5"),
        ("weight = 3", "weight = true", "AI-01.toml: weight must be a whole number from 1 to 5"),
        ("weight = 3", "", "AI-01.toml: missing or unknown key 'weight'"),
        ("weight = 3", "weight = 3\nheight = 3", "AI-01.toml: missing or unknown key 'height'"),
        ('"rules"', '"colours"', "AI-01.toml: section must be one of rules, data, training"),
        ('"both"', '"all"', "AI-01.toml: audience must be one of smb, msp, both, not 'all'"),
        ('"S"', '"XL"', "AI-01.toml: effort must be one of S, M, L, not 'XL'"),
        ('"Title"', '" "', "AI-01.toml: title must be a text"),
        ('["Do it"]', "[]", "AI-01.toml: steps must be a list of texts"),
        ('["Do it"]', "[1]", "AI-01.toml: steps must be a text"),
        ('[["NIST CSF 2.0", "ID.AM-02"]]', '["NIST"]', "AI-01.toml: maps must be a list of"),
        ('[["NIST CSF 2.0", "ID.AM-02"]]', '"NIST"', "AI-01.toml: maps must be a list of"),
        ("id =", "id", "AI-01.toml: "),
        ('evidence = "A page."', "", "AI-01.toml: owner must have title, question, why, steps"),
        ('"asset=model"', '"colour=red"', "AI-01.toml: tuned rule 'colour=red': unknown fact"),
        ('plain = "Have', 'plan = "Have', "AI-01.toml: tuned must have when, step and plain"),
        ('plain = "Have it done to “{name}”."', "", "AI-01.toml: tuned.plain must be a text"),
        ("Do it to “{name}”", "Do it to {them}", "AI-01.toml: tuned cannot name 'them'"),
    ],
)  # fmt: skip
def test_read_names_file_and_fault(old: str, new: str, complaint: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read("AI-01.toml", GOOD.replace(old, new, 1))
    assert str(caught.value).startswith(complaint)


def test_load_from_reads_a_folder_in_order(tmp_path: Path) -> None:
    for control_id in ("AI-02", "AI-01"):
        text = GOOD.replace("AI-01", control_id)
        (tmp_path / f"{control_id}.toml").write_text(text, "utf-8")
    assert [control.id for control in load_from(tmp_path)] == ["AI-01", "AI-02"]
    (tmp_path / "AI-03.tml").write_text("not a control", "utf-8")
    with pytest.raises(CatalogueError, match=r"AI-03\.tml: not a \.toml file"):
        load_from(tmp_path)


def test_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="empty"):
        load_from(tmp_path)
