"""What a report says beside the texts that it is made of: every sentence whole, in one table."""

from typing import Final

from audits.guidance.wording import Words

WORDS: Final = Words("audits.reports", "words.toml")
say: Final = WORDS.say
counted: Final = WORDS.counted
