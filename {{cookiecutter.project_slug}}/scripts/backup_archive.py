"""The file of `make backup`: a zip archive of the database's and the folders' parts, and a manifest of what is in it.

`unzip` alone opens it (docs/backup.md of the template). What a file says of itself is believed only as far as it can be
checked: a part that is not what the manifest says, or larger, is refused.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from project import RefusedError

FORMAT, VERSION = "jupyter-docker-template backup", 2
MANIFEST = "manifest.json"
# What a manifest holds at least, and what it says of each table and part.
SHAPE = dict[str, type](project=str, made=str, database=str, server=str, tables=dict, objects=dict, parts=dict)
TABLE, PART = dict[str, type](rows=int), dict[str, type](sha256=str, raw=int)
PIECE, MOST = 2**20, 2**26
Manifest = dict[str, Any]


class Writer(zipfile.ZipFile):
    """Writes one backup to a file, of which nothing counts before `finish`."""

    def __init__(self, file: IO[bytes] | Path) -> None:
        """Begin."""
        super().__init__(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._parts = dict[str, Manifest]()

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Compress what comes into a part, and note what it is."""
        raw, summed = 0, hashlib.sha256()
        with self.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                raw += len(chunk)
                summed.update(chunk)
                part.write(chunk)
        self._parts[name] = {"raw": raw, "sha256": summed.hexdigest()}

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, without which no part counts."""
        known = {"format": FORMAT, "version": VERSION, **manifest, "parts": self._parts}
        self.writestr(MANIFEST, json.dumps(known, indent=1))


class Archive:
    """A backup that was read to its end and is sound.

    Attributes:
        path: the file.
        manifest: what it says of itself.
    """

    def __init__(self, path: Path) -> None:
        """Read it; refused if that cannot be, or it is no backup, damaged, cut, or of another format."""
        self.path, head = path, b""
        try:
            with path.open("rb") as file:
                head = file.read(512)
            self._zip = zipfile.ZipFile(path)
            self.manifest = self._described()
            if sorted(self._zip.namelist()) != sorted([*self.manifest["parts"], MANIFEST]):
                raise ValueError("parts are missing, or there are too many")
            for name in self.manifest["parts"]:
                for _ in self.read(name):
                    pass
        except RefusedError:
            raise
        except OSError as error:
            raise RefusedError(f"{path} cannot be read: {error.strerror or error}") from error
        except Exception as error:  # whatever Python's readers raise of a file that is not what it should be
            raise RefusedError(self._wrong(head, str(error))) from error

    def _wrong(self, head: bytes, why: str) -> str:
        """Return the line for a file that is not sound, by how it begins."""
        if head[257:262] == b"ustar" and head.startswith((b"tables/", b"database/", b"folders/", b"manifest.")):
            return (
                f"{self.path} has the format of an older template, whose scripts/convert_backup.py makes today's of it"
                ' (docs/backup.md, "Older files"). Nothing was changed'
            )
        if not head[30:].startswith((b"database.", b"folders/", b"manifest.")):
            return f"{self.path} is no file that 'make backup' wrote. Nothing was changed"
        said = why if why and why.isprintable() else "its structure is broken"
        return f"{self.path} is damaged: {said}. Nothing was changed; take another backup"

    def _described(self) -> Manifest:
        """Return the manifest if it has all that is asked of it later."""
        with self._zip.open(MANIFEST) as file:
            text = file.read(MOST)
        manifest = json.loads(text)
        if manifest["format"] != FORMAT or manifest["version"] > VERSION:
            raise RefusedError(f"{self.path} was made by a newer template: update this project. Nothing was changed")
        said = [(manifest, SHAPE), *((one, TABLE) for one in manifest["tables"].values())]
        for one, shape in [*said, *((one, PART) for one in manifest["parts"].values())]:
            if odd := [name for name, kind in shape.items() if type(one[name]) is not kind]:
                raise ValueError(f"its manifest is odd: {odd[0]}")
        if not all(manifest[name].isprintable() for name, kind in SHAPE.items() if kind is str):
            raise ValueError("its manifest is odd")
        return dict(manifest)

    def read(self, name: str) -> Iterator[bytes]:
        """Yield what a part holds, and no more than is noted, however much it would become."""
        try:
            noted, summed = self.manifest["parts"][name], hashlib.sha256()
            left = noted["raw"]
            with self._zip.open(name) as part:
                while piece := part.read(PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise ValueError(f"its part {name!r} is larger than noted")
                    summed.update(piece)
                    yield piece
            if left or summed.hexdigest() != noted["sha256"]:
                raise ValueError(f"its part {name!r} is not as it was written")
        except Exception as error:
            raise RefusedError(
                f"{self.path} is damaged, or changed while it was read ({error}): take another backup"
            ) from error
