"""What the office does in a day: one request after the other, until the desk is empty."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .settings import Settings, model_of
from .specialists import Specialist, specialists
from .team import team_of
from .workspace import Workspace


@dataclass(frozen=True)
class Request:
    id: str
    text: str
    path: Path


@dataclass(frozen=True)
class Solution:
    """What was done, and how many tasks each specialist had in it."""

    summary: str
    tasks: Counter[str]


class Office:
    def __init__(self, settings: Settings) -> None:
        self.workspace = Workspace(settings.workspace)
        self.members: list[Specialist] = specialists(self.workspace, settings.today)
        self._team = team_of(self.members, model_of(settings))

    def requests(self) -> Iterator[Request]:
        for path in self.workspace.requests():
            yield Request(path.stem, path.read_text("utf-8"), path)

    def solve(self, request: Request) -> Solution:
        state = self._team.invoke(
            {"request": request.text, "messages": []},
            {"configurable": {"thread_id": request.id}, "recursion_limit": 40},
        )
        self.workspace.answered(request.path)
        calls = [call for message in state["messages"] for call in getattr(message, "tool_calls", [])]
        tasks = Counter(call["args"]["specialist"] for call in calls if call["name"] == "Assign")
        return Solution(state["summary"], tasks)
