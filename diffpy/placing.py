"""Functions on a device: a Python function in; the same function, for which NumPy makes arrays there, out.

It sees its globals through a view, in which the names of what makes arrays (`np.zeros`, `from numpy import eye`) stand
for the device's, and those of Python functions for the same functions on the device. All other functions of NumPy
find the device by themselves, from their arguments. Its lines are those of the function that it stands for.
"""

from __future__ import annotations

import builtins
import types
import weakref
from collections.abc import Callable
from functools import cache, partial, wraps
from inspect import getattr_static
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.backends.devices import Device, drawing
from diffpy.errors import SourceNotFoundError, UnsupportedSyntaxError
from diffpy.functions import ByCode, cells_of, content_of, has_instruction, nested, package_of
from diffpy.runtime.device_numbers import (
    entries,
    entry,
    item,
    joined,
    place,
    rounded,
    updated,
    updated_field,
    updated_item,
)
from diffpy.runtime.device_trees import deciding, with_numbers
from diffpy.syntax import emit, source
from diffpy.syntax.names import Names, names_in
from diffpy.transforms.on_device import (
    CALLED,
    ENTRIES,
    ENTRY,
    ITEM,
    JOINED,
    LIVE,
    PLACE,
    UPDATED,
    UPDATED_FIELD,
    UPDATED_ITEM,
    with_entries_kept,
)


def called(function: Any) -> Any:
    """What a program calls and does not name: a method, an object, a function that it was given; as it runs here."""
    device = devices.here()
    if device is None:
        return function
    match function:
        case types.FunctionType() if _is_of_a_program(function):
            return placed(function, device)
        case types.MethodType(__func__=types.FunctionType() as own) if _is_of_a_program(own):
            return types.MethodType(placed(own, device), function.__self__)
        case type() if _begins_by_own_text(function):
            return partial(_begun, function, device)
    calling = getattr_static(type(function), "__call__", None)
    if type(calling) is types.FunctionType and _is_of_a_program(calling):
        return types.MethodType(placed(calling, device), function)
    return drawing(function)


def _begins_by_own_text(cls: type) -> bool:
    own = vars(cls).get("__init__")
    is_plain = type(cls) is type and cls.__mro__[1:] == (object,) and "__new__" not in vars(cls)
    return is_plain and type(own) is types.FunctionType and _is_of_a_program(own)


def _begun(cls: type, device: Device, *args: Any, **keywords: Any) -> Any:
    made: Any = object.__new__(cls)
    placed(vars(cls)["__init__"], device)(made, *args, **keywords)
    return made


_KEEPING = {
    CALLED: called,
    ENTRY: entry,
    ENTRIES: entries,
    PLACE: place,
    JOINED: joined,
    ITEM: item,
    UPDATED: updated,
    UPDATED_ITEM: updated_item,
    UPDATED_FIELD: updated_field,
}

devices.stands_for_numpys(rounded, round)

_placed: weakref.WeakKeyDictionary[types.FunctionType, dict[Device, types.FunctionType]]
_placed = weakref.WeakKeyDictionary()
_codes: ByCode[tuple[types.CodeType, dict[str, Any], str]] = ByCode()
_views: dict[tuple[int, Device], View] = {}


def placed(function: types.FunctionType, device: Device) -> types.FunctionType:
    """The function on the device; itself where it has no source, or defines global functions, which a view cannot."""
    if devices.original(function) is not function:
        return function
    known = _placed.setdefault(function, {})
    if device not in known or not _is_up_to_date(known[device], function):
        _place(function, device, known)
    return known[device]


def _is_up_to_date(made: types.FunctionType, function: types.FunctionType) -> bool:
    if made is function:
        return True
    kept = _codes.get(function.__code__)
    return kept is not None and made.__code__ is kept[0] and made.__defaults__ is function.__defaults__


def _place(function: types.FunctionType, device: Device, known: dict[Device, types.FunctionType]) -> None:
    try:
        code, more, live = _code(function)
    except SourceNotFoundError:
        known[device] = function
        return
    if has_instruction(code, "STORE_GLOBAL", "DELETE_GLOBAL"):  # by an import, a definition
        known[device] = function
        return
    held = cells_of(function)
    is_ours = _is_ours(function.__module__ or "")
    changed = {name for name, one in held.items() if _is_seen_otherwise(one, device, is_ours)}
    cells = {name: types.CellType() if name in changed else one for name, one in held.items()}
    cells |= {name: types.CellType(value) for name, value in more.items()}
    cells[live] = types.CellType(function.__globals__)
    closure = tuple(cells[name] for name in code.co_freevars)
    view = _view(function.__globals__, device)
    made = types.FunctionType(code, view, function.__name__, function.__defaults__, closure)
    _describe(made, function)
    devices.stands_for(made, function)
    known[device] = made
    for name in changed:  # now: a function may hold itself
        cells[name].cell_contents = seen(held[name].cell_contents, device, is_ours)


