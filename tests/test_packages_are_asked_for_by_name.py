"""What `make add` takes, and what it refuses before anything starts."""

from __future__ import annotations

import pytest

from dependencies import wanted
from project import RefusedError


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("polars", ["polars"]),
        ("polars>=1 'dask[dataframe, distributed]' ruamel.yaml~=0.18", None),
        ('''"torch>=2 ; python_version >= '3.12'"''', ["torch>=2 ; python_version >= '3.12'"]),
        ("zope.interface!=5,<7", ["zope.interface!=5,<7"]),
    ],
)
def test_one_or_several_with_versions_extras_and_markers(text: str, requirements: list[str] | None) -> None:
    assert wanted(text) == (requirements or ["polars>=1", "dask[dataframe, distributed]", "ruamel.yaml~=0.18"])


@pytest.mark.parametrize("text", ["", "  ", "'polars", "-r", "--index-url", "polars >= 1", "_x", ">=1"])
def test_anything_else_gets_a_line_of_usage(text: str) -> None:
    with pytest.raises(RefusedError, match='make add PKG="polars"') as refusal:
        wanted(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["git+https://example.org/x.git", "./x", "../x", "/x", ".", "-e.", "'x @ https://example.org/x.whl'", "x.whl"],
)
def test_what_has_no_hash_in_an_index_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="cannot be locked: add packages by name"):
        wanted(text)
