"""Errors of the embedded servers: each message says what is wrong and what to do."""


class ServerError(Exception):
    """A server cannot be found, started or used; the text is fit to be shown as it is."""


class StopRequested(Exception):  # noqa: N818 - a wish, not an error
    """Someone asked the supervisor to stop while it was still starting."""
