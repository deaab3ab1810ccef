"""Room for the frames of a request.

Python keeps the frames of a thread in pieces of 16 KiB, which it asks of the system one by one and
gives back at once. A loop that happens to run at the end of a piece, such as the rows of a table,
makes the system map, clear and unmap a piece with each call: more than a third of the time that a
page took, and threads of one process wait for each other in it.
"""

from collections.abc import Callable
from typing import Any, Final

# Places for values: just over half a mebibyte, so that the piece which is asked for is of one whole
# mebibyte and has the other half for everything that is called from here. Nothing touches them.
_PLACES: Final = 66_000


def with_room(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let everything that this function calls find its frames in one piece."""

    def roomy(*given: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        return function(*given)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=_PLACES)
    return roomy
