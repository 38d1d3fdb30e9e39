"""The office, off the record."""

import sys

from .office import Office
from .settings import read_settings


def main() -> int:
    office = Office(read_settings())
    for request in office.requests():
        print(f"{request.id}: {office.solve(request).summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
