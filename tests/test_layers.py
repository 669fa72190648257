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
    "rules": {"runtime"},
    "analysis": {"rules", "syntax"},
    "transforms": {"analysis", "rules", "syntax"},
    "traces": {"syntax"},
    "guards": {"analysis", "rules", "runtime"},
    "targets": {"backends", "rules", "runtime", "syntax"},
    "arguments": {"runtime", "targets", "traces"},
    "reaching": {"analysis", "runtime"},
    "quiet": {"analysis", "backends", "runtime", "syntax"},
    "unseen": {"quiet", "reaching", "runtime"},
    "looked_at": {"analysis", "rules", "runtime", "transforms"},
    "analysing": {
        *("analysis", "constructing", "looked_at", "quiet", "reaching", "runtime", "syntax", "transforms"),
    },
    "recomputing": {"answering", "quiet", "runtime", "syntax", "targets", "traces"},
    "following": {"analysing", "analysis", "looked_at", "runtime", "syntax", "transforms"},
    "constructing": {"runtime", "syntax", "transforms"},
    "generating": {"analysing", "quiet", "runtime", "syntax", "transforms"},
    "placing": {"backends", "runtime", "syntax", "transforms"},
    "kept_texts": {"backends", "placing", "runtime", "transforms"},
    "calls_met": {"backends", "constructing", "kept_texts", "runtime"},
    "running": {"runtime"},
    "request": {"analysis"},
    "parameters": {"analysis"},
    "checking": {"analysing", "analysis", "backends", "following", "request", "runtime", "syntax"},
    "derive": DERIVING
    | {
        "analysing",
        "backends",
        "checking",
        "following",
        "garbage",
        "guards",
        "request",
        "running",
        "runtime",
        "traces",
    },
    "answering": {
        "analysing",
        "analysis",
        "backends",
        "calls_met",
        "constructing",
        "derive",
        "following",
        "generating",
        "parameters",
        "placing",
        "request",
        "rules",
        "runtime",
        "transforms",
    },
    "garbage": set(),
    "exported": {"rules", "runtime"},
    "travelling": set(),
    "exporting": {"answering", "exported", "parameters", "runtime", "syntax", "travelling"},
    "export_files": {"arguments", "derive", "exporting", "parameters", "runtime", "syntax", "targets"},
    "compiling": {"answering", "backends", "runtime", "syntax", "targets", "traces", "transforms"},
    "fusing": {"backends", "placing", "syntax", "transforms"},
    "recording_instead": {"analysis", "derive", "pushing", "request", "unseen"},
    "operators": {
        "answering",
        "arguments",
        "backends",
        "compiling",
        "derive",
        "export_files",
        "fusing",
        "parameters",
        "placing",
        "recording_instead",
        "request",
        "runtime",
        "targets",
        "traces",
        "transforms",
    },
    "pushing": {
        "analysis",
        "answering",
        "calls_met",
        "derive",
        "kept_texts",
        "parameters",
        "placing",
        "request",
        "quiet",
        "runtime",
        "transforms",
    },
    "forward_operators": {
        "analysis",
        "answering",
        "arguments",
        "backends",
        "derive",
        "operators",
        "parameters",
        "placing",
        "pushing",
        "runtime",
        "targets",
        "traces",
        "transforms",
        "unseen",
    },
    "slopes": {"forward_operators", "operators", "runtime"},
    "symmetric": {"forward_operators", "operators", "runtime", "slopes", "unseen"},
    "higher": {"backends", "forward_operators", "operators", "placing", "runtime", "unseen"},
    "decorators": {
        "arguments",
        "backends",
        "derive",
        "forward_operators",
        "higher",
        "operators",
        "placing",
        "runtime",
        "traces",
    },
    "testing": {"forward_operators", "operators", "runtime", "syntax"},
    "graphs": {"analysing", "analysis", "arguments", "following", "parameters", "targets"},
    "command_line": {"graphs", "operators"},
    "doctor": set(),
}
FACE = {"__init__", "__main__"}  # may import every part
# imported when they are first needed, never with diffpy
OPTIONAL = {
    "cupy",
    "cupyx",
    "llvmlite",
    "scipy",
}

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
