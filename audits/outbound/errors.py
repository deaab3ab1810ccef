"""What can go wrong on the way out, in words for the person who typed the address."""


class OutboundError(Exception):
    """No usable answer; the text says why and what to do, `code` names it for programs."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


class AddressRefused(OutboundError):  # noqa: N818 - reads as what happened
    """An address that may not be asked; nothing was sent."""


class Unreachable(OutboundError):  # noqa: N818 - reads as what happened
    """There was no answer."""


class AnswerRefused(OutboundError):  # noqa: N818 - reads as what happened
    """There was an answer, and it is not taken."""
