"""One file per attack. Adding an attack is adding a file here; `registry` finds it."""
