"""What can go wrong, as a tree.

EngineError                 everything this package raises on purpose
├── InputError              what was given cannot be audited: who gave it can repair it
│                           (subject, problem, remedy; shown at the field, or on the last line
│                           of the command line)
├── AuditCancelled          the caller asked to stop before there was anything to conclude
└── RegistryError           two attacks share a key, or a key names no attack: our own defect
"""

from typing import Final, Literal, get_args

Subject = Literal[
    "model",
    "members",
    "nonmembers",
    "population",
    "predictions",
    "target",
    "drop",
    "group",
    "subgroups",
    "references",
    "weight",
    "seed",
    "split",
    "preset",
]
SUBJECTS: Final[frozenset[str]] = frozenset(get_args(Subject))


class EngineError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(EngineError):
    """Something given to the audit cannot be used.

    Parameters
    ----------
    subject
        The input at fault, one of `SUBJECTS`; callers map it to a file, option or form field.
    problem
        What is wrong, one clause without a full stop.
    remedy
        What to do about it, one clause without a full stop.
    """

    def __init__(self, subject: Subject, problem: str, remedy: str) -> None:
        super().__init__(subject, problem, remedy)
        self.subject: Subject = subject
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}; {self.remedy}"


class AuditCancelled(EngineError):  # noqa: N818 - a wish of the caller, not an error
    """The caller asked to stop before the audit had anything to conclude from."""


class RegistryError(EngineError):
    """The attack registry is inconsistent or was asked for an attack it does not hold."""
