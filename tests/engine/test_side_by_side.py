"""Threads of an audit: libraries stay single-threaded in them, and none is started for nothing."""

import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from audits.engine.side_by_side import workers


def _threads_of_libraries() -> set[int]:
    import scipy.linalg  # noqa: F401, PLC0415 - brings a library with threads
    import sklearn.ensemble  # noqa: F401, PLC0415 - brings another

    return {library["num_threads"] for library in threadpool_info()}


def _nested(threads: int) -> tuple[int, int]:
    """The thread that asks for workers, and the one that works for it."""
    with workers(threads) as pool:
        return threading.get_ident(), pool.submit(threading.get_ident).result()


def test_libraries_are_single_threaded_in_a_worker_and_as_before_outside() -> None:
    _threads_of_libraries()
    with threadpool_limits(2):
        before = _threads_of_libraries()
        assert before == {2}
        with workers(2) as pool:
            found = list(pool.map(lambda _: _threads_of_libraries(), range(4)))
        assert found == [{1}] * 4
        assert _threads_of_libraries() == before


def test_one_worker_of_a_worker_is_itself() -> None:
    asks, works = _nested(1)
    assert asks != works
    with workers(2) as pool:
        asks, works = pool.submit(_nested, 1).result()
        assert asks == works
        asks, works = pool.submit(_nested, 2).result()
        assert asks != works


def test_failure_of_a_worker_that_is_itself_comes_with_its_result() -> None:
    def fails() -> None:
        with workers(1) as pool:
            future = pool.submit(int, "no number")
            assert isinstance(future.exception(), ValueError)
            future.result()

    with workers(1) as pool, pytest.raises(ValueError, match="no number"):
        pool.submit(fails).result()
