"""Puts the redaction rules, of which the repository keeps one copy for all languages, into the package."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "rules.json"
PACKAGED = f"src/container_hook_agent/{NAME}"


class RulesHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        packaged = Path(self.root, PACKAGED)
        shared = Path(self.root, "..", "session-protocol", "redaction", NAME)
        source = packaged if packaged.exists() else shared.resolve()
        target = PACKAGED if self.target_name == "sdist" else f"container_hook_agent/{NAME}"
        build_data["force_include"][str(source)] = target
