"""The file of `make backup`: a zip archive of the database's and the folders' parts, and a manifest of what is in it.

`unzip` alone opens it (docs/backup.md of the template). It is read to its end before it is believed; zip notes the size
and the checksum of each part, and no more than that is read of it.
"""

from __future__ import annotations

import functools
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from project import RefusedError

FORMAT, VERSION = "jupyter-docker-template backup", 2
MANIFEST = "manifest.json"
# What a manifest holds at least.
SHAPE = dict[str, type](project=str, made=str, database=str, server=str, tables=dict, objects=dict)
PIECE, MOST = 2**20, 2**26
Manifest = dict[str, Any]


class Writer(zipfile.ZipFile):
    """Writes one backup to a file, of which nothing counts before `finish`."""

    def __init__(self, file: IO[bytes] | Path) -> None:
        """Begin."""
        super().__init__(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Compress what comes into a part."""
        with self.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, without which no part counts."""
        known = {"format": FORMAT, "version": VERSION, **manifest, "parts": self.namelist()}
        self.writestr(MANIFEST, json.dumps(known, indent=1))


class Archive:
    """A backup that was read to its end and is sound.

    Attributes:
        path: the file.
        manifest: what it says of itself.
        folders: the parts of the folders that it holds, by the folders' names.
        is_sqlite: whether its database is an SQLite file.
    """

    def __init__(self, path: Path) -> None:
        """Read it; refused if that cannot be, or it is no backup, damaged, cut, or of another format."""
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                self.manifest = self._described(archive)
                names = archive.namelist()
                if sorted(names) != sorted([*self.manifest["parts"], MANIFEST]):
                    raise ValueError("parts are missing, or there are too many")
                if bad := archive.testzip():
                    raise ValueError(f"its part {bad!r} is not as it was written")
        except RefusedError:
            raise
        except OSError as error:
            raise RefusedError(f"{path} cannot be read: {error.strerror or error}") from error
        except Exception as error:  # whatever Python's readers raise of a file that is not what it should be
            raise RefusedError(f"{path} {self._wrong(str(error))}") from error
        self.folders = {name[len("folders/") : -len(".tar")]: name for name in names if name.startswith("folders/")}
        self.is_sqlite = self.manifest["database"] == "sqlite"

    def _wrong(self, why: str) -> str:
        """Return what is wrong with a file that is not sound, by how it begins."""
        with self.path.open("rb") as file:
            head = file.read(512)
        if head[257:262] == b"ustar" and head.startswith((b"tables/", b"database/", b"folders/", b"manifest.")):
            return (
                "has the format of an older template, whose scripts/convert_backup.py makes today's of it"
                ' (docs/backup.md, "Older files"). Nothing was changed'
            )
        if not head[30:].startswith((b"database.", b"folders/", b"manifest.")):
            return "is no file that 'make backup' wrote. Nothing was changed"
        said = why if why and why.isprintable() else "its structure is broken"
        return f"is damaged: {said}. Nothing was changed; take another backup"

    def _described(self, archive: zipfile.ZipFile) -> Manifest:
        """Return the manifest if it has all that is asked of it later."""
        with archive.open(MANIFEST) as file:
            manifest = json.loads(file.read(MOST))
        if manifest["format"] != FORMAT or manifest["version"] > VERSION:
            raise RefusedError(f"{self.path} was made by a newer template: update this project. Nothing was changed")
        found = [(manifest[name], kind) for name, kind in SHAPE.items()]
        found += [(table["rows"], int) for table in manifest["tables"].values()]
        if not all(type(value) is kind and str(value).isprintable() for value, kind in found):
            raise ValueError("its manifest is odd")
        return dict(manifest)

    def read(self, name: str) -> Iterator[bytes]:
        """Yield what a part holds, in pieces."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as part:
                yield from iter(functools.partial(part.read, PIECE), b"")
        except Exception as error:
            raise RefusedError(
                f"{self.path} is damaged, or changed while it was read ({error}): take another backup"
            ) from error
