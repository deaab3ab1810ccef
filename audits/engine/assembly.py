"""The audited records, put together once for every stage: matched, de-duplicated, numbered.

A function of the inputs alone, so that stages that run in different processes agree on which
record is record i.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError, Subject
from audits.engine.labels import match_labels, numbers_of
from audits.engine.target import Features, stack, take
from audits.engine.types import ModelInputs, Records

if TYPE_CHECKING:
    import pyarrow as pa

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
THIN_FROM: Final = 0.01
"""Share of records with a twin on the other side from which the larger side is thinned."""

_ODD: Final = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """What is audited.

    Attributes
    ----------
    features
        N + M rows as the target takes them: audited records, then the population.
    labels
        (N + M,) index of the true class; the true number where the model predicts one.
    is_member
        (N,) bool; members come first.
    units
        (N,) int32 code, equal for records of one person and for records with equal features.
    raw
        The N audited records as read, for the blind baseline.
    given
        Records per side before anything was removed.
    duplicates
        Records removed because the same features are on the other side.
    thinned
        Records of the larger side removed to make up for that, see `_thin`.
    shared_persons
        Records removed because their person is on both sides.
    repeated
        Records that repeat another of their side and share its unit; 0 where persons are known.
    alike
        Persons who share their unit with another, a record of theirs being the same as one of that
        person's.
    rows
        (N,) int32 number of the record in its own file, from 0.
    weights
        (N + M,) sample weights; None without a column of them.
    aside
        Columns of the N audited records to group by that the model does not see; None without any.
    """

    features: Features
    labels: NDArray[Any]
    is_member: Bools
    units: NDArray[np.int32]
    raw: "pa.Table"
    given: dict[str, int]
    duplicates: int
    thinned: int
    shared_persons: int
    repeated: int
    alike: int
    rows: NDArray[np.int32]
    weights: NDArray[np.float64] | None = None
    aside: "pa.Table | None" = None

    @property
    def n_audited(self) -> int:
        """N."""
        return len(self.is_member)

    @property
    def strata(self) -> Ints:
        """(N,) class of each audited record; for numbers the fifth that it lies in.

        Halves balanced by side as well would say of a record who else is in its half by which
        side it is on.
        """
        own = self.labels[: self.n_audited]
        if own.dtype.kind == "f":
            own = np.searchsorted(np.quantile(own, [0.2, 0.4, 0.6, 0.8]), own)
        return np.asarray(own, dtype=np.int64)

    @property
    def audited_weights(self) -> NDArray[np.float64] | None:
        """(N,) sample weights of the audited records; None without a column of them."""
        return None if self.weights is None else self.weights[: self.n_audited]

    @property
    def n_population(self) -> int:
        """M."""
        return len(self.labels) - len(self.is_member)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Which records are left once none is on both sides.

    Attributes
    ----------
    keep
        Per side a bool per record: members, non-members and, if given, the population.
    units
        (N,) int32 code of each audited record that is kept.
    duplicates, thinned, shared_persons, repeated, alike
        As in `Assembly`.
    """

    keep: list[Bools]
    units: NDArray[np.int32]
    duplicates: int
    thinned: int
    shared_persons: int
    repeated: int
    alike: int


