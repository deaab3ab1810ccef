"""Untrusted bytes to values: one file per format, limits before parsing. Nothing else parses."""