def _describe(made: types.FunctionType, function: types.FunctionType) -> None:
    made.__kwdefaults__, made.__doc__ = function.__kwdefaults__, function.__doc__
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    made.__dict__.update(vars(function))


def _code(function: types.FunctionType) -> tuple[types.CodeType, dict[str, Any], str]:
    """The code of a function that keeps entries of arrays as numbers, what it calls to do so, by name, and the name
    of its live global variables."""
    kept = _codes.get(function.__code__)
    if kept is None:
        written = source.find(function)
        taken = Names(names_in(written.tree) | {*written.closure, *dir(builtins)})
        names = {name: taken.fresh(name) for name in (*_KEEPING, LIVE)}
        generated = function.__code__.co_filename.startswith(emit.GENERATED)
        tree = with_entries_kept(written.tree, names, generated)
        more = {names[name]: one for name, one in _KEEPING.items()}
        code = emit.code_again(tree, {*written.closure, *more, names[LIVE]}, function.__code__)
        kept = _codes[function.__code__] = code, more, names[LIVE]
        _written_as.update(zip(nested(code), nested(function.__code__), strict=True))
    return kept


def text_on_device(function: types.FunctionType) -> str:
    """The text of a generated function as it runs on a device."""
    written = source.find(function)
    return emit.text(with_entries_kept(written.tree, {name: name for name in (*_KEEPING, LIVE)}, True))


_written_as: ByCode[types.CodeType] = ByCode()
_unplaced: weakref.WeakKeyDictionary[types.FunctionType, types.FunctionType] = weakref.WeakKeyDictionary()


def unplaced(function: types.FunctionType) -> types.FunctionType:
    """A function that was defined inside one on a device, as derivatives know it."""
    code = _written_as.get(function.__code__)
    if code is None or function in _unplaced:
        return _unplaced.get(function, function)
    held = cells_of(function)
    cells = {name: _cell_back(held[name]) for name in code.co_freevars}
    live = function.__globals__.live  # type: ignore[attr-defined]
    made = types.FunctionType(code, live, function.__name__, function.__defaults__, (*cells.values(),))
    _describe(made, function)
    _unplaced[function] = made
    for name, cell in cells.items():
        if cell is not held[name]:
            cell.cell_contents = _back(held[name].cell_contents)  # now: a function may hold itself
    return made


devices.install(unplaced)


def _cell_back(cell: types.CellType) -> types.CellType:
    """The cell itself, or an empty one where it holds what was placed."""
    held = content_of(cell)
    is_placed = type(held) is types.FunctionType and type(held.__globals__) is View
    return types.CellType() if is_placed or isinstance(held, ModuleOnDevice) else cell


def _back(held: Any) -> Any:
    return held.__diffpy_module__ if isinstance(held, ModuleOnDevice) else devices.original(held)


def _is_seen_otherwise(cell: types.CellType, device: Device, is_ours: bool) -> bool:
    """Whether the device has something else to hold; if not, others may fill the cell anew."""
    held = content_of(cell)
    if type(held) is types.FunctionType:
        return _is_of_a_program(held) and devices.original(held) is held
    return seen(held, device, is_ours) is not held


# Names


def seen(value: Any, device: Device, is_ours: bool = False) -> Any:
    """What a name of a program, or of our own functions, stands for where that runs on the device."""
    if type(value) is types.ModuleType and value in _MODULES:
        return _module(value, device, is_ours)
    if value is np.ndarray and not is_ours:
        return device.array
    instead = device.stands.get(id(value))
    if instead is not None:
        return _with_axes(value, instead) if value in _OF_SHAPES and not is_ours else instead
    if type(value) is types.FunctionType and _is_of_a_program(value):
        return placed(value, device)
    return value


_OF_SHAPES = (np.zeros, np.ones, np.empty, np.full)


@cache
def _with_axes(function: Any, instead: Callable[..., Any]) -> Callable[..., Any]:
    """np.zeros(()) is refused: what changes in place cannot be told from a number, which does not."""

    @wraps(function, assigned=("__name__", "__qualname__", "__doc__"), updated=())
    def make(*args: Any, **keywords: Any) -> Any:
        found = instead(*args, **keywords)
        if not found.ndim:
            raise UnsupportedSyntaxError(
                f"np.{function.__name__} makes an array without axes, on a device",
                because="it cannot be told there from a number, which never changes in place",
                fix="use a number, 0.0, or an array of one axis: np.zeros(1)",
            )
        return found

    devices.stands_for_numpys(make, function)
    return make


