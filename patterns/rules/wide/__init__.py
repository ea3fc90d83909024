"""More rule data, for rarer credentials; asked for by `--wide`, because every rule costs some speed."""
