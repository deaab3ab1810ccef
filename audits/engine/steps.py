"""The steps of an audit by name, as whoever waits for it reads them: alike in every place."""

from typing import Final

READING: Final = "Reading the records"
ASKING: Final = "Asking the model"
ATTACKING: Final = "Attacking the model"
WEIGHING: Final = "Weighing the answers"
TRAINING: Final = "Training reference models"
CONCLUDING: Final = "Working out the verdict"


def training_block(index: int) -> str:
    """Name the training of one block; blocks are counted from 0, and told from 1."""
    return f"{TRAINING}, block {index + 1}"
