"""Pages over all clients that show what staff read: of those alone that the person looks after."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpResponseBase

from audits import access
from audits.web.requests import FleetRequest

Given = ParamSpec("Given")
Answer = TypeVar("Answer", bound=HttpResponseBase)
View = Callable[Concatenate[FleetRequest, Given], Answer]


def looked_after_alone(view: View[Given, Answer]) -> View[Given, Answer]:
    """Leave out clients where somebody of the staff is a guest: an owner, contributor or viewer.

    Their role there opens less, and other words. The door of such a page asks once, for the staff;
    so what it reads, shows and lets be ticked is narrowed before, all at once.
    """

    @wraps(view)
    def answered(request: FleetRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with access.among_looked_after(request.actor):
            return view(request, *args, **kwargs)

    return answered
