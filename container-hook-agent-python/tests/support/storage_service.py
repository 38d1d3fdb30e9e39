"""The storage service itself, built by `npm run build`, in a process and a folder of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).parents[3]
MAIN = REPOSITORY / "session-storage-service" / "dist" / "main.js"


class StorageService:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/api/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def nodes(self, run_id: str) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.get(f"agents/logs?runId={run_id}")["nodes"]
        return nodes


@contextmanager
def storage_service(folder: Path) -> Iterator[StorageService]:
    env = {"PATH": os.environ["PATH"], "PORT": "0", "DATA_DIR": str(folder)}
    process = subprocess.Popen(["node", str(MAIN)], env=env, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield StorageService(_address(process))
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        said = json.loads(line)
        if said.get("msg") == "listening":
            return f"http://{said['host']}:{said['port']}"
    raise AssertionError("the service did not start")
