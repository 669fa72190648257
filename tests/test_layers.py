"""Imports go one way (docs/how-it-works.md): a table, held against every import statement in diffpy/."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import diffpy

PACKAGE = Path(diffpy.__path__[0])

GROUND = {"errors", "functions"}  # every part may import these

# part of diffpy: the parts that it may import. A part may import itself.
DERIVING = {"syntax", "analysis", "transforms", "rules"}
MAY_IMPORT = {
    "errors": set(),
    "functions": set(),
    "backends": set(),
    "runtime": {"backends"},
    "syntax": set(),
    "rules": {"syntax", "runtime"},
    "analysis": {"syntax", "rules"},
    "transforms": {"syntax", "rules", "analysis"},
    "traces": {"syntax"},
    "guards": {"runtime", "rules", "analysis"},
    "targets": {"backends", "runtime", "syntax", "rules"},
    "arguments": {"runtime", "traces", "targets"},
    "reaching": {"runtime", "analysis"},
    "quiet": {"backends", "runtime", "syntax", "analysis", "reaching"},
    "unseen": {"runtime", "quiet", "reaching"},
    "analysing": {"runtime", "quiet", "constructing", "reaching"} | DERIVING,
    "recomputing": {"runtime", "syntax", "quiet", "derive", "targets", "traces"},
    "following": {"runtime", "syntax", "analysing", "analysis", "transforms"},
    "constructing": {"runtime", "syntax", "transforms"},
    "generating": {"runtime", "quiet", "syntax", "analysing", "transforms"},
    "placing": {"backends", "runtime", "syntax", "transforms"},
    "kept_texts": {"backends", "placing", "runtime", "transforms"},
    "calls_met": {"backends", "constructing", "kept_texts", "runtime"},
    "derive": {
        "calls_met",
        "backends",
        "runtime",
        "placing",
        "traces",
        "guards",
        "analysing",
        "constructing",
        "following",
        "garbage",
        "generating",
    }
    | DERIVING,
    "garbage": set(),
    "exported": {"runtime", "rules"},
    "travelling": set(),
    "exporting": {"runtime", "syntax", "derive", "exported", "travelling"},
    "export_files": {"runtime", "syntax", "derive", "exporting", "targets", "arguments"},
    "compiling": {"backends", "runtime", "traces", "derive", "syntax", "transforms", "targets"},
    "recording_instead": {"analysis", "derive", "pushing", "unseen"},
    "operators": {
        "recording_instead",
        "backends",
        "placing",
        "compiling",
        "derive",
        "traces",
        "runtime",
        "targets",
        "arguments",
        "export_files",
    },
    "pushing": {
        "runtime",
        "analysis",
        "calls_met",
        "derive",
        "kept_texts",
        "placing",
        "transforms",
    },
    "forward_operators": {"operators", "pushing", "derive", "traces", "runtime", "analysis"}
    | {"backends", "placing", "targets", "arguments"},
    "higher": {"backends", "placing", "forward_operators", "operators", "runtime"},
    "decorators": {
        "backends",
        "placing",
        "operators",
        "forward_operators",
        "higher",
        "derive",
        "traces",
        "runtime",
        "arguments",
    },
    "testing": {"operators", "forward_operators", "runtime", "syntax"},
    "graphs": {"derive", "analysing", "following", "arguments", "targets", "analysis"},
    "command_line": {"operators", "graphs"},
    "doctor": set(),
}
FACE = {"__init__", "__main__"}  # may import every part
OPTIONAL = {
    "cupy",
    "cupyx",
    "llvmlite",
    "scipy",
}  # imported when they are first needed, never with diffpy

# Modules that may: rules of SciPy's functions and what they call, which diffpy reads once a program imported SciPy.
LATE = {*(PACKAGE / "rules").glob("scipy_*.py"), *(PACKAGE / "runtime").glob("scipy_*.py")}

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    parts = ("diffpy", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def part_of(module):
    return module.split(".")[1]


MODULES = {module_name(path) for path in FILES}


def imports(tree, module, is_package):
    """(line, dotted name) of each import under `tree`, also inside functions; relative ones made absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if is_package else module.rpartition(".")[0]
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def imports_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return imports(tree, module_name(path), path.name == "__init__.py")


def target_module(dotted):
    """The longest beginning of a dotted name that is a module of diffpy."""
    while dotted not in MODULES and "." in dotted:
        dotted = dotted.rpartition(".")[0]
    return "diffpy.__init__" if dotted == "diffpy" else dotted


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_follow_the_table(path):
    part = part_of(module_name(path))
    if part in FACE:
        return
    assert part in MAY_IMPORT, f"{path.name}: a new part of diffpy needs a row in MAY_IMPORT"
    for line, dotted in imports_of(path):
        if dotted.split(".")[0] == "diffpy":
            imported = part_of(target_module(dotted))
            allowed = imported in {part, *GROUND, *MAY_IMPORT[part]}
            assert allowed, f"{path}:{line}: {part} may not import {imported} ({dotted})"


def test_no_import_cycle():
    graph = {
        module_name(path): {
            target_module(name) for _, name in imports_of(path) if name.split(".")[0] == "diffpy"
        }
        for path in FILES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("modules that import each other: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize("path", [path for path in FILES if path not in LATE], ids=module_name)
def test_optional_packages_are_not_imported_at_the_top(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in functions:
            for line, dotted in imports(node, module_name(path), path.name == "__init__.py"):
                assert dotted.split(".")[0] not in OPTIONAL, f"{path}:{line}: imports {dotted} at the top"


@pytest.mark.parametrize("path", [path for path in FILES if path not in LATE], ids=module_name)
def test_nothing_imports_what_is_read_late(path):
    late = {module_name(one) for one in LATE}
    assert not {target_module(dotted) for _, dotted in imports_of(path)} & late


def test_importing_diffpy_imports_no_optional_package():
    program = f"import sys, diffpy; print(*sorted({OPTIONAL!r} & set(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == []
