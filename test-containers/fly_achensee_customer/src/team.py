"""The team: a governor hands tasks to specialists until the customer has an answer."""

from typing import Annotated, Literal, Protocol, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command
from pydantic import BaseModel, Field

from .specialists import Specialist, ask, graph_of

RULES = """You are the governor of a paragliding school's office. A request of a customer is solved by your specialists:
booking, weather_safety and customer_care. Give one task at a time to one of them. No flight is promised that
weather_safety has not judged, and every customer gets a letter from customer_care. When all is done, finish."""


class Assign(BaseModel):
    """Gives a task to a specialist."""

    specialist: Literal["booking", "weather_safety", "customer_care"]
    task: str = Field(description="what to do, in one or two sentences")


class Finish(BaseModel):
    """Says that the request is solved."""

    summary: str = Field(description="what was done, in one sentence")


class Given(TypedDict):
    request: str
    messages: Annotated[list[AnyMessage], add_messages]


class Team(Given, total=False):
    task: str
    call_id: str
    summary: str


class Node(Protocol):
    def __call__(self, state: Team) -> Command[str]: ...


TeamGraph = CompiledStateGraph[Team, None, Team, Team]


def governor_node(model: BaseChatModel) -> Node:
    deciding = model.bind_tools([Assign, Finish], tool_choice="any")

    def governor(state: Team) -> Command[str]:
        answer = deciding.invoke([SystemMessage(RULES), HumanMessage(state["request"]), *state["messages"]])
        call = answer.tool_calls[0]
        if call["name"] == "Finish":
            return Command(goto=END, update={"messages": [answer], "summary": Finish(**call["args"]).summary})
        order = Assign(**call["args"])
        return Command(
            goto=order.specialist,
            update={"messages": [answer], "task": order.task, "call_id": call["id"]},
        )

    return governor


def specialist_node(specialist: Specialist, model: BaseChatModel) -> Node:
    graph = graph_of(specialist, model)

    def work(state: Team) -> Command[str]:
        report = ask(graph, state["task"], state["request"])
        return Command(goto="governor", update={"messages": [ToolMessage(report, tool_call_id=state["call_id"])]})

    return work


def team_of(members: list[Specialist], model: BaseChatModel) -> TeamGraph:
    graph = StateGraph(Team)
    names = tuple(member.name for member in members)
    graph.add_node("governor", governor_node(model), destinations=(*names, END))
    for member in members:
        graph.add_node(member.name, specialist_node(member, model), destinations=("governor",))
    graph.add_edge(START, "governor")
    return graph.compile(name="fly_achensee")
