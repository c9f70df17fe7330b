"""What the orders example does. A function that raises fails its operation, or its item of a fan-out."""

from typing import Any

ORDERS = [
    {"id": 1, "what": "lamp", "pieces": 2, "price": 40.0},
    {"id": 2, "what": "table", "pieces": 1, "price": 320.0},
    {"id": 3, "what": "chair", "pieces": 4, "price": 75.0},
    {"id": 4, "what": "unicorn", "pieces": 1, "price": 9.5},
]


def read(day: str) -> dict[str, Any]:
    print(f"{len(ORDERS)} orders of {day}")
    return {"list": ORDERS}


def stock() -> dict[str, Any]:
    return {"pieces": {"lamp": 10, "table": 3, "chair": 4}}


def check(order: dict[str, Any], stock: dict[str, int]) -> dict[str, Any]:
    if order["what"] not in stock:
        raise LookupError(f"order {order['id']}: we have no {order['what']}")
    return {"id": order["id"], "pieces": order["pieces"]}


def turnover(orders: list[dict[str, Any]]) -> dict[str, float]:
    return {"amount": sum(order["pieces"] * order["price"] for order in orders)}


def number(day: str) -> dict[str, str]:
    return {"number": f"{day.replace('-', '')}-001"}


def write_down(day: str, invoice: str, letter: bool) -> dict[str, str]:
    return {"entry": f"{day}: invoice {invoice}, {'a letter' if letter else 'no letter'}"}
