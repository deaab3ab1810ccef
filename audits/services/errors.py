"""What can go wrong in a service, in words for the person who asked.

ServiceError
├── TooMany          asked for too often; `retry_after_seconds` says when it is possible again
├── InvalidInput     one field is wrong; `field` names it
├── AlreadyRunning   the same request is being worked on; `job` is the one
└── NotPossible      the object is not in a state that allows this
    └── Forbidden    the person's own role does not allow this: logged where it was tried
"""

from django.db.models import Model

from audits.models import Job
from audits.rights import Refused
from audits.services import origin

_MINUTE = 60


def sentence(text: str) -> str:
    """Write a problem or remedy, which may be half a line, as a whole sentence.

    A first word that is a name, such as a column's, keeps its spelling.
    """
    if not text:
        return ""
    first = text.split(maxsplit=1)[0]
    is_name = any(sign == "_" or sign.isdigit() for sign in first)
    start = text[0] if is_name else text[0].upper()
    return f"{start}{text[1:].rstrip('.')}."


def _span(seconds: int) -> str:
    """Write a time to wait in the unit a person would use."""
    if seconds < _MINUTE:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // _MINUTE)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


class ServiceError(Exception):
    """Base of every refusal by a service."""


class InvalidInput(ServiceError):  # noqa: N818 - reads as what happened
    """Input that cannot be used: which field, what is wrong, what to do.

    A page that has more to offer than the words knows the refusal by its `code`.
    """

    def __init__(self, field: str, problem: str, remedy: str = "", code: str = "") -> None:
        self.field = field
        self.problem = problem
        self.remedy = remedy
        self.code = code
        super().__init__(" ".join(filter(None, (sentence(problem), sentence(remedy)))))


class TooMany(ServiceError):  # noqa: N818 - reads as what happened
    """More than is allowed within the time: what the limit is, and when it is possible again."""

    def __init__(self, limit: str, *, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{sentence(limit)} Try again in {_span(retry_after_seconds)}.")


class AlreadyRunning(ServiceError):  # noqa: N818 - reads as what happened
    """The same work is queued or running already."""

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__("This is being worked on already.")


class NotPossible(ServiceError):  # noqa: N818 - reads as what happened
    """The object's state does not allow this."""


class Forbidden(NotPossible):
    """The person's role does not allow this, although the page was open to them.

    A page shows it like any other refusal; the log hears of it, because it is noted here.
    """

    def __init__(self, text: str, *, action: str, obj: Model | None = None) -> None:
        super().__init__(text)
        meta = obj._meta if obj is not None and obj.pk else None  # noqa: SLF001 - Django's documented model API
        origin.note_refused(
            Refused(
                action=action,
                kind=(meta.model_name or "") if meta is not None else "",
                pk=obj.pk if obj is not None and meta is not None else 0,
            )
        )
