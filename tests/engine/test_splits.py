import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.engine.splits import Draw, draw_pairs


def draw(
    strata: list[int], *, k: int = 4, size: int = 0, population: int = 0, seed: int = 0
) -> Draw:
    return draw_pairs(
        strata=np.array(strata),
        n_references=k,
        size=size,
        population=population,
        rng=np.random.default_rng(seed),
    )


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=60),
    st.integers(1, 4),
    st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_pairs_are_complementary_and_balanced(strata: list[int], pairs: int, seed: int) -> None:
    inside = draw(strata, k=2 * pairs, seed=seed).inside
    assert inside.shape == (2 * pairs, len(strata))
    assert (inside[0::2] == ~inside[1::2]).all()
    assert (inside.sum(axis=0) == pairs).all()
    codes = np.array(strata)
    for row in inside:
        assert abs(2 * int(row.sum()) - len(strata)) <= 1
        for stratum in set(strata):
            own = codes == stratum
            assert abs(2 * int(row[own].sum()) - int(own.sum())) <= 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_references_are_topped_up_to_the_size_and_never_beyond(
    size: int, population: int, seed: int
) -> None:
    drawn = draw([0] * 20, size=size, population=population, seed=seed)
    for row, extra in zip(drawn.inside, drawn.extra, strict=True):
        half = int(row.sum())
        assert half + len(extra) == max(half, min(size, half + population))
        assert len(set(extra.tolist())) == len(extra)
        assert all(0 <= index < population for index in extra)


def test_draw_is_fixed_by_its_seed() -> None:
    first, again, other = (draw([0, 1] * 30, seed=seed).inside for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_records_of_one_person_stay_together() -> None:
    units = np.repeat(np.arange(10), 3)
    inside = draw_pairs(
        strata=np.zeros(30, dtype=int), n_references=4, size=0, population=0,
        rng=np.random.default_rng(0), units=units,
    ).inside  # fmt: skip
    by_person = inside.reshape(4, 10, 3)
    assert (by_person == by_person[:, :, :1]).all()
    assert by_person[:, :, 0].sum(axis=1).tolist() == [5, 5, 5, 5]


def test_odd_number_of_references_is_refused() -> None:
    with pytest.raises(ValueError, match="pairs"):
        draw([0, 1], k=3)


def test_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="no record"):
        draw([])
