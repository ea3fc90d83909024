"""What a secret looks like: rules as data, and the matcher. Bytes in, matches out."""

from .errors import MatchTimeout, ScrubjayError
from .match import Match
from .matcher import Matcher
from .rule import Rule

__all__ = ["Match", "MatchTimeout", "Matcher", "Rule", "ScrubjayError"]
