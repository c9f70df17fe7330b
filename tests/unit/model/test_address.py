"""Addresses of objects in S3, as texts."""

from __future__ import annotations

import pytest

from bunsui.model.address import beside, folder_of, parsed


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("s3://b/k.yaml", ("b", "k.yaml", "")),
        ("s3://b/p/k.yaml?versionId=x.1", ("b", "p/k.yaml", "x.1")),
        ("s3://b", ("b", "", "")),
        ("s3://b/p/", ("b", "p/", "")),
        ("s3://b/what?.yaml", ("b", "what?.yaml", "")),
        ("s3://", ("", "", "")),
    ],
)
def test_an_address_has_a_bucket_a_key_and_perhaps_a_version(text: str, parts: tuple[str, str, str]) -> None:
    found = parsed(text)
    assert (found.bucket, found.key, found.version) == parts


def test_relative_paths_start_from_the_folder_of_an_address() -> None:
    folder = folder_of("s3://b/p/q/k.yaml?versionId=1")
    assert folder == "s3://b/p/q"
    assert beside(folder, "sub/./child.yaml") == "s3://b/p/q/sub/child.yaml"
    assert beside(folder, "../child.yaml") == "s3://b/p/child.yaml"
    assert beside(folder_of("s3://b/k.yaml"), "child.yaml") == "s3://b/child.yaml"
    assert beside(folder, "s3://c/child.yaml") == "s3://c/child.yaml"


@pytest.mark.parametrize("wanted", ["../../../x", "/etc/passwd", "~/x"])
def test_no_path_leads_out_of_the_bucket(wanted: str) -> None:
    assert beside("s3://b/p", wanted) is None
