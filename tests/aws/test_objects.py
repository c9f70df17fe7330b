"""What S3Client does beyond its port's suite."""

from __future__ import annotations

import urllib.request

from bunsui.aws.objects import S3Client
from ministack.server import MiniStack


def test_whoever_has_the_address_reads_the_object(ministack: MiniStack) -> None:
    objects = ministack.objects()
    objects.put("reports/a b é.html", b"<html>")
    with urllib.request.urlopen(objects.url("reports/a b é.html")) as answer:
        assert answer.read() == b"<html>"


def test_what_lies_beside_the_prefix_is_neither_seen_nor_touched(ministack: MiniStack) -> None:
    objects = ministack.objects()
    whole = S3Client(objects._clients, objects._bucket)
    whole.put("beside/k", b"1")
    whole.put("belowish", b"2")
    objects.put("k", b"3")
    assert list(objects.list("")) == ["k"]
    objects.delete("k")
    assert list(whole.list("")) == ["belowish", "beside/k"]
