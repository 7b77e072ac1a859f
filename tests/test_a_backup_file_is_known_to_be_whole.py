"""The file of `make backup`: what was cut or changed is refused, or is the very same backup; so is what is foreign.

Whatever is wrong with it, and however odd it is, that is one clear line.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backup_archive import MANIFEST, SEAL, Archive, Manifest, Writer
from project import RefusedError

PARTS = {f"database/{number}.sql.gz": bytes([number]) * (number * 997) for number in range(1, 6)}
KNOWN: Manifest = {"project": "a", "made": "now", "database": "mysql", "server": "9.7", "objects": {"view v": "x"}}
KNOWN["tables"] = {"é`": {"rows": 3}}
IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def written(path: Path, manifest: Manifest) -> bytes:
    with path.open("wb") as file:
        writer = Writer(file)
        for name, data in PARTS.items():
            writer.add(name, [data[:100], data[100:]])
        writer.close(manifest)
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("whole") / "backup.tar", KNOWN)


def read(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    archive = Archive(path)
    return archive.manifest, {name: b"".join(archive.read(name)) for name in archive.manifest["parts"]}


def refusal(path: Path) -> str:
    """Return the line with which a file is refused."""
    with pytest.raises(RefusedError) as refused:
        read(path)
    assert str(refused.value).isprintable()
    return str(refused.value)


def changed(whole: bytes, path: Path, manifest: Any, **parts: bytes) -> None:  # noqa: ANN401 - odd ones are the point
    """Write a backup with another manifest, sealed, and further or other parts."""
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        found = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
    text = json.dumps(manifest).encode()
    found.update({name.replace("__", "/"): data for name, data in parts.items()})
    found.update({MANIFEST: text, SEAL: hashlib.sha256(text).hexdigest().encode()})
    with tarfile.open(path, "w") as archive:
        for name, data in found.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def test_a_whole_file_gives_its_manifest_and_its_parts(file: Path, whole: bytes) -> None:
    file.write_bytes(whole)
    manifest, found = read(file)
    assert manifest["tables"] == KNOWN["tables"]
    assert found == PARTS


def test_plain_tar_and_gunzip_read_it(whole: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        assert archive.getnames() == [*PARTS, MANIFEST, SEAL]
        for name, data in PARTS.items():
            assert gzip.decompress(archive.extractfile(name).read()) == data  # type: ignore[union-attr]


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
    else:  # what fills a block of the archive means nothing
        assert found == PARTS
        assert manifest["project"] == "a"


@IN_A_FOLDER
@given(st.data())
def test_a_cut_file_is_refused(file: Path, whole: bytes, data: st.DataObject) -> None:
    # The archive ends with blocks of zeros, which say nothing.
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole.rstrip(b"\0")) - 1))])
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
    path = data.draw(st.lists(st.sampled_from(["parts", "tables", "format", "version", *KNOWN, "raw"]), max_size=3))
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
    """200 KB that would be 200 MB are read as far as the manifest says."""
    file.write_bytes(whole)
    manifest, _ = read(file)
    bomb = gzip.compress(bytes(2 * 10**8))
    assert len(bomb) < 200_000
    manifest["parts"]["database/1.sql.gz"] = {"raw": 1000, "sha256": hashlib.sha256(bomb).hexdigest()}
    changed(whole, file, manifest, **{"database/1.sql.gz": bomb})
    taken = 0
    with pytest.raises(RefusedError, match="larger than noted"):
        for piece in Archive(file).read("database/1.sql.gz"):
            taken += len(piece)
    assert taken <= 1000


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_part_that_is_no_file_is_refused(file: Path, whole: bytes, kind: bytes) -> None:
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo("database/1.sql.gz")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    assert "is damaged: 'database/1.sql.gz' is no part of a backup" in refusal(file)


@pytest.mark.parametrize("name", ["notes.txt", "folder/notes.txt", MANIFEST])
def test_another_tar_archive_is_foreign(file: Path, name: str) -> None:
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    said = refusal(file)
    assert "is no file" in said or "its end is missing" in said


@pytest.mark.parametrize(("version", "words"), [(3, "made by a newer template"), (1, "convert_backup.py")])
def test_another_format_is_told(file: Path, version: int, words: str) -> None:
    written(file, {**KNOWN, "version": version})
    assert words in refusal(file)


def test_a_file_that_changes_after_the_check_is_noticed(file: Path, whole: bytes) -> None:
    file.write_bytes(whole)
    archive = Archive(file)
    place = whole.index(gzip.compress(PARTS["database/3.sql.gz"], 1)[12:40])
    for bad in (whole[:1200], whole[:place] + b"?" + whole[place + 1 :]):
        file.write_bytes(bad)
        with pytest.raises(RefusedError, match="damaged, or changed while it was read"):
            for name in PARTS:
                list(archive.read(name))
