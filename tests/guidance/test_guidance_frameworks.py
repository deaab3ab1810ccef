"""What controls say about frameworks: only what was read, and never more than "supports"."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from audits.guidance import catalogue, frameworks
from audits.guidance.catalogue import CatalogueError, Control, Mapped
from audits.guidance.frameworks import Framework

ENTRY = """
[[frameworks]]
key = "one"
name = "One"
title = "The first"
publisher = "Somebody"
link = "https://example.org/one"
read = "part"
source = "SOURCES.md: One"
mark = "summary [P]"
only = ["A.1", "B.*"]
about = "A text."
"""
# Our notes on the sources, where the checkout stands beside them.
NOTES = Path(__file__).parents[2].parent / "shared" / "guidance"


def mappings() -> Iterator[tuple[Control, Mapped]]:
    for control in catalogue.load():
        for mapped in control.maps:
            yield control, mapped


def test_every_mapping_of_every_control_was_read() -> None:
    """None is filtered away in silence: what stands in a control's file is what is shown."""
    hidden = {
        (control.id, *mapped)
        for control, mapped in mappings()
        if mapped not in frameworks.shown(control)
    }
    assert hidden == set()
    assert sum(1 for _ in mappings()) > 100


def test_text_that_was_read_since_is_shown_with_its_day() -> None:
    read = ENTRY.replace("summary [P]", "summary [s]") + "read_on = 2026-11-27\n"
    (one,) = frameworks.parse(read).values()
    assert (one.link, one.read_on) == ("https://example.org/one", date(2026, 11, 27))


@pytest.mark.parametrize("one", frameworks.load().values(), ids=lambda one: one.key)
def test_every_framework_says_who_read_it_and_where(one: Framework) -> None:
    if one.read_on is not None:
        assert one.link.startswith("https://")
        return
    file, _, row = one.source.partition(": ")
    assert re.fullmatch(r"(SOURCES|CATALOGUE|RATING)\.md", file)
    assert re.search(r"\[[RP]\]$", one.mark)
    if not NOTES.exists():
        return
    text = (NOTES / file).read_text("utf-8")
    assert row in text.replace("**", "")
    if file == "SOURCES.md":
        (cells,) = [
            line.replace("**", "").split(" | ")
            for line in text.splitlines()
            if line.replace("**", "").startswith(f"| {row}")
        ]
        marks = cells[-1].removesuffix(" |")
        assert one.mark in re.split("; | / |, ", marks)
        # Where a part of the row is second-hand, the references are bound to what was read, or
        # the name says which edition that was.
        mixed = "[s]" in marks or "[m]" in marks
        edition = set(re.findall(r"[\w.]+", one.mark.split("[")[0]))
        assert one.only or not mixed or edition <= set(re.findall(r"[\w.]+", one.name))


def test_every_listed_framework_has_a_passage_and_every_entry_is_used() -> None:
    controls = catalogue.load()
    used = {mapped.framework for _, mapped in mappings()}
    assert used == set(frameworks.load())
    for framework in frameworks.listed(controls):
        assert frameworks.crosswalk(framework, controls), framework.name
        assert framework.link.startswith("https://")
        assert not framework.is_evidence


def test_framework_without_a_passage_is_not_listed() -> None:
    (control, *_others) = (one for one in catalogue.load() if one.maps)
    listed = frameworks.listed([control])
    assert {one.name for one in listed} <= {mapped.framework for mapped in control.maps}
    assert len(listed) < len(frameworks.load())


def test_reference_outside_what_was_read_is_not_shown() -> None:
    (one,) = frameworks.parse(ENTRY).values()
    found = [one.covers(reference) for reference in ("A.1", "B.7", "A.10", "C")]
    assert found == [True, True, False, False]


def test_words_never_claim_more_than_support() -> None:
    told = " ".join(framework.about for framework in frameworks.load().values())
    assert not re.search(r"satisf|complian|fulfil|certif", told, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ENTRY + ENTRY, "twice"),
        (ENTRY.replace('read = "part"', 'read = "memory"'), "read must be one of"),
        (ENTRY.replace("https", "http"), "link must be https"),
        (ENTRY.replace('about = "A text."', ""), "'about'"),
        (ENTRY + 'more = "x"\n', "'more'"),
        (ENTRY.replace('source = "SOURCES.md: One"', ""), "'source'"),
        (ENTRY.replace("[P]", "[s]"), "nobody has read it"),
        (ENTRY.replace("summary [P]", "summary [P]; paras [m]"), "nobody has read it"),
        (ENTRY.replace("summary [P]", ""), "nobody has read it"),
        (ENTRY.replace("summary [P]", "") + 'read_on = "2026-11-27"\n', "nobody has read it"),
        (ENTRY.replace('["A.1", "B.*"]', '"A.1"'), "only must be a list"),
    ],
)
def test_wrong_entry_is_named(wrong: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        frameworks.parse(wrong)
