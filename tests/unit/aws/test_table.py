"""What the Table on DynamoDB refuses before it asks anybody."""

from __future__ import annotations

import pytest

from bunsui.aws.clients import Clients
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import InvalidInput
from bunsui.ports import Record


def test_a_transaction_over_four_megabytes_is_refused_with_its_size() -> None:
    records = [Record("p", str(number), {"text": "x" * 300_000}) for number in range(15)]
    with pytest.raises(InvalidInput, match=r"4,50\d,\d\d\d bytes"):
        DynamoDBClient(Clients(region="eu-west-1"), "records").transact(records)