_MODULES = (np, np.linalg, np.fft, np.random, np.lib, np.lib.stride_tricks)


@cache
def _module(module: types.ModuleType, device: Device, is_ours: bool) -> ModuleOnDevice:
    return ModuleOnDevice(module, device, is_ours)


class ModuleOnDevice:
    """A module of NumPy as functions on a device see it."""

    def __init__(self, module: types.ModuleType, device: Device, is_ours: bool) -> None:
        vars(self).update(__name__=module.__name__, __diffpy_module__=module, __diffpy_device__=device)
        vars(self)["__diffpy_is_ours__"] = is_ours

    def __getattr__(self, name: str) -> Any:
        found = seen(getattr(self.__diffpy_module__, name), self.__diffpy_device__, self.__diffpy_is_ours__)
        vars(self)[name] = found
        return found

    def __repr__(self) -> str:
        return f"<{self.__name__} on {self.__diffpy_device__.name}>"


def _is_of_a_program(function: types.FunctionType) -> bool:
    package = package_of(function)
    return _is_ours(function.__module__) if package == "diffpy" else not devices.is_library(package)


def _is_ours(home: str) -> bool:
    return home.startswith(("diffpy.runtime.", "diffpy.rules.")) or home == "diffpy.higher"


class View(dict):
    """The globals of functions on a device: the live ones, looked up at each use, as they are `seen` there."""

    def __init__(self, live: dict[str, Any], device: Device) -> None:
        self.live, self.device = live, device
        self.is_ours = _is_ours(live.get("__name__") or "")
        around = live.get("__builtins__", builtins)
        self.builtins = dict(vars(around) if isinstance(around, types.ModuleType) else around)
        self.builtins["__import__"] = partial(_imported, device)
        self.builtins["round"] = rounded
        super().__init__(__builtins__=self.builtins, __name__=live.get("__name__"))

    def __getitem__(self, name: str) -> Any:
        try:
            return seen(self.live[name], self.device, self.is_ours)
        except KeyError:
            return self.builtins[name]


def _imported(device: Device, name: str, *args: Any) -> Any:
    """`import numpy as np` inside a function."""
    return seen(builtins.__import__(name, *args), device)


def _view(live: dict[str, Any], device: Device) -> View:
    known = _views.get((id(live), device))
    if known is None or known.live is not live:
        known = _views[id(live), device] = View(live, device)
    return known


def runs(function: Callable[..., Any]) -> Any:
    """A function that was generated, or is a line of a rule, as it runs here: on the device of its caller."""
    device = devices.here()
    return function if device is None else placed(function, device)  # type: ignore[arg-type]


class Outermost:
    """A function as the first that runs on the device; the host's arrays without axes come as numbers.

    Of a value and its pullback the pullback runs there too.
    """

    def __init__(self, function: Callable[..., Any], device: Device) -> None:
        self.function, self.device = function, device

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        with devices.running_on(self.device):
            given = {name: with_numbers(x) for name, x in keywords.items()}
            try:
                found = self.function(*map(with_numbers, args), **given)
            except TypeError as error:
                _note_arrays_of_host(error)
                raise
        if type(found) is tuple and len(found) == 2 and _is_pullback(found[1]):
            return found[0], Outermost(found[1], self.device)
        return found


def _note_arrays_of_host(error: TypeError) -> None:
    """Name the arrays of the host that functions on the device met in their globals and closures."""
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if isinstance(frame.f_globals, View):
            names = (*frame.f_code.co_names, *frame.f_code.co_freevars)
            around = frame.f_globals.live | frame.f_locals
            for name in dict.fromkeys(names):
                if isinstance(around.get(name), np.ndarray):
                    note = (
                        f"'{name}' is an array of the host; pass it as an argument: diffpy.to_device({name})"
                    )
                    error.add_note(note)
        trace = trace.tb_next


def _is_pullback(x: Any) -> bool:
    return type(x) is types.FunctionType and x.__code__.co_filename.startswith(emit.GENERATED)


def run_where_arrays_are(function: types.FunctionType, args: tuple, keywords: dict[str, Any]) -> Any:
    """A call of a function of the program: on the device where its arrays are, or where its caller runs."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    given = {names[k] if k < len(names) else f"argument {k + 1}": x for k, x in enumerate(args)}
    device = deciding(given | keywords)
    running = devices.here()
    if device is None and running is None:
        return function(*args, **keywords)
    if device is None or device is running:
        return placed(function, device or running)(*args, **keywords)  # type: ignore[arg-type]
    return Outermost(placed(function, device), device)(*args, **keywords)
