"""Why a sandboxed call gave no result.

SandboxError
├── Unavailable   no isolating layer can be had on this machine
├── Refused       the input was refused: what, why, what to do
├── OutOfMemory   the memory limit was met
├── OutOfTime     the processor or wall-clock limit was met
├── Cancelled     the caller asked for the end
└── Crashed       the child died or broke the protocol
"""

# ruff: noqa: N818 - the names say what happened


class SandboxError(Exception):
    """A sandboxed call ended without a result."""


class Unavailable(SandboxError):
    """Nothing on this machine would hold untrusted bytes in."""


class Refused(SandboxError):
    """An input was refused inside the child."""

    def __init__(self, subject: str, problem: str, remedy: str) -> None:
        super().__init__(f"{subject}: {problem}; {remedy}")
        self.subject = subject
        self.problem = problem
        self.remedy = remedy


class OutOfMemory(SandboxError):
    """The child met its memory limit."""


class OutOfTime(SandboxError):
    """The child met its processor or wall-clock limit, of so many seconds where it is known."""

    def __init__(self, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class Cancelled(SandboxError):
    """The caller cancelled; the child is gone."""


class Crashed(SandboxError):
    """The child died unexpectedly; ``detail`` is the end of its own log, for ours only."""

    def __init__(self, message: str, *, detail: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.detail = detail
        self.exit_code = exit_code
