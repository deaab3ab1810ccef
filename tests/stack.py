"""The whole portal as real processes, for tests from outside."""

import os
import selectors
import signal

from audits.servers.launched import Launched


class LiveStack(Launched):
    def program_pid(self, name: str) -> int:
        """Process id of web, worker, beat, postgres or valkey."""
        return self.programs()[name]

    def kill(self, name: str) -> int:
        """SIGKILL one program's parent process, as the kernel would when memory runs out."""
        pid = self.program_pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid


def pause() -> None:
    """Give other processes a moment between two looks."""
    with selectors.DefaultSelector() as nothing:
        nothing.select(0.05)
