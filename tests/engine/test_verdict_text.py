"""The sentences: one each, exact, and never a promise."""

from dataclasses import replace

import pytest

from audits.engine.policy import LevelName, Outcome
from audits.engine.types import Unit
from audits.engine.verdict_text import Evidence, Facts, invalid_sentence, percent, sentence_of


def facts(
    reached: int = 0,
    ceiling: int = 1,
    *,
    evidence: Evidence | None = None,
    depth_1_only: bool = False,
    can_retrain: bool = False,
    unlike: bool = False,
    rarest_rated: bool = True,
    settle: dict[LevelName, int] | None = None,
    unit: Unit = "record",
) -> Facts:
    return Facts(
        n_members=2_000,
        n_nonmembers=1_200,
        n_attacks=3,
        reached=reached,
        ceiling=ceiling,
        evidence=evidence,
        depth_1_only=depth_1_only,
        settle=settle or {},
        can_retrain=can_retrain,
        unlike=unlike,
        rarest_rated=rarest_rated,
        unit=unit,
    )


TPR = {level: Evidence(level, "rmia", "0.01", low) for level, low in
       [(1, 0.0123), (2, 0.041), (3, 0.12), (4, 0.31)]}  # fmt: skip
PICKS = "at a false-alarm rate of at most 1% the RMIA attack picks out at least"
SURE = "ruled out at 95% confidence for these attacks on these records"
CASES: list[tuple[Outcome, Facts, str]] = [
    (
        "no_sign",
        facts(),
        (
            f"We tried 3 attacks and found no sign of membership leakage: noticeable"
            f" leakage is {SURE},"
            " and new attacks may do better."
        ),
    ),
    (
        "no_sign",
        facts(0, 2, settle={"L2": 2_200}),
        (
            f"We tried 3 attacks and found no sign of membership leakage: serious leakage"
            f" is {SURE},"
            " noticeable leakage is not (about 2,200 records on each side would settle"
            " whether leakage"
            " is noticeable), and new attacks may do better."
        ),
    ),
    (
        "no_sign",
        facts(0, 2),
        (
            f"We tried 3 attacks and found no sign of membership leakage: serious leakage"
            f" is {SURE},"
            " noticeable leakage is not, and new attacks may do better."
        ),
    ),
    (
        "no_sign",
        facts(unlike=True),
        (
            f"We tried 3 attacks and found no sign of membership leakage: noticeable"
            f" leakage is {SURE}, and new attacks may do better; the reference models were unlike"
            " this model, so the attacks that rest on them may miss what others would find."
        ),
    ),
    (
        "no_sign",
        facts(rarest_rated=False),
        (
            f"We tried 3 attacks and found no sign of membership leakage: noticeable leakage is"
            f" {SURE}, and new attacks may do better; at a false-alarm rate of 0.1%, where guesses"
            " are rarer and surer, nothing could be rated."
        ),
    ),
    (
        "serious",
        facts(3, 4, evidence=Evidence(3, "rmia", "auc", 0.8071), rarest_rated=False),
        (
            "Members as a group can be told from others far better than chance: the RMIA attack"
            " ranks a member above a non-member in at least 80.7% of all pairs, where chance gives"
            " 50%; it may be worse, as severe leakage (L4) is not ruled out."
        ),
    ),
    (
        "trace",
        facts(1, 1, evidence=TPR[1], unlike=True),
        (
            f"A trace, not usable on its own: {PICKS} 1.2% of the members, where chance gives 1%;"
            f" noticeable leakage is {SURE}; the reference models were unlike this model, so the"
            " attacks that rest on them may miss what others would find."
        ),
    ),
    (
        "severe",
        facts(4, 4, evidence=TPR[4], unlike=True),
        f"Many people can be picked out: {PICKS} 31% of the members, where chance gives 1%.",
    ),
    (
        "trace",
        facts(1, 1, evidence=TPR[1]),
        (
            f"A trace, not usable on its own: {PICKS} 1.2% of the members, where chance gives 1%;"
            f" noticeable leakage is {SURE}."
        ),
    ),
    (
        "trace",
        facts(1, 2, evidence=Evidence(1, "lira", "auc", 0.50432), settle={"L2": 2_200}),
        (
            "A trace, not usable on its own: the LiRA attack ranks a member above a"
            " non-member in at"
            " least 50.4% of all pairs, where chance gives 50%; it may be worse, as"
            " noticeable leakage"
            " (L2) is not ruled out (about 2,200 records on each side would settle whether"
            " leakage is"
            " noticeable)."
        ),
    ),
    (
        "noticeable",
        facts(2, 4, evidence=TPR[2]),
        (
            f"Some people can be guessed better than chance: {PICKS} 4.1% of the members,"
            f" where chance"
            " gives 1%; it may be worse, as severe leakage (L4) is not ruled out."
        ),
    ),
    (
        "serious",
        facts(3, 3, evidence=TPR[3]),
        (
            f"Some people can be picked out with confidence: {PICKS} 12% of the members,"
            f" where chance"
            f" gives 1%; severe leakage is {SURE}."
        ),
    ),
    (
        "severe",
        facts(4, 4, evidence=TPR[4]),
        f"Many people can be picked out: {PICKS} 31% of the members, where chance gives 1%.",
    ),
    (
        "inconclusive",
        facts(0, 4, settle={"L3": 1_000, "L2": 2_200}),
        (
            "Inconclusive, which is not a pass: with 2,000 members and 1,200 non-members serious"
            " leakage is not ruled out; about 1,000 records on each side would settle"
            " whether leakage"
            " is serious and about 2,200 whether leakage is noticeable."
        ),
    ),
    (
        "inconclusive",
        facts(0, 3, settle={"L3": 2_700, "L2": 2_700}),
        (
            "Inconclusive, which is not a pass: with 2,000 members and 1,200 non-members serious"
            " leakage is not ruled out; about 2,700 records on each side would settle"
            " whether leakage"
            " is serious or noticeable."
        ),
    ),
    (
        "inconclusive",
        facts(1, 3, evidence=TPR[1]),
        (
            f"Inconclusive, which is not a pass: {PICKS} 1.2% of the members, where chance"
            f" gives 1%,"
            " and with 2,000 members and 1,200 non-members serious leakage is not ruled out; more"
            " records would narrow the attacks' own figures."
        ),
    ),
    (
        "inconclusive",
        facts(0, 1, depth_1_only=True, can_retrain=True),
        (
            "Inconclusive, which is not a pass: only attacks on the model's predictions ran, and"
            " stronger attacks exist; the presets standard and deep run stronger attacks on this"
            " model."
        ),
    ),
    (
        "inconclusive",
        facts(0, 1, depth_1_only=True),
        (
            "Inconclusive, which is not a pass: only attacks on the model's predictions ran, and"
            " stronger attacks exist; the records and a model that can be re-trained would allow"
            " stronger attacks."
        ),
    ),
]


