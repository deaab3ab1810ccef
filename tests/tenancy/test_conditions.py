"""Rules of row-level security compared by what they mean, not by how they are spelled."""

import re

import pytest

from audits.tenancy.conditions import same
from audits.tenancy.rls import POLICIES

# As PostgreSQL prints back the rule by which a client is written.
PRINTED = (
    "((id = ANY (( SELECT (string_to_array(NULLIF(current_setting('mia.clients'::text, true),"
    " ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])) AND ((provider_id ="
    " (NULLIF(current_setting('mia.provider'::text, true), ''::text))::bigint) OR"
    " (current_setting('mia.every_provider'::text, true) = 'on'::text)))"
)
# The same words, other brackets: every provider's scope would write any client.
MOVED = (
    "((id = ANY (( SELECT (string_to_array(NULLIF(current_setting('mia.clients'::text, true),"
    " ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])) AND (provider_id ="
    " (NULLIF(current_setting('mia.provider'::text, true), ''::text))::bigint)) OR"
    " (current_setting('mia.every_provider'::text, true) = 'on'::text)"
)


def test_printed_rule_means_the_same_until_a_bracket_moves() -> None:
    (written,) = (rule.check for rule in POLICIES["client"] if rule.name == "mia_insert")
    assert same(PRINTED, written)
    assert not same(MOVED, written)
    assert re.sub(r"[()]", "", PRINTED) == re.sub(r"[()]", "", MOVED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a AND (b OR c)", "((a) AND ((b OR (c))))"),
        ("a OR (b OR c)", "(a OR b) OR c"),
        ("NULLIF(x, '')::bigint = id", "(nullif(x, ''::text))::bigint = id"),
        ("(digest)::text = x", "digest = x"),
        ("m IN (SELECT id FROM t WHERE u = 1)", "(m IN ( SELECT id\n FROM t\n WHERE (u = 1)))"),
        (None, None),
    ],
)
def test_other_spellings_are_the_same(one: str | None, other: str | None) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a AND (b OR c)", "(a AND b) OR c"),
        ("NOT (a OR b)", "(NOT a) OR b"),
        ("a = 'X'", "a = 'x'"),
        ("a IS NULL", "a IS NOT NULL"),
        ("a IN (b)", "a NOT IN (b)"),
        ("a::bigint = b", "a::boolean = b"),
        ("a = b", "a = b OR true"),
        ("a = b", None),
        ("a = b", "a = b; --"),
        ("a = b", "a = b -- OR c"),
        ("m IN (SELECT id FROM t WHERE u = 1)", "m IN (SELECT id FROM t)"),
        ("a = ANY ((SELECT b))", "a = ALL ((SELECT b))"),
    ],
)
def test_other_rules_are_not(one: str | None, other: str | None) -> None:
    assert same(one, one)
    assert not same(one, other)
    assert not same(other, one)
