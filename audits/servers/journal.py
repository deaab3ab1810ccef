"""Prints what the supervised programs say, each line behind its program's name."""

import contextlib
from typing import TextIO

_COLOURS = ("36", "33", "32", "35", "34", "31")
_NAME_WIDTH = 8


class Journal:
    """Lines of many programs on one stream; coloured names where it is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out: TextIO | None = out
        self._coloured = out.isatty()
        self._names: list[str] = []
        self._partial: dict[str, bytes] = {}

    def say(self, name: str, line: str) -> None:
        label = f"{name:<{_NAME_WIDTH}} |"
        if self._coloured:
            label = f"\x1b[{self._colour(name)}m{label}\x1b[0m"
        self._write(f"{label} {line}\n")

    def feed(self, name: str, data: bytes) -> None:
        """Take bytes as they come and print the lines that are whole."""
        *lines, rest = (self._partial.get(name, b"") + data).split(b"\n")
        self._partial[name] = rest
        for line in lines:
            self.say(name, line.decode("utf-8", "replace").rstrip("\r"))

    def end(self, name: str) -> None:
        rest = self._partial.pop(name, b"")
        if rest:
            self.say(name, rest.decode("utf-8", "replace"))

    def _colour(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        return _COLOURS[self._names.index(name) % len(_COLOURS)]

    def _write(self, text: str) -> None:
        if self._out is None:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            # Whoever read us is gone; the programs go on.
            with contextlib.suppress(OSError):
                self._out.close()
            self._out = None
