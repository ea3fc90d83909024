"""Reads the settings and lists of other scanners, and says what of them can be taken over and what can't."""
