"""The file of `make backup`: a tar archive of gzip parts, then their manifest, then the manifest's seal.

`tar` and `gunzip` alone open it (docs/backup.md of the template). What a file says of itself is believed only as far as
it can be checked: a part that is not what the manifest says, or larger, is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from project import RefusedError

FORMAT, VERSION = "jupyter-docker-template backup", 2
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
# What a manifest holds at least, and what it says of each table and part.
SHAPE: dict[str, type] = {
    "project": str,
    "made": str,
    "database": str,
    "server": str,
    "tables": dict,
    "objects": dict,
    "parts": dict,
}
TABLE, PART = dict[str, type](rows=int), dict[str, type](sha256=str, raw=int)
PIECE, BLOCK, MOST = 2**20, 512, 2**26
GZIP = 31
"""What zlib calls its format with gzip's header."""
WRONG = (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
Manifest = dict[str, Any]


class Writer:
    """Writes one backup to a file."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin."""
        self._file, self._parts = file, dict[str, Manifest]()

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Compress what comes into a part, and note what it is."""
        start, raw, summed, packer = self._file.tell(), 0, hashlib.sha256(), zlib.compressobj(1, wbits=GZIP)
        self._file.write(bytes(BLOCK))  # for the header, which knows the size
        for chunk in chunks:
            raw += len(chunk)
            packed = packer.compress(chunk)
            summed.update(packed)
            self._file.write(packed)
        packed = packer.flush()
        summed.update(packed)
        self._file.write(packed)
        self._finish(name, start)
        self._parts[name] = {"raw": raw, "sha256": summed.hexdigest()}

    def close(self, manifest: Manifest) -> None:
        """Write the manifest and its seal, without which no part counts, and see that all is on the disk."""
        text = json.dumps({"format": FORMAT, "version": VERSION, **manifest, "parts": self._parts}, indent=1).encode()
        for name, data in ((MANIFEST, text), (SEAL, hashlib.sha256(text).hexdigest().encode())):
            start = self._file.tell()
            self._file.write(bytes(BLOCK) + data)
            self._finish(name, start)
        self._file.write(bytes(2 * BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _finish(self, name: str, start: int) -> None:
        """Write the header of what came since, and fill its last block."""
        end = self._file.tell()
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = end - start - BLOCK, 0o600, int(time.time())
        self._file.seek(start)
        self._file.write(member.tobuf(tarfile.GNU_FORMAT))
        self._file.seek(end)
        self._file.write(bytes(-end % BLOCK))


class Archive:
    """A backup that was read to its end and is sound.

    Attributes:
        path: the file.
        manifest: what it says of itself.
    """

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            RefusedError: it cannot be read, is no backup, damaged, cut, or of another format.
        """
        self.path, found = path, dict[str, tarfile.TarInfo]()
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - open as long as this is
            for member in self._tar:
                twice = member.name in found
                found[member.name] = member
                if twice or not member.isreg():
                    raise ValueError(f"{member.name!r} is no part of a backup")
            self.manifest = self._sealed(found)
            if self.manifest["parts"].keys() != found.keys() - {MANIFEST, SEAL}:
                raise ValueError("parts are missing, or there are too many")
            for name in self.manifest["parts"]:
                for _ in self._blocks(name):
                    pass
        except OSError as error:
            raise RefusedError(f"{path} cannot be read: {error.strerror or error}") from error
        except WRONG as error:
            if not any(name.startswith(("database", "folders/", "tables/", "manifest.")) for name in found):
                raise RefusedError(f"{path} is no file that 'make backup' wrote. Nothing was changed") from error
            why = (
                str(error) if isinstance(error, ValueError) and str(error).isprintable() else "its structure is broken"
            )
            raise RefusedError(f"{path} is damaged: {why}. Nothing was changed; take another backup") from error

    def _sealed(self, found: dict[str, tarfile.TarInfo]) -> Manifest:
        """Return the manifest if it is as it was written."""
        if not found.keys() >= {MANIFEST, SEAL}:
            raise ValueError("its end is missing")
        text, seal = (self._read(found[name]) for name in (MANIFEST, SEAL))
        if not seal.startswith(hashlib.sha256(text).hexdigest().encode()):
            raise ValueError("its manifest is not as it was written")
        manifest = json.loads(text)
        if manifest["format"] != FORMAT or manifest["version"] > VERSION:
            raise RefusedError(f"{self.path} was made by a newer template: update this project. Nothing was changed")
        if manifest["version"] < VERSION:
            raise RefusedError(
                f"{self.path} has the format of an older template, whose scripts/convert_backup.py makes today's of it"
                ' (docs/backup.md, "Older files"). Nothing was changed'
            )
        said = [(manifest, SHAPE), *((one, TABLE) for one in manifest["tables"].values())]
        for one, shape in [*said, *((one, PART) for one in manifest["parts"].values())]:
            if odd := [name for name, kind in shape.items() if type(one[name]) is not kind]:
                raise ValueError(f"its manifest is odd: {odd[0]}")
        if not all(manifest[name].isprintable() for name in SHAPE if SHAPE[name] is str):
            raise ValueError("its manifest is odd")
        return dict(manifest)

    def _read(self, member: tarfile.TarInfo) -> bytes:
        content = self._tar.extractfile(member)
        if content is None or member.size > MOST:
            raise ValueError(f"{member.name} is too large")
        return content.read()

    def _blocks(self, name: str) -> Iterator[bytes]:
        """Yield a part as it lies in the file."""
        content, summed = self._tar.extractfile(name), hashlib.sha256()
        while content and (block := content.read(PIECE)):
            summed.update(block)
            yield block
        if summed.hexdigest() != self.manifest["parts"][name]["sha256"]:
            raise ValueError(f"its part {name!r} is not as it was written")

    def read(self, name: str) -> Iterator[bytes]:
        """Yield what a part holds, and no more than is noted, however much it would become.

        Raises:
            RefusedError: the file has changed since it was read, or never held what it says.
        """
        unpacker = zlib.decompressobj(GZIP)
        try:
            left = self.manifest["parts"][name]["raw"]
            for block in self._blocks(name):
                while block:
                    piece = unpacker.decompress(block, PIECE)
                    block, left = unpacker.unconsumed_tail, left - len(piece)
                    if left < 0:
                        raise ValueError(f"its part {name!r} is larger than noted")
                    yield piece
            if left or not unpacker.eof:
                raise ValueError(f"its part {name!r} ends too early")
        except (OSError, *WRONG) as error:
            raise RefusedError(f"{self.path} is damaged, or changed while it was read: {error}") from error
