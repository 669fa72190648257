"""Collects the corpus: every module of `corpus` is imported, and its programs are found in these lists."""

import importlib
import pkgutil
import zlib

import corpus
import pytest

for module in sorted(found.name for found in pkgutil.iter_modules(corpus.__path__)):
    importlib.import_module(f"corpus.{module}")

PROGRAMS = tuple(corpus.PROGRAMS)
RAISING = tuple(corpus.RAISING)
SECOND_ORDER = tuple(corpus.SECOND_ORDER)


def sample(programs, one_in):
    """Parameters of a test: of so many programs about one, chosen by its name; the others with `pytest --full` alone."""
    rest = pytest.mark.full
    chosen = {one.id: zlib.crc32(one.id.encode()) % one_in == 0 for one in programs}
    return [pytest.param(one, id=one.id, marks=() if chosen[one.id] else rest) for one in programs]
