"""Credentials, and what stands in their place. The rules are shared with other languages as data."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypedDict


class Rule(TypedDict):
    """What the pattern's first group matches, if it has one, is kept. Text without a hint is never a hit."""

    kind: str
    pattern: str
    flags: str
    hints: Sequence[str]


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


@dataclass(frozen=True)
class _Compiled:
    kind: str
    hints: tuple[str, ...]
    folds: bool
    pattern: re.Pattern[str]

    def apply(self, text: str, folded: str, on_hit: OnHit) -> str:
        if not any(hint in (folded if self.folds else text) for hint in self.hints):
            return text

        def replace(match: re.Match[str]) -> str:
            on_hit(self.kind)
            kept = match[1] if self.pattern.groups else ""
            return f"{kept}[redacted:{self.kind}]"

        return self.pattern.sub(replace, text)


class Redactor:
    """Configured rules come after the common ones."""

    def __init__(self, rules: Sequence[Rule] = (), fields: Sequence[Field] = ()) -> None:
        shared = shared_rules()
        self._rules = [_compile(rule) for rule in (*shared["rules"], *rules)]
        self._kinds = {
            _canonical(name): field["kind"] for field in (*shared["fields"], *fields) for name in field["names"]
        }
        self._exact = tuple({hint for rule in self._rules if not rule.folds for hint in rule.hints})
        folded = {hint for rule in self._rules if rule.folds for hint in rule.hints}
        self._folded = (*(_canonical(hint) for hint in folded), *(f'"{name}"' for name in self._kinds))

    def may_match(self, text: str) -> bool:
        """False: nothing in this JSON text is a credential. True: something may be."""
        # Loops: what `any` of a generator takes comes on top of every event's cost.
        for hint in self._exact:
            if hint in text:
                return True
        canonical = _canonical(text)
        for hint in self._folded:  # noqa: SIM110
            if hint in canonical:
                return True
        return False

    def text(self, text: str, on_hit: OnHit) -> str:
        """The text without its credentials; `on_hit` is told of each."""
        for rule in self._rules:
            text = rule.apply(text, text.lower() if rule.folds else text, on_hit)
        return text

    def field_kind(self, name: str) -> str | None:
        """The kind of credential a field of this name holds."""
        return self._kinds.get(_canonical(name))


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def _compile(rule: Rule) -> _Compiled:
    folds = "i" in rule["flags"]
    hints: Any = [hint.lower() if folds else hint for hint in rule["hints"]]
    pattern = re.compile(rule["pattern"], re.IGNORECASE if folds else 0)
    return _Compiled(rule["kind"], tuple(hints), folds, pattern)
