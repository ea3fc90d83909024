"""The filter as a helper of log shippers: their rules of conversation, and a probe that proves a path masks."""
