"""Which scrubjay this is, without the 25 ms that asking for an installed package's data takes."""

VERSION = "0.1.0"
