"""Adds to the documentation's site what is not kept: a page for each rule, and their index."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from scrubjay.patterns.load import load, read_shipped
from scrubjay.patterns.pages import pages

FOLDER = "catalogue"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that `scrubjay rules docs` writes."""
    for name, text in pages(load(read_shipped())):
        files.append(File.generated(config, f"{FOLDER}/{name}", content=text))
    return files