def matched(sides: list[Records]) -> Matched:
    """Leave out rows and persons that are on both sides, and audited ones in the population.

    Equal rows are one unit: copies (tables are balanced by repeating rows) share their fate in
    training as in removal, and say together what one of them says. Counted one by one they would
    narrow every interval and find leaks in clean models. So are the records of a person, where
    those are known, and with them whoever has a row in common: a row that two people have is kept
    only where all who have it are on one side.

    Parameters
    ----------
    sides
        Members, non-members and perhaps the population, of one schema.

    Raises
    ------
    InputError
        Nothing is left of a side.
    """
    hashes = row_hashes([one.features for one in sides])
    twins = [np.isin(hashes[0], hashes[1]), np.isin(hashes[1], hashes[0])]
    persons = _person_codes(sides)
    shared = [np.isin(persons[0], persons[1]), np.isin(persons[1], persons[0])]
    spares = _thin(hashes[:2], np.concatenate(twins).mean())
    gone = [twin | both for twin, both in zip(twins, shared, strict=True)]
    keep = [~out & ~spare for out, spare in zip(gone, spares, strict=True)]
    _check_left(keep)
    kept = np.concatenate(keep)
    grouped = sides[0].groups is not None
    own, rows = np.concatenate(persons[:2])[kept], np.concatenate(hashes[:2])[kept]
    units = _in_order(_together(own, rows) if grouped else rows)
    counted = len(np.unique(units))
    if len(sides) > len(keep):
        audited = np.isin(persons[2], np.concatenate(persons[:2]))
        keep.append(~np.isin(hashes[2], np.concatenate(hashes[:2])) & ~audited)
    return Matched(
        keep=keep,
        units=units,
        duplicates=int(twins[0].sum() + twins[1].sum()),
        thinned=sum(int((spare & ~out).sum()) for out, spare in zip(gone, spares, strict=True)),
        shared_persons=int((shared[0] & ~twins[0]).sum() + (shared[1] & ~twins[1]).sum()),
        repeated=0 if grouped else len(units) - counted,
        alike=len(np.unique(own)) - counted if grouped else 0,
    )


