"""Work in threads, each of them single-threaded inside: no sum depends on how many there are."""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_here = threading.local()
"""`alone`: how many modules were loaded when the libraries of this thread were told to stay so."""


class _Inline(Executor):
    """Runs what it is given at once, in the thread that asks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - any task
        told = Future[Any]()
        try:
            told.set_result(fn(*args, **kwargs))
        except BaseException as failure:  # noqa: BLE001 - raised by the future, as in a thread
            told.set_exception(failure)
        return told


@contextmanager
def workers(threads: int) -> Iterator[Executor]:
    """Give a pool of threads in which libraries use one thread each and keep their warnings.

    What estimators warn of (convergence and the like) holds for the target too and is no news.
    One worker asked for by a worker is that worker itself.

    Parameters
    ----------
    threads
        >= 1.
    """
    loaded = len(sys.modules)
    if threads == 1 and getattr(_here, "alone", -1) == loaded:
        yield _Inline()
        return
    controller = _controller(loaded)

    def alone() -> None:
        controller.limit(limits=1, user_api="openmp")  # OpenMP counts per thread
        _here.alone = loaded

    with warnings.catch_warnings(), controller.limit(limits=1):
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor(threads, initializer=alone) as pool:
            yield pool


@lru_cache(maxsize=1)
def _controller(_loaded: int) -> "ThreadpoolController":
    """Return what limits the libraries; looking for them takes milliseconds.

    A library comes with a module, so while there are as many modules there are no new ones.
    """
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 - heavy

    return ThreadpoolController()
