"""What a report says by itself, beside the texts it is made of: every sentence whole, in one table."""

from typing import Final

from audits.guidance.wording import Words

WORDS: Final = Words("audits.reports", "words.toml")
say: Final = WORDS.say
