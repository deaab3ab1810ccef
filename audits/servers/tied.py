"""`python -m audits.servers.tied MODULE ARGUMENTS`: run a module whose forked workers die with it.

Granian and Celery fork their workers, and neither notices in a worker that its parent was killed.
"""

import os
import runpy
import sys

from audits.servers.lifeline import die_with_parent

_pending = True


def tie_forks() -> None:
    """Tie every direct child that is forked from now on; what those fork is their own affair."""
    parent = os.getpid()

    def tie() -> None:
        global _pending  # noqa: PLW0603 - the only memory that a fork inherits
        if _pending:
            _pending = False
            die_with_parent(parent_pid=parent)

    os.register_at_fork(after_in_child=tie)


def main() -> None:
    tie_forks()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
