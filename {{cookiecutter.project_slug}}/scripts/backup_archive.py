"""The file that `make backup` writes: a tar archive of numbered parts, then their manifest, then the manifest's seal.

Each part is a zstd frame of its own, of some megabytes: rows as LOAD DATA reads them, or a piece of an SQLite file, or
of a folder's tar archive. The manifest comes last, when all is known: a file is written as a stream, and one that was
cut has none. `tar` and `zstd` alone open it (docs/backup.md of the template).
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

FORMAT, VERSION = "jupyter-docker-template backup", 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
PART = re.compile(r"(tables|database|folders)/.*\.zst$|manifest\.")
PIECE = 2**20
Manifest = dict[str, Any]


class RefusedError(Exception):
    """What was asked for cannot be done, and nothing was changed; the message says why, and what to do."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of the data, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Writer:
    """Writes one backup to a stream that need not be seekable."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Begin."""
        self._tar = tarfile.open(fileobj=stream, mode="w|")  # noqa: SIM115 - closed by `close`
        self._parts: list[dict[str, Any]] = []
        self._made = int(time.time())

    def add(self, name: str, data: bytes, **known: object) -> None:
        """Write a part, and note its size, its checksum and what else is known of it."""
        self._member(name, data)
        self._parts.append({"name": name, "size": len(data), "sha256": digest(data), **known})

    def close(self, manifest: Manifest) -> None:
        """Write the manifest and its seal, without which no part counts."""
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._made))
        head = {"format": FORMAT, "version": VERSION, "made": made}
        text = json.dumps({**head, **manifest, "parts": self._parts}, ensure_ascii=False, indent=1).encode()
        self._member(MANIFEST, text)
        self._member(SEAL, f"{digest(text)}  {MANIFEST}\n".encode())
        self._tar.close()

    def _member(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(data), self._made, 0o600
        self._tar.addfile(member, io.BytesIO(data))


def check(path: Path, advance: Callable[[int], object] = lambda _: None) -> Manifest:
    """Read a backup to its end and return its manifest, all of it sound.

    Args:
        path: the file.
        advance: called with the number of bytes that were checked since the last call.

    Raises:
        RefusedError: the file is no backup, one of a newer template, damaged, or cut.
        OSError: it cannot be read.
    """
    found: dict[str, tuple[int, str]] = {}
    texts: dict[str, bytes] = {}
    begun = False
    with path.open("rb") as file:
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                for member in archive:
                    content = archive.extractfile(member)
                    if content is None or not PART.match(member.name):
                        raise _foreign(path)
                    begun = True
                    if member.name in (MANIFEST, SEAL):
                        texts[member.name] = content.read()
                    else:
                        found[member.name] = _summed(content, advance)
        except (tarfile.TarError, EOFError) as error:
            if not begun:
                raise _foreign(path) from error
            raise _damaged(path, "it ends too early, or its structure is broken") from error
    return _sound(path, found, texts)


def _summed(content: IO[bytes], advance: Callable[[int], object]) -> tuple[int, str]:
    """Return the size and the checksum of what is read."""
    size, summed = 0, hashlib.sha256()
    while piece := content.read(PIECE):
        size += len(piece)
        summed.update(piece)
        advance(len(piece))
    return size, summed.hexdigest()


def _sound(path: Path, found: dict[str, tuple[int, str]], texts: dict[str, bytes]) -> Manifest:
    """Return the manifest if it is whole and says of the parts what was found."""
    if not texts:
        raise _damaged(path, "its end is missing")
    text = texts.get(MANIFEST, b"")
    if texts.get(SEAL, b"").split(b" ")[0].decode(errors="replace") != digest(text):
        raise _damaged(path, "its manifest is not as it was written")
    manifest = json.loads(text)
    if manifest.get("format") != FORMAT:
        raise _foreign(path)
    if manifest["version"] != VERSION:
        raise RefusedError(f"{path} was made by a newer template (format {manifest['version']}): update this project")
    written = {part["name"]: (part["size"], part["sha256"]) for part in manifest["parts"]}
    for name in written.keys() | found.keys():
        if written.get(name) != found.get(name):
            raise _damaged(path, f"its part {name} is not as it was written")
    return dict(manifest)


def _damaged(path: Path, why: str) -> RefusedError:
    return RefusedError(f"{path} is damaged: {why}. Nothing was changed; take another backup")


def _foreign(path: Path) -> RefusedError:
    return RefusedError(f"{path} is no file that 'make backup' wrote. Nothing was changed")


def parts(stream: IO[bytes], manifest: Manifest) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield what the manifest says of each part, and the part, in the order in which they were written.

    Raises:
        RefusedError: the stream is not the one whose manifest this is.
    """
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for part in manifest["parts"]:
            try:
                member = archive.next()
                content = archive.extractfile(member) if member else None
                data = content.read() if content else b""
            except tarfile.TarError:
                member, data = None, b""
            if not member or member.name != part["name"] or digest(data) != part["sha256"]:
                raise RefusedError(f"the backup ended or changed while it was read, at its part {part['name']}")
            yield part, data


class Split:
    """A backup's parts in the order in which they were written: the database's, then each folder's."""

    def __init__(self, found: Iterator[tuple[dict[str, Any], bytes]]) -> None:
        """Begin with the first."""
        self._found = found
        self._next = next(found, None)

    def of(self, folder: str | None) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Yield those of a folder; of the database, for None."""
        while self._next and self._next[0].get("folder") == folder:
            yield self._next
            self._next = next(self._found, None)
