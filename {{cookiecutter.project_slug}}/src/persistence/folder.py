"""The private folder in which rows wait for the server, and the end of those that dead writers left."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no flock; a dead writer's folder stays there
    fcntl = None

PREFIX = "persistence_"
LOCK = "in_use"
"""A file of the folder that its process keeps locked: the lock ends with the process, however it ends."""


class PrivateFolder:
    """A folder of mode 0700, which goes with this object, with Python, or with the next writer."""

    def __init__(self) -> None:
        """Make the folder; raise OSError where there is no place for it."""
        _remove_dead(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        descriptor = os.open(self.path / "new", os.O_CREAT | os.O_RDWR, 0o600)
        self._remove = weakref.finalize(self, _remove, self.path, descriptor, os.getpid())
        try:
            if fcntl:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                (self.path / "new").rename(self.path / LOCK)  # so that nobody meets the file without its lock
        except OSError:  # some network folders have no locks
            self._remove()
            raise


def _remove(path: Path, descriptor: int, owner: int) -> None:
    """Remove the folder, unless this is a child of the process that made it."""
    if os.getpid() == owner:
        os.close(descriptor)
        shutil.rmtree(path, ignore_errors=True)


def _remove_dead(parent: Path) -> None:
    """Remove the folders of which nobody holds the lock."""
    if not fcntl:
        return
    for lock in parent.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):  # somebody else's, in use, or removed by another writer just now
            descriptor = os.open(lock, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
            finally:
                os.close(descriptor)
