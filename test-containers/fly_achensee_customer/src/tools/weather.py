import csv

from langchain_core.tools import BaseTool, ToolException, tool

from ..workspace import Workspace


def weather_tools(workspace: Workspace) -> list[BaseTool]:
    @tool
    def judge_weather(day: str, hour: str) -> str:
        """Compares the forecast of an hour (such as 15:00) of a day (ISO date) with the limits of the school."""
        with (workspace.folder / "forecast.csv").open(newline="", encoding="utf-8") as file:
            hours = [row for row in csv.DictReader(file) if (row["day"], row["hour"]) == (day, hour)]
        if not hours:
            raise ToolException(f"there is no forecast for {day} {hour}")
        limits = workspace.read("limits.json")
        above = [
            f"{what} {hours[0][what]} (limit {limit})"
            for what, limit in limits.items()
            if float(hours[0][what]) > limit
        ]
        told = ", ".join(f"{what} {hours[0][what]}" for what in ("wind_kmh", "gust_kmh", "direction", "rain_mm"))
        return f"{'no-go: ' + ', '.join(above) if above else 'go'}; forecast: {told}"

    @tool
    def close_flight(flight: str, reason: str) -> str:
        """Closes a flight for safety, and puts up a notice at the landing field."""
        flights = workspace.read("flights.json")
        if flight not in flights:
            raise ToolException(f"there is no flight {flight}")
        flights[flight]["open"] = False
        workspace.write("flights.json", flights)
        workspace.put(f"notices/{flight}.txt", f"{flight} does not start: {reason}\n")
        return f"{flight} is closed, the notice is up"

    return [judge_weather, close_flight]
