"""Where secrets hide: files, staged changes, commits. Matches become findings with a place."""
