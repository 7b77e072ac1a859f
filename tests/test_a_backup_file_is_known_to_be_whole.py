"""The file of `make backup`: what was cut or changed is refused, or is the very same backup; so is what is foreign."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backup_archive import MANIFEST, Manifest, RefusedError, Writer, check, parts

PARTS = {f"tables/0001/{number:06}.csv.zst": bytes([number]) * (number * 997) for number in range(1, 6)}


def written(manifest: Manifest) -> bytes:
    stream = io.BytesIO()
    writer = Writer(stream)
    for name, data in PARTS.items():
        writer.add(name, data, rows=len(data))
    writer.close(manifest)
    return stream.getvalue()


WHOLE = written({"project": "a", "tables": [{"name": "é`"}]})


def read(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    manifest = check(path)
    with path.open("rb") as file:
        return manifest, {part["name"]: data for part, data in parts(file, manifest)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def test_a_whole_file_gives_its_manifest_and_its_parts(file: Path) -> None:
    file.write_bytes(WHOLE)
    manifest, found = read(file)
    assert manifest["tables"] == [{"name": "é`"}]
    assert [part["rows"] for part in manifest["parts"]] == [len(data) for data in PARTS.values()]
    assert found == PARTS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_a_changed_byte_is_refused_or_changes_nothing(file: Path, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(WHOLE) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != WHOLE[place]))
    file.write_bytes(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    try:
        manifest, found = read(file)
    except RefusedError as refusal:
        assert "\n" not in str(refusal)
    else:  # what fills a block of the archive means nothing
        assert found == PARTS
        assert manifest["project"] == "a"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
def test_a_cut_file_is_refused(file: Path, data: st.DataObject) -> None:
    # The archive ends with blocks of zeros, which say nothing.
    file.write_bytes(WHOLE[: data.draw(st.integers(0, len(WHOLE.rstrip(b"\0")) - 1))])
    with pytest.raises(RefusedError, match=r"is damaged|is no file that 'make backup' wrote"):
        check(file)


@pytest.mark.parametrize("name", ["notes.txt", "folder/notes.txt", MANIFEST])
def test_another_tar_archive_is_foreign(file: Path, name: str) -> None:
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    with pytest.raises(RefusedError, match=r"is no file|its manifest is not as it was written"):
        check(file)


def test_a_newer_format_is_told(file: Path) -> None:
    file.write_bytes(written({"version": 2, "project": "a"}))
    with pytest.raises(RefusedError, match="made by a newer template"):
        check(file)


def test_a_file_that_changes_after_the_check_is_noticed(file: Path) -> None:
    file.write_bytes(WHOLE)
    manifest = check(file)
    for bad in (WHOLE[:3000], WHOLE.replace(bytes([3]) * 100, bytes([4]) * 100)):
        with pytest.raises(RefusedError, match="ended or changed"):
            list(parts(io.BytesIO(bad), manifest))
