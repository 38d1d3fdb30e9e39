"""Who is on the team, what they know and what they can do."""

from dataclasses import dataclass
from datetime import date

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from .tools.booking import booking_tools
from .tools.care import care_tools
from .tools.weather import weather_tools
from .workspace import Workspace

Graph = CompiledStateGraph[MessagesState, None, MessagesState, MessagesState]

COMMON = "Use your tools, never guess. When your task is done, report in at most three sentences what you did."


@dataclass(frozen=True)
class Specialist:
    name: str
    title: str
    rules: str
    tools: list[BaseTool]


def specialists(workspace: Workspace, today: date) -> list[Specialist]:
    return [
        Specialist(
            "booking",
            "booking",
            f"You are the booking specialist of a paragliding school. {COMMON}",
            booking_tools(workspace),
        ),
        Specialist(
            "weather_safety",
            "weather and safety",
            "You are the weather and safety specialist of a paragliding school. "
            f"What is above a limit does not fly. {COMMON}",
            weather_tools(workspace),
        ),
        Specialist(
            "customer_care",
            "customer care",
            f"You are the customer care specialist of a paragliding school: you write what customers read. {COMMON}",
            care_tools(workspace, today),
        ),
    ]


def graph_of(specialist: Specialist, model: BaseChatModel) -> Graph:
    """The specialist as a graph of its own: thinks, uses tools, thinks again, also about a tool that failed."""
    thinking = model.bind_tools(specialist.tools)

    def think(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [thinking.invoke([SystemMessage(specialist.rules), *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(specialist.tools, handle_tool_errors=True))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile(name=specialist.name)


def ask(graph: Graph, task: str, request: str) -> str:
    """Answers the specialist's report."""
    state = graph.invoke({"messages": [HumanMessage(f"Task: {task}\n\nThe customer's request:\n{request}")]})
    return str(state["messages"][-1].text)
