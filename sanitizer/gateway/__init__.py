"""Secrets on their way to a language model: pseudonyms out, restored in what comes back."""
