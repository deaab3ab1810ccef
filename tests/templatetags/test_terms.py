"""Words that lead to their meaning, in sentences that nobody marked by hand."""

from audits.queries import glossary
from audits.queries.glossary import parts
from audits.templatetags.terms import explained


def said(text: str) -> list[tuple[str, str]]:
    return [(part.text, part.term.word) for part in parts(text) if part.term is not None]


def test_a_sentence_keeps_its_words_and_links_each_term_once() -> None:
    text = "Each epsilon counts; a smaller Epsilon is safer, and the leak factor falls."
    assert "".join(part.text for part in parts(text)) == text
    assert said(text) == [("epsilon", "Epsilon"), ("leak factor", "Leak factor")]


def test_either_name_of_a_term_leads_to_it_and_the_longer_one_wins() -> None:
    assert said("The false-positive rate of a false alarm") == [
        ("false-positive rate", "False alarm (false-positive rate)")
    ]
    assert said("held-out data and sub-processors") == [
        ("held-out data", "Held-out data"),
        ("sub-processor", "Sub-processor"),
    ]


def test_parts_of_words_and_plain_words_are_left_alone() -> None:
    assert said("A staff member, overexposure and auctions") == []
    assert said("") == []


def test_every_term_is_found_in_its_own_words() -> None:
    for found in glossary.terms():
        assert found.said
        for name in found.said:
            assert [word for _, word in said(f"About {name}.")] == [found.word]


def test_what_a_person_typed_stays_text() -> None:
    html = explained('<script>alert("AUC")</script>')
    assert "<script>" not in html
    assert html.count("<a ") == 1
    assert 'href="/glossary/#auc"' in html
