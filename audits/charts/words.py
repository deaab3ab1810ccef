"""What the charts say: every sentence whole, in one table."""

from typing import Final

from audits.guidance.wording import Words

WORDS: Final = Words("audits.charts", "words.toml")
say: Final = WORDS.say
counted: Final = WORDS.counted


def badge_word(badge: str) -> str:
    """Return the word of a rating."""
    return say(f"badge.{badge}")