def _together(persons: Ints, rows: NDArray[np.uint64]) -> Ints:
    """Return (N,) codes, equal for records of one person and for equal rows, however linked."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - heavy
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - heavy

    people, person = np.unique(persons, return_inverse=True)
    different, row = np.unique(rows, return_inverse=True)
    nodes = len(people) + len(different)
    links = coo_array((np.ones(len(rows)), (person, len(people) + row)), shape=(nodes, nodes))
    _, component = connected_components(links, directed=False)
    return np.asarray(component[person], dtype=np.int64)


def _in_order(codes: NDArray[Any]) -> NDArray[np.int32]:
    """Return (N,) numbers from 0 for the different codes, in the order in which they occur."""
    _, first, code = np.unique(codes, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int32)
    number[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return np.asarray(number[code], dtype=np.int32)


def assemble(inputs: ModelInputs) -> Assembly:
    """Match labels and columns, drop what is on both sides and number the rest.

    Raises
    ------
    InputError
        A label is unknown, columns do not fit the model, or nothing is left of a side.
    """
    sides = inputs.sides
    arranged = [inputs.model.arrange(one, subject=side) for side, one in sides.items()]
    labels: list[NDArray[Any]] = [
        numbers_of(one.labels, subject=side)
        if inputs.model.predicts_numbers
        else match_labels(one.labels, inputs.model.classes, subject=side)
        for side, one in sides.items()
    ]
    found = matched(list(sides.values()))
    keep, n_audited = found.keep, len(inputs.members) + len(inputs.nonmembers)
    rows = np.concatenate(keep)
    raw = stack([one.features for one in (inputs.members, inputs.nonmembers)])
    return Assembly(
        features=take(inputs.model.stacked(arranged), np.flatnonzero(rows)),
        labels=np.concatenate(labels)[rows],
        is_member=np.repeat([True, False], [int(keep[0].sum()), int(keep[1].sum())]),
        units=found.units,
        raw=take(raw, np.flatnonzero(rows[:n_audited])),
        given={side: len(one) for side, one in sides.items()},
        duplicates=found.duplicates,
        thinned=found.thinned,
        shared_persons=found.shared_persons,
        repeated=found.repeated,
        alike=found.alike,
        rows=np.concatenate([np.flatnonzero(side) for side in keep[:2]]).astype(np.int32),
        weights=_weights(list(sides.values()), rows),
        aside=_aside(inputs, np.flatnonzero(rows[:n_audited])),
    )


Assemble = Callable[[ModelInputs], Assembly]
"""`assemble`, or what remembers its answer."""


def _aside(inputs: ModelInputs, rows: Ints) -> "pa.Table | None":
    first, second = inputs.members.aside, inputs.nonmembers.aside
    return None if first is None or second is None else take(stack([first, second]), rows)


def _weights(sides: list[Records], rows: Bools) -> NDArray[np.float64] | None:
    found = [one.weights for one in sides if one.weights is not None]
    return np.concatenate(found)[rows] if found else None


def _thin(hashes: list[NDArray[np.uint64]], twin_share: float) -> list[Bools]:
    """Return per side which repeated rows to leave out so that removing twins favours no side.

    With sides of sizes n < m, a row that occurs c times escapes having a twin with chances in the
    ratio (n / m)^c, a single row in the ratio n / m: on the larger side more repeated rows are
    left over, and a clean model looks leaky. Keeping them there with chance (n / m)^(c - 1)
    restores n : m. The row's own hash decides, so all copies share their fate and every stage
    agrees.
    """
    larger = int(len(hashes[1]) > len(hashes[0]))
    thin = [np.zeros(len(side), dtype=bool) for side in hashes]
    if twin_share < THIN_FROM or len(hashes[0]) == len(hashes[1]):
        return thin
    _, code, copies = np.unique(hashes[larger], return_inverse=True, return_counts=True)
    chance = (len(hashes[1 - larger]) / len(hashes[larger])) ** (copies[code] - 1.0)
    lot = _mixed(hashes[larger] ^ np.uint64(_ODD[0])).astype(np.float64) / 2.0**64
    thin[larger] = lot >= chance
    return thin


def _check_left(keep: list[Bools]) -> None:
    names: tuple[Subject, Subject] = ("members", "nonmembers")
    for side, kept in zip(names, keep, strict=True):
        if not kept.any():
            raise InputError(
                side,
                "no record is left once those that are on both sides are removed",
                "give members the model was trained on and others it never saw",
            )


def _person_codes(sides: list[Records]) -> list[Ints]:
    """Return a code per record of every side, equal for the same person."""
    edges = np.cumsum([len(one) for one in sides])[:-1]
    groups = [one.groups for one in sides if one.groups is not None]
    if not groups:
        return np.split(np.arange(sum(len(one) for one in sides)), edges)
    import pyarrow as pa  # noqa: PLC0415 - heavy

    kinds = {group.type for group in groups}
    kind = kinds.pop() if len(kinds) == 1 else pa.large_string()
    chunks = [chunk for group in groups for chunk in group.cast(kind).chunks]
    whole = pa.chunked_array(chunks, type=kind)
    codes = whole.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return np.split(codes, edges)


def row_hashes(tables: "list[pa.Table]") -> list[NDArray[np.uint64]]:
    """Return a 64-bit hash per row of each table; equal rows have equal hashes.

    All tables have the same columns and types. Text goes by its code in one common dictionary;
    0.0 and -0.0 are equal, and so are two missing values. Among two million different rows the
    chance of any false match is about 1e-7.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    whole = pa.concat_tables(tables)
    state = np.zeros(whole.num_rows, dtype=np.uint64)
    for column in whole.columns:
        state = _mixed(state * np.uint64(31) + _bits(column))
    edges = np.cumsum([table.num_rows for table in tables])[:-1]
    return np.split(state, edges)


def _bits(column: "pa.ChunkedArray") -> NDArray[np.uint64]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if pa.types.is_large_string(column.type):
        codes = column.combine_chunks().dictionary_encode(null_encoding="encode").indices
        return np.asarray(codes.to_numpy(), dtype=np.uint64)
    if pa.types.is_integer(column.type) and not column.null_count:
        return np.asarray(column.to_numpy()).astype(np.int64).view(np.uint64)
    values: NDArray[Any] = np.asarray(column.to_numpy(), dtype=np.float64) + 0.0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the splitmix64 finaliser of each number: every bit depends on every bit."""
    for shift, odd in zip((30, 27), _ODD, strict=True):
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(odd)
    return state ^ (state >> np.uint64(31))
