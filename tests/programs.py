"""Collects the corpus: every module of `corpus` is imported, and its programs are found in these lists."""

import importlib
import pkgutil

import corpus

for module in sorted(found.name for found in pkgutil.iter_modules(corpus.__path__)):
    importlib.import_module(f"corpus.{module}")

PROGRAMS = tuple(corpus.PROGRAMS)
RAISING = tuple(corpus.RAISING)
SECOND_ORDER = tuple(corpus.SECOND_ORDER)
