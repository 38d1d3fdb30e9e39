from langchain_core.tools import BaseTool, ToolException, tool

from ..workspace import Workspace


def booking_tools(workspace: Workspace) -> list[BaseTool]:
    def free(flight: str) -> int:
        bookings = workspace.read("bookings.json").values()
        taken = sum(int(booking["guests"]) for booking in bookings if booking["flight"] == flight)
        return int(workspace.read("flights.json")[flight]["seats"]) - taken

    def take(flight: str, guests: int) -> None:
        about = workspace.read("flights.json").get(flight)
        if about is None:
            raise ToolException(f"there is no flight {flight}")
        if not about["open"]:
            raise ToolException(f"{flight} is closed")
        if free(flight) < guests:
            raise ToolException(f"{flight} has {free(flight)} free seat(s), not {guests}")

    @tool
    def find_flights(day: str) -> list[str]:
        """The flights of a day (ISO date), with their starts and free seats."""
        flights = workspace.read("flights.json").items()
        return [
            f"{flight} at {about['start']}: {free(flight)} free" + ("" if about["open"] else ", closed")
            for flight, about in flights
            if about["day"] == day
        ]

    @tool
    def book_flight(flight: str, name: str, guests: int) -> str:
        """Books seats on a flight; answers the number of the booking."""
        take(flight, guests)
        bookings = workspace.read("bookings.json")
        number = f"B-{max(int(booked[2:]) for booked in bookings) + 1}"
        workspace.write("bookings.json", {**bookings, number: {"flight": flight, "name": name, "guests": guests}})
        return f"booked as {number}"

    @tool
    def move_booking(booking: str, flight: str) -> str:
        """Moves a booking to another flight."""
        bookings = workspace.read("bookings.json")
        if booking not in bookings:
            raise ToolException(f"there is no booking {booking}")
        take(flight, bookings[booking]["guests"])
        bookings[booking]["flight"] = flight
        workspace.write("bookings.json", bookings)
        start = workspace.read("flights.json")[flight]["start"]
        return f"{booking} is now on {flight} at {start}"

    return [find_flights, book_flight, move_booking]
