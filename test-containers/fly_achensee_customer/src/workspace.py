"""The desk of the office: a folder of JSON, CSV and text, made from what is shipped where there is none yet."""

import json
import shutil
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent.parent / "desk"


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / "flights.json").exists():
            shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        for name in ("answered", "outbox", "notices"):
            (folder / name).mkdir(exist_ok=True)

    def read(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / name).read_text("utf-8"))
        return document

    def write(self, name: str, document: dict[str, Any]) -> None:
        self.put(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def put(self, name: str, text: str) -> Path:
        """Whole or not at all, so that a killed process leaves no half of a file."""
        path = self.folder / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, "utf-8")
        return fresh.replace(path)

    def requests(self) -> list[Path]:
        """What nobody has answered yet, the oldest first."""
        return sorted((self.folder / "requests").glob("*.txt"))

    def answered(self, request: Path) -> None:
        request.rename(self.folder / "answered" / request.name)
