"""How reference models are made: one file per trainer family."""
