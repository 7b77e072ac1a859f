"""The file of `make backup`: what was cut or changed is refused, or is the very same backup; so is what is foreign.

Whatever is wrong with it, and however odd it is, that is one clear line.
"""

from __future__ import annotations

import io
import json
import random
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backup_archive import MANIFEST, Archive, Manifest, Writer
from project import RefusedError

PARTS = {f"folders/{number}.tar": bytes([number]) * (number * 997) for number in range(1, 6)}
KNOWN: Manifest = {"project": "a", "made": "now", "database": "mysql", "server": "9.7", "objects": {"view v": "x"}}
KNOWN["tables"] = {"é`": {"rows": 3}}
IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def written(path: Path, manifest: Manifest) -> bytes:
    with path.open("wb") as file, Writer(file) as writer:
        for name, data in PARTS.items():
            writer.add(name, [data[:100], data[100:]])
        writer.finish(manifest)
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("whole") / "backup.zip", KNOWN)


def read(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    archive = Archive(path)
    return archive.manifest, {name: b"".join(archive.read(name)) for name in archive.folders.values()}


def refusal(path: Path) -> str:
    """Return the line with which a file is refused."""
    with pytest.raises(RefusedError) as refused:
        read(path)
    assert str(refused.value).isprintable()
    return str(refused.value)


def changed(whole: bytes, path: Path, manifest: Any, **parts: bytes) -> None:  # noqa: ANN401 - odd ones are the point
    """Write a backup with another manifest, and further or other parts."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    found.update({**parts, MANIFEST: json.dumps(manifest).encode()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


def test_a_whole_file_gives_its_manifest_and_its_parts(file: Path, whole: bytes) -> None:
    file.write_bytes(whole)
    manifest, found = read(file)
    assert manifest["tables"] == KNOWN["tables"]
    assert found == PARTS


def test_plain_unzip_reads_it(whole: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.namelist() == [*PARTS, MANIFEST]
        assert {name: archive.read(name) for name in PARTS} == PARTS


@settings(IN_A_FOLDER, max_examples=300)
@given(st.data())
def test_a_changed_byte_is_refused_or_changes_nothing(file: Path, whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    file.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
    try:
        manifest, found = read(file)
    except RefusedError as refused:
        assert str(refused).isprintable()
    else:  # the time of a part, say, means nothing
        assert found == PARTS
        assert manifest["project"] == "a"


@IN_A_FOLDER
@given(st.data())
def test_a_cut_file_is_refused(file: Path, whole: bytes, data: st.DataObject) -> None:
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    said = refusal(file)
    assert "is damaged" in said or "is no file that 'make backup' wrote" in said


@IN_A_FOLDER
@given(st.binary(max_size=3000))
def test_whatever_else_it_is_it_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert "is no file that 'make backup' wrote" in refusal(file)


@IN_A_FOLDER
@given(st.data())
def test_an_odd_manifest_is_refused_or_says_what_there_is(file: Path, whole: bytes, data: st.DataObject) -> None:
    file.write_bytes(whole)
    manifest: Any = read(file)[0]
    path = data.draw(st.lists(st.sampled_from(["tables", "format", "version", *KNOWN, "rows"]), max_size=3))
    odd = data.draw(JSON)
    if path:
        place = manifest
        for name in path[:-1]:
            place = place.get(name, next(iter(place.values()))) if isinstance(place, dict) and place else {}
        if isinstance(place, dict):
            place[path[-1]] = odd
    else:
        manifest = odd
    changed(whole, file, manifest)
    try:
        read(file)
    except RefusedError as refused:
        assert str(refused).isprintable()


def test_a_part_that_becomes_more_than_is_noted_is_refused(file: Path, whole: bytes) -> None:
    """200 KB that would be 200 MB are read as far as the archive says."""
    file.write_bytes(whole)
    changed(whole, file, read(file)[0], **{"folders/1.tar": bytes(2 * 10**8)})
    large = file.read_bytes()
    assert len(large) < 300_000
    size, small = (number.to_bytes(4, "little") for number in (2 * 10**8, 997))
    assert large.count(size) == 2
    file.write_bytes(large.replace(size, small))
    assert "is damaged" in refusal(file)


def test_a_part_that_is_locked_or_there_twice_is_refused(file: Path, whole: bytes) -> None:
    file.write_bytes(whole)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("folders/1.tar", b"another")
    assert "is damaged" in refusal(file)
    locked = bytearray(whole)
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(locked)
    assert "is damaged" in refusal(file)


@pytest.mark.parametrize("name", ["notes.txt", "folder/notes.txt", MANIFEST])
def test_another_archive_is_foreign(file: Path, name: str) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "hello")
    said = refusal(file)
    assert "is no file" in said or "is damaged" in said
    with tarfile.open(file, "w") as other:
        other.addfile(tarfile.TarInfo("notes.txt"))
    assert "is no file" in refusal(file)


def test_another_format_is_told(file: Path) -> None:
    written(file, {**KNOWN, "version": 3})
    assert "made by a newer template" in refusal(file)
    with tarfile.open(file, "w") as old:
        for name in ("tables/0001/000001.csv.zst", "manifest.json"):
            old.addfile(tarfile.TarInfo(name))
    assert "convert_backup.py" in refusal(file)


def test_a_file_that_changes_after_the_check_is_noticed(file: Path) -> None:
    with file.open("wb") as opened, Writer(opened) as writer:
        writer.add("database.sql", [random.Random(1).randbytes(100_000)])  # noqa: S311 - any bytes
        writer.finish(KNOWN)
    whole, archive = file.read_bytes(), Archive(file)
    for bad in (whole[:50_000], whole[:50_000] + bytes([whole[50_000] ^ 255]) + whole[50_001:]):
        with file.open("r+b") as same:  # as a disk that fails has it
            same.truncate(0)
            same.write(bad)
        with pytest.raises(RefusedError, match="damaged, or changed while it was read"):
            list(archive.read("database.sql"))
