"""Credentials, and what stands in their place. The rules are shared with other languages as data."""

import json
import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypedDict

from .screen import Screen, canonical


class _Rule(TypedDict):
    kind: str
    pattern: str
    flags: str
    hints: Sequence[str]


class Rule(_Rule, total=False):
    """What the pattern's first group matches, if it has one, is kept. Text without a hint is never a hit."""

    # For hints that are common in harmless text: what the JSON text of every hit matches.
    screen: str


class Field(TypedDict):
    """Text under a key of such a name, whatever its case and with `_` for `-`, is a credential as a whole."""

    kind: str
    names: Sequence[str]


class Rules(TypedDict):
    rules: Sequence[Rule]
    fields: Sequence[Field]


OnHit = Callable[[str], None]


@cache
def shared_rules() -> Rules:
    text = files(__package__).joinpath("rules.json").read_text("utf8")
    rules: Rules = json.loads(text)
    return rules


@dataclass(frozen=True, eq=False)
class _Compiled:
    kind: str
    hints: tuple[str, ...]
    folds: bool
    pattern: re.Pattern[str]
    screen: re.Pattern[str] | None

    def apply(self, text: str, on_hit: OnHit) -> str:
        searched = text.lower() if self.folds else text
        # A loop: what `any` of a generator takes comes on top for every rule and string.
        for hint in self.hints:
            if hint in searched:
                return self._replace(text, on_hit)
        return text

    def _replace(self, text: str, on_hit: OnHit) -> str:
        def replace(match: re.Match[str]) -> str:
            on_hit(self.kind)
            kept = match[1] if self.pattern.groups else ""
            return f"{kept}[redacted:{self.kind}]"

        return self.pattern.sub(replace, text)


# Of names of fields that are known to be harmless: the most that are remembered, and the longest.
MAX_NAMES = 1_000
MAX_NAME = 64


class Redactor:
    """Configured rules come after the common ones."""

    def __init__(self, rules: Sequence[Rule] = (), fields: Sequence[Field] = ()) -> None:
        shared = shared_rules()
        self._rules: Sequence[_Compiled] = [_compile(rule) for rule in (*shared["rules"], *rules)]
        self._hinted = [(hint, rule.folds, rule) for rule in self._rules for hint in rule.hints]
        self._kinds = {
            canonical(name): field["kind"] for field in (*shared["fields"], *fields) for name in field["names"]
        }
        self._harmless_names: set[str] = set()
        self.may_match = Screen(self._rules, self._kinds).may_match

    def among(self, text: str) -> "Redactor":
        """The same for what is part of this JSON text, without the rules that cannot hit anything in it."""
        narrowed = copy(self)
        folded = text.lower()
        hinted = [rule for hint, folds, rule in self._hinted if hint in (folded if folds else text)]
        narrowed._rules = list(dict.fromkeys(hinted))
        return narrowed

    def text(self, text: str, on_hit: OnHit) -> str:
        """The text without its credentials; `on_hit` is told of each."""
        for rule in self._rules:
            text = rule.apply(text, on_hit)
        return text

    def name(self, name: str, on_hit: OnHit) -> tuple[str, str | None]:
        """The name of a field without credentials, and the kind of the credential that a field of this name holds."""
        if name in self._harmless_names:
            return name, None
        clean, kind = self.text(name, on_hit), self._kinds.get(canonical(name))
        if clean == name and kind is None and len(name) <= MAX_NAME and len(self._harmless_names) < MAX_NAMES:
            self._harmless_names.add(name)
        return clean, kind


def _compile(rule: Rule) -> _Compiled:
    folds = "i" in rule["flags"]
    flags = re.IGNORECASE if folds else 0
    hints: Any = [hint.lower() if folds else hint for hint in rule["hints"]]
    screen = rule.get("screen")
    return _Compiled(
        rule["kind"],
        tuple(hints),
        folds,
        re.compile(rule["pattern"], flags),
        None if screen is None else re.compile(screen, flags),
    )
