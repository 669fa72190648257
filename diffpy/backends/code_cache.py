"""Machine code that outlives a process: a key in; the object file that was kept under it out, where there is one.

What is loaded from here runs. So nothing is kept unless the environment asks for it with DIFFPY_CACHE, the directory has
to be the user's alone, and an entry counts only if all of its key is the key that is asked for. Any fault is a miss.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "DIFFPY_CACHE"
MOST_BYTES = 2**25  # of an entry
MOST_ENTRIES = 512

_SUFFIX = ".code"
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Unsafe(OSError):
    """Somebody else could have written there."""


def asked_for() -> Path | None:
    """The directory that the environment asks for: DIFFPY_CACHE=1 is the usual one of the user's, else its path."""
    asked = "" if sys.flags.ignore_environment else os.environ.get(VARIABLE, "")
    if asked in ("", "0"):
        return None
    if asked != "1":
        return Path(asked)
    usual = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or usual) / "diffpy"


def found(key: bytes) -> bytes | None:
    """The object file that was kept under this key."""
    with contextlib.suppress(OSError, ValueError, RuntimeError), _opened() as directory:
        if directory is not None:
            return _code_of(_content(directory, _name(key)), key)
    return None


def keep(key: bytes, code: bytes) -> None:
    """Keep an object file under this key, for other processes."""
    with contextlib.suppress(OSError, ValueError, RuntimeError), _opened() as directory:
        if directory is not None and len(entry := _entry(key, code)) <= MOST_BYTES:
            _write(directory, _name(key), entry)
            _make_room(directory)


def fault() -> str | None:
    """Why nothing can be kept in the directory that the environment asks for, if so."""
    try:
        with _opened():
            return None
    except (OSError, ValueError, RuntimeError) as error:
        return str(error)


# The directory


@contextlib.contextmanager
def _opened() -> Iterator[int | None]:
    """The directory, made if it is not there, once nobody else can write to it; None where none is asked for."""
    path = asked_for()
    if path is None:
        yield None
        return
    directory = os.open(_made(path), _READ | os.O_DIRECTORY)
    try:
        _check(path, os.fstat(directory), is_last=True)
        yield directory
    finally:
        os.close(directory)


def _made(path: Path) -> Path:
    """The place of the directory, after a look at each directory above it."""
    if not hasattr(os, "geteuid") or os.geteuid() != os.getuid():
        raise Unsafe("this process has no user of its own")
    if not path.is_absolute():
        raise ValueError(f"{VARIABLE} is neither 0, 1 nor an absolute path")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    above = path.parent.resolve(strict=True)
    for one in (above, *above.parents):
        _check(one, one.lstat())
    with contextlib.suppress(FileExistsError):
        (above / path.name).mkdir(mode=0o700)
    return above / path.name


def _check(path: Path, found: os.stat_result, is_last: bool = False) -> None:
    """A directory of this user's or the system's where others cannot write, or at least not replace what is there."""
    owners = {os.geteuid()} if is_last else {os.geteuid(), 0}
    is_shared = bool(found.st_mode & 0o022) and (is_last or not found.st_mode & stat.S_ISVTX)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or is_shared:
        raise Unsafe(f"others could write to {path}")


# Entries: a line of JSON that says how long its parts are and what they hash to, the key, the code


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest() + _SUFFIX


def _entry(key: bytes, code: bytes) -> bytes:
    head = {"key": len(key), "code": len(code), "sha256": hashlib.sha256(key + code).hexdigest()}
    return json.dumps(head).encode() + b"\n" + key + code


def _code_of(entry: bytes, key: bytes) -> bytes | None:
    """The code of an entry that is, byte by byte, what is written for this key."""
    code = entry.partition(b"\n")[2][len(key) :]
    return code if entry == _entry(key, code) else None


def _content(directory: int, name: str) -> bytes:
    file = os.open(name, _READ, dir_fd=directory)
    with open(file, "rb") as opened:
        known = os.fstat(file)
        if not stat.S_ISREG(known.st_mode) or known.st_uid != os.geteuid() or known.st_mode & 0o022:
            raise Unsafe(name)
        if known.st_size > MOST_BYTES:
            raise ValueError("an entry that is too large")
        content = opened.read(MOST_BYTES)
        with contextlib.suppress(OSError):
            os.utime(file)  # the entries that are asked for stay longest
        return content


def _write(directory: int, name: str, entry: bytes) -> None:
    """Write the file beside its place, and move it there when it is whole."""
    beside = f"{name}.{secrets.token_hex(8)}"
    try:
        with open(os.open(beside, _WRITE, 0o600, dir_fd=directory), "wb") as opened:
            opened.write(entry)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(beside, name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=directory)
        raise


def _make_room(directory: int) -> None:
    """Drop the files that nobody has asked for longest; what a killed process left is among them."""
    names = os.listdir(directory)
    if len(names) <= MOST_ENTRIES:
        return
    ages = {}
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            ages[name] = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime_ns
    for name in sorted(ages, key=lambda one: ages[one])[: len(names) - MOST_ENTRIES]:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=directory)
