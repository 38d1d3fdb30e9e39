"""The office, on record: LangGraph by the one import, and what only the office knows, its team and its goals."""

import signal
import sys
from collections import Counter
from types import FrameType

import container_hook_agent.langgraph  # noqa: F401
from container_hook_agent import hook_agent

from .office import Office, Request
from .settings import read_settings

GOVERNOR = "governor"


class Stopped(BaseException):
    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


def stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def spawn_team(office: Office) -> None:
    hook_agent.update_state({"phase": "team_spawn", "workspace": {"cwd": str(office.workspace.folder)}})
    hook_agent.spawn_agent({"agentId": GOVERNOR, "type": "governor", "task": "Have every request solved"})
    for member in office.members:
        tools = [tool.name for tool in member.tools]
        about = {"agentId": member.name, "type": member.title, "parentAgentId": GOVERNOR, "tools": tools}
        hook_agent.spawn_agent({**about, "task": member.rules})


def dismiss_team(office: Office, tasks: Counter[str], status: str, outcome: str) -> None:
    for member in office.members:
        hook_agent.complete_agent(member.name, {"status": status, "result": f"{tasks[member.name]} task(s) done"})
    hook_agent.complete_agent(GOVERNOR, {"status": status, "result": outcome})


def goal_of(request: Request) -> str:
    return f"request-{request.id}"


def solve_all(office: Office, tasks: Counter[str]) -> int:
    """Answers the number of requests; `tasks` counts what each specialist has done."""
    requests = list(office.requests())
    for request in requests:
        sender = request.text.partition("\n")[0].removeprefix("From: ")
        hook_agent.add_goal({"id": goal_of(request), "description": f"Answer {sender}", "request": request.text})
    for number, request in enumerate(requests, 1):
        state = {"phase": "solving", "currentStep": request.id, "requests": {"all": len(requests), "now": number}}
        hook_agent.update_state(state)
        hook_agent.update_goal(goal_of(request), {"status": "in_progress"})
        solution = office.solve(request)
        tasks.update(solution.tasks)
        hook_agent.update_goal(goal_of(request), {"status": "completed", "result": solution.summary})
        print(f"{request.id}: {solution.summary}", flush=True)
    return len(requests)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    office = Office(read_settings())
    tasks: Counter[str] = Counter()
    spawn_team(office)
    try:
        solved = solve_all(office, tasks)
    except Stopped as stopped:
        # The session stays open: the next container goes on with what is left on the desk.
        hook_agent.update_state({"phase": "stopped", "currentStep": None, "reason": str(stopped)})
        hook_agent.close()
        return stopped.exit_code
    except Exception as error:
        dismiss_team(office, tasks, "failed", str(error))
        hook_agent.update_state({"phase": "failed", "currentStep": None})
        hook_agent.finalize_session({"status": "failure", "outcome": str(error)})
        raise
    outcome = f"{solved} request(s) solved"
    dismiss_team(office, tasks, "completed", outcome)
    hook_agent.update_state({"phase": "completed", "currentStep": None})
    hook_agent.finalize_session({"status": "success", "outcome": outcome})
    hook_agent.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
