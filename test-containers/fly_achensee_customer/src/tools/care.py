import re
from datetime import date, timedelta

from langchain_core.tools import BaseTool, ToolException, tool

from ..workspace import Workspace

ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def care_tools(workspace: Workspace, today: date) -> list[BaseTool]:
    @tool
    def check_voucher(number: str) -> str:
        """What a voucher is worth, and until when."""
        voucher = workspace.read("vouchers.json").get(number)
        if voucher is None:
            raise ToolException(f"there is no voucher {number}")
        if date.fromisoformat(voucher["until"]) < today:
            raise ToolException(f"voucher {number} of {voucher['name']} has expired on {voucher['until']}")
        return f"{voucher['worth']}, until {voucher['until']}"

    @tool
    def extend_voucher(number: str, days: int) -> str:
        """Makes a voucher good for so many days from today, at most 90."""
        vouchers = workspace.read("vouchers.json")
        if number not in vouchers or not 0 < days <= 90:
            raise ToolException(f"{number} cannot be extended by {days} days")
        vouchers[number]["until"] = (today + timedelta(days=days)).isoformat()
        workspace.write("vouchers.json", vouchers)
        return f"{number} is good until {vouchers[number]['until']}"

    @tool
    def write_letter(to: str, subject: str, body: str) -> str:
        """Sends a letter to a customer; `to` is an address such as eva@example.net."""
        if not ADDRESS.fullmatch(to):
            raise ToolException(f"{to} is no address")
        name = f"outbox/{to.partition('@')[0]}.txt"
        workspace.put(name, f"To: {to}\nSubject: {subject}\n\n{body}\n")
        return f"sent, a copy is in {name}"

    return [check_voucher, extend_voucher, write_letter]
