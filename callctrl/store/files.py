"""Files that change wholly or not at all, and names beside them that nothing has yet."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["claim_damaged", "replace", "replacement"]


def replace(file: Path, data: bytes) -> None:
    """Write the file for this user only: wholly, or not at all. May raise OSError.

    Whoever reads it meanwhile finds the old one or the new one.
    """
    with replacement(file) as temporary, temporary.open("r+b") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def replacement(file: Path) -> Iterator[Path]:
    """An empty file beside `file`, for this user only, that takes its place in the end.

    Where the block raises it goes away instead. Whoever writes it sees to its being on the disk.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # mode 0600
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def claim_damaged(file: Path) -> Path:
    """An empty file under the first free name for a damaged `file`; an earlier one stays."""
    for number in itertools.count(1):
        free = file.with_name(f"{file.stem}-damaged-{number}{file.suffix}")
        with contextlib.suppress(FileExistsError):
            free.touch(mode=0o600, exist_ok=False)
            break
    return free