@pytest.mark.parametrize(("outcome", "case", "expected"), CASES)
def test_sentence_of_each_outcome(outcome: Outcome, case: Facts, expected: str) -> None:
    assert sentence_of(outcome, case) == expected


@pytest.mark.parametrize(("outcome", "case", "expected"), CASES)
def test_what_was_found_is_doubted_where_the_sides_may_differ_and_what_was_not_is_not(
    outcome: Outcome, case: Facts, expected: str
) -> None:
    found = sentence_of(outcome, replace(case, doubtful=True))
    if case.evidence is None:
        assert found == expected
    else:
        assert found.startswith(expected[:-1])
        assert "differ without the model is not settled" in found
        assert found.count(". ") == 0


@pytest.mark.parametrize(
    ("voided_by", "reason"),
    [
        (("blind_baseline",), "members and non-members can be told apart without the model"),
        (
            ("classes", "self_test"),
            (
                "a class is missing on one of the two sides and the attacks found leakage among"
                " records that were never used for training"
            ),
        ),
    ],
)
def test_sentence_of_an_invalid_audit_names_the_gate(
    voided_by: tuple[str, ...], reason: str
) -> None:
    assert invalid_sentence(voided_by) == (
        f"Invalid: {reason}, so nothing the attacks found can be put down to the model."
    )


@pytest.mark.parametrize("sentence", [expected for _, _, expected in CASES])
def test_sentence_promises_nothing(sentence: str) -> None:
    assert not {"safe", "anonymous", "compliant", "secure"} & set(sentence.lower().split())
    assert sentence.count(". ") == 0


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.001, "0.1%"), (0.01, "1%"), (0.0349, "3.4%"), (0.129, "12%"), (1.0, "100%"),
     (0.9999, "99%"), (0.00123, "0.12%"), (0.03, "3%"), (0.07, "7%"), (0.29, "29%")],
)  # fmt: skip
def test_percent_rounds_down_to_two_digits(share: float, text: str) -> None:
    assert percent(share) == text


def test_sentences_count_people_where_the_sizes_do() -> None:
    sized: dict[LevelName, int] = {"L3": 1_000}
    narrow = "more people would narrow the attacks' own figures"
    told = sentence_of("inconclusive", facts(0, 3, settle=sized, unit="person"))
    assert "; about 1,000 people on each side would settle whether leakage is serious" in told
    clear = sentence_of("no_sign", facts(0, 2, settle={"L2": 2_200}, unit="person"))
    assert "(about 2,200 people on each side would settle" in clear
    assert narrow in sentence_of("inconclusive", facts(0, 3, unit="person"))
    assert "people" not in sentence_of("inconclusive", facts(0, 3, settle=sized))


def test_attack_learned_from_references_is_named_in_a_sentence_that_reads() -> None:
    found = facts(1, 2, evidence=Evidence(1, "learned", "auc", 0.51), settle={})
    assert "the reference-trained attack ranks a member above" in sentence_of("trace", found)
