"""The logging plug-in: after `install()`, nothing that the standard library logs or prints by itself holds a secret."""

from .environment import secrets_of
from .handlers import Filter, Formatter, Handler
from .installation import check, install, uninstall
from .output import filtered_output
from .shield import Shield

__all__ = ["Filter", "Formatter", "Handler", "Shield", "check", "filtered_output", "install", "secrets_of", "uninstall"]
