"""Which versions the next lock is asked to hold, and what is said about the difference."""

from __future__ import annotations

from dependencies import Installed, compare
from locks import changes, locked, pinned

HASH = f" \\\n    --hash=sha256:{'a' * 64}\n"
LOCK = (
    f"numpy==2.4.6 ; python_full_version < '3.12'{HASH}numpy==2.5.5 ; python_full_version >= '3.12'{HASH}"
    f"pandas==3.1.1{HASH}"
)
PINNED = "numpy==2.5.4 ; python_full_version >= '3.12'\n"


def test_of_several_entries_the_one_that_was_installed_gives_way() -> None:
    text = pinned(LOCK, {"numpy": "2.5.4"}, {"numpy": "2.5.5"})
    assert text == LOCK.replace(f"numpy==2.5.5 ; python_full_version >= '3.12'{HASH}", PINNED)


def test_in_a_lock_newer_than_the_image_every_entry_gives_way() -> None:
    text = pinned(LOCK, {"numpy": "2.3.1", "humanize": "4.14.0"}, {"numpy": "2.3.0"})
    assert text == f"pandas==3.1.1{HASH}numpy==2.3.1\nhumanize==4.14.0\n"


def test_each_package_that_changed_gets_a_line() -> None:
    new = f"numpy==2.5.5{HASH}polars==1.36.1{HASH}"
    assert changes(locked(LOCK), locked(new)) == [
        "numpy 2.4.6, 2.5.5 -> 2.5.5",
        "- pandas 3.1.1",
        "+ polars 1.36.1",
    ]


def test_what_was_changed_by_hand_is_told_from_what_was_built() -> None:
    now = "dask==2026.1.0\nhumanize==4.14.0\npandas==3.0.0\nown @ file:///tmp/own\n-e file:///tmp/mine\ntqdm==4.67.3\n"
    built = "bleach==6.4.0\npandas==3.1.1\ntqdm==4.67.3\n"
    folder = "/opt/project/lib/python3.13/site-packages"
    asked = "".join(f"{folder}/{name}.dist-info/REQUESTED\n" for name in ("Humanize-4.14.0", "tqdm-4.67.3", "own-1"))
    assert compare(f"{now}--\n{built}--\n{asked}") == Installed(
        versions={"dask": "2026.1.0", "humanize": "4.14.0", "pandas": "3.0.0"},
        before={"pandas": "3.1.1"},
        requested={"humanize"},
        elsewhere=["own @ file:///tmp/own", "-e file:///tmp/mine"],
        removed=["bleach"],
    )
