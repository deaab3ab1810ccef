"""The rule language: what it means, what it refuses, and that nothing odd gets through it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.guidance.catalogue import Control, load
from audits.guidance.facts import FACTS, Facts, RuleError
from audits.guidance.matching import matches
from audits.guidance.rules import MAX_DEPTH, MAX_RULE_LENGTH, parse


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("always", {}, True),
        ("not always", {}, False),
        ("asset=model", {"asset": "model"}, True),
        ("asset=model", {"asset": "tool"}, False),
        ("asset!=model", {"asset": "tool"}, True),
        ("asset in (model, dataset)", {"asset": "dataset"}, True),
        ("asset not in (model, dataset)", {"asset": "dataset"}, False),
        ("asset not in (model, dataset)", {"asset": "tool"}, True),
        ("data.personal", {"data.personal": True}, True),
        ("data.personal", {"data.personal": False}, False),
        ("data.personal=false", {"data.personal": False}, True),
        ("data.personal!=true", {"data.personal": False}, True),
        ("not data.personal", {"data.personal": False}, True),
        ("clients>1", {"clients": 1}, False),
        ("clients>1", {"clients": 2}, True),
        ("S>=4", {"S": 4}, True),
        ("S<=4", {"S": 5}, False),
        ("S<4", {"S": 3}, True),
        ("S=3", {"S": 3}, True),
        ("S!=3", {"S": 3}, False),
        ("finding.leak>=L2", {"finding.leak": 1}, False),
        ("finding.leak>=L2", {"finding.leak": 2}, True),
        ("finding.leak>=L2", {"finding.leak": "L3"}, True),
        ("finding.overfit_gap>0.05", {"finding.overfit_gap": 0.05}, False),
        ("finding.overfit_gap>0.05", {"finding.overfit_gap": 0.06}, True),
        ("finding.overfit_gap>-0.5", {"finding.overfit_gap": -0.4}, True),
        # several values: any of them counts
        ("outputs in (probs, logits)", {"outputs": ("label", "probs")}, True),
        ("outputs!=weights", {"outputs": ["label", "weights"]}, False),
        ("outputs=weights", {"outputs": ()}, False),
        # "and" binds closer than "or"
        ("always or always and not always", {}, True),
        ("(always or always) and not always", {}, False),
        ("  ( always )  ", {}, True),
        # a narrower value counts as the wider one
        ("origin in (in_house, fine_tuned)", {"origin": "fine_tuned_llm"}, True),
        ("origin=fine_tuned_llm", {"origin": "fine_tuned"}, False),
        ("exposure!=offline", {"exposure": "locked"}, False),
        ("exposure=internal", {"exposure": "named"}, True),
        ("exposure=customer", {"exposure": "customers"}, True),
        ("decision in (approve, restrict)", {"decision": "approve_listed"}, True),
    ],
)
def test_rule_means_what_it_says(rule: str, facts: Facts, *, expected: bool) -> None:
    assert matches(rule, facts) is expected


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("asset=model", {}, False),
        ("asset!=model", {}, False),
        ("not asset=model", {}, False),
        ("asset=model", {"asset": None}, False),
        ("data.personal", {}, False),
        ("not data.personal", {}, False),
        ("S>=1", {}, False),
        ("data.personal or always", {}, True),
        ("data.personal and always", {}, False),
        ("data.personal or data.personal", {}, False),
        ("data.personal or not always", {}, False),
        ("not (data.personal and not always)", {}, True),
        ("finding.exists", {}, False),
        # not knowing counts as the worst
        ("vendor.trains!=no", {}, True),
        ("vendor.trains!=no", {"vendor.trains": "unknown"}, True),
        ("vendor.trains!=no", {"vendor.trains": "no"}, False),
        ("exposure!=offline", {"asset": "model"}, True),
        ("exposure=public", {"asset": "model", "exposure": None}, True),
        ("training.dp=none", {"asset": "model"}, True),
        ("training.dp=none", {"asset": "model", "training.dp": "person"}, False),
        # but only where the question makes sense
        ("exposure!=offline", {"asset": "tool"}, False),
        ("training.dp=none", {}, False),
    ],
)
def test_missing_fact_never_makes_a_rule_true_unless_worst_is_assumed(
    rule: str, facts: Facts, *, expected: bool
) -> None:
    assert matches(rule, facts) is expected


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("", "the rule ends too early"),
        ("   ", "the rule ends too early"),
        ("and", "expected a fact, found 'and'"),
        ("asset", "asset must be compared with something"),
        ("asset=", "the rule ends too early"),
        ("asset==model", "expected a value, found '='"),
        ("asset=(model)", "expected a value, found '('"),
        ("asset>model", "asset has no order"),
        ("asset=and", "expected a value, found 'and'"),
        ("asset in model", "expected '(', found 'model'"),
        ("asset in ()", "expected a value, found ')'"),
        ("asset in (model", "the rule ends too early"),
        ("asset in (model tool)", "expected ')', found 'tool'"),
        ("asset in (model, toaster)", "asset cannot be 'toaster'"),
        ("asset not (model)", "expected 'in', found '('"),
        ("data.personal=maybe", "data.personal is true or false, not 'maybe'"),
        ("data.personal>true", "data.personal has no order"),
        ("data.personal in (true)", "data.personal is not a choice"),
        ("S>=high", "S is a number, not 'high'"),
        ("S>=9", "S cannot be 9"),
        ("S", "S must be compared with something"),
        ("S in (1, 2)", "S is not a choice"),
        ("clients>-1", "clients cannot be -1"),
        ("finding.leak>=2", "finding.leak is a level from L0 to L4, not '2'"),
        ("finding.leak>=L9", "finding.leak is a level from L0 to L4, not 'L9'"),
        ("asset=model tool", "unexpected 'tool' after the end of the rule"),
        ("asset=model)", "unexpected ')' after the end of the rule"),
        ("(asset=model", "the rule ends too early"),
        ("colour=red", "unknown fact 'colour'"),
        ("5=S", "expected a fact, found '5'"),
        ("=model", "expected a fact, found '='"),
        ("__import__('os')", "cannot read \"__import__('os')\""),
        ("asset=model; drop", "cannot read '; drop'"),
        ("asset='model'", "cannot read \"'model'\""),
        ("S>=4e9", "cannot read '4e9'"),
        ("S>=4.", "cannot read '4.'"),
        ("asset=modèl", "cannot read 'èl'"),
        ("S>=\u0664", "cannot read '\u0664'"),
        ("(" * (MAX_DEPTH + 1) + "always" + ")" * (MAX_DEPTH + 1), "nested deeper than"),
        ("not " * 100 + "always", "nested deeper than"),
        (" " * (MAX_RULE_LENGTH + 1), "longer than"),
    ],
)
def test_broken_rule_is_refused_with_its_fault(rule: str, complaint: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(rule)
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"colour": "red"}, "unknown fact 'colour'"),
        ({"asset": "toaster"}, "asset cannot be 'toaster'"),
        ({"asset": True}, "asset takes words, not True"),
        ({"outputs": ("label", "smoke")}, "outputs cannot be 'smoke'"),
        ({"data.personal": "yes"}, "data.personal is true or false, not 'yes'"),
        ({"data.personal": 1}, "data.personal is true or false, not 1"),
        ({"S": "4"}, "S is a number, not '4'"),
        ({"S": True}, "S is a number, not True"),
        ({"S": 6}, "S cannot be 6"),
        ({"finding.overfit_gap": float("nan")}, "finding.overfit_gap cannot be nan"),
        ({"finding.leak": "serious"}, "finding.leak is a level"),
        ({"finding.leak": 5}, "finding.leak cannot be 5"),
    ],
)
def test_fact_of_the_wrong_kind_is_refused(facts: Facts, complaint: str) -> None:
    with pytest.raises(RuleError) as caught:
        matches("always", facts)
    assert str(caught.value).startswith(complaint)


_WORDS = (
    *("and", "or", "not", "in", "always", "(", ")", ",", "=", "!=", "<", ">=", "?", "é"),
    *("L2", "4", "0.05", "-1", "true", "model", "asset", "data.personal", "S", "finding.leak"),
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
)
def test_any_text_is_a_rule_or_a_rule_error(text: str) -> None:
    try:
        rule = parse(text)
    except RuleError:
        return
    assert matches(text, {}) in (True, False)
    assert parse(f"({text})") == rule


_FACTS = st.fixed_dictionaries({}, optional={
    "asset": st.sampled_from(sorted(FACTS["asset"].values)),
    "org": st.sampled_from(sorted(FACTS["org"].values)),
    "origin": st.sampled_from(sorted(FACTS["origin"].values)),
    "exposure": st.sampled_from(sorted(FACTS["exposure"].values)),
    "data.personal": st.booleans(),
    "S": st.integers(1, 5),
    "finding.leak": st.integers(0, 4),
})  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_FACTS, st.sampled_from(load()), st.sampled_from(load()))
def test_rules_combine_as_logic_says(facts: Facts, one: Control, other: Control) -> None:
    first, second = one.rule, other.rule
    truths = matches(first, facts), matches(second, facts)
    assert matches(f"({first}) and ({second})", facts) is all(truths)
    assert matches(f"({first}) or ({second})", facts) is any(truths)
    if truths[0]:
        assert matches(f"not ({first})", facts) is False
