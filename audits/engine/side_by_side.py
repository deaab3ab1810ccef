"""Work in threads, each of them single-threaded inside: no sum depends on how many there are."""

import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def workers(threads: int) -> Iterator[Executor]:
    """Give a pool of threads in which libraries use one thread each and keep their warnings.

    What estimators warn of (convergence and the like) holds for the target too and is no news.

    Parameters
    ----------
    threads
        >= 1.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - heavy

    def alone() -> None:
        threadpool_limits(1, user_api="openmp")  # OpenMP counts per thread

    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor(threads, initializer=alone) as pool:
            yield pool
