"""A repository's whole history: every object once, and the life of each secret."""
