"""The `__init__` of an ordinary class as a function that returns the object: its attributes are local variables."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import gast

from diffpy.analysis import flow
from diffpy.analysis.callees import bind
from diffpy.rules.structs import holds_any
from diffpy.syntax.build import assign, at, constant, import_as, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, copied
from diffpy.transforms.attributes_by_key import others, stored_by_key, takes_any, updated
from diffpy.transforms.forwarded_arguments import gathered, hand_on

Source = Callable[[type, str], gast.FunctionDef | None]  # the tree of a method that a class defines itself


class Leak(Exception):
    """The constructor does more with the object than store attributes and read them again."""


def written_constructor(cls: type, tree_of: Source, names: Names, made: str, named: str) -> gast.FunctionDef:
    """A function that makes the object by `made(cls, ...)`; Leak where that is not what `__init__` does.

    `named` is what the class is called there.

    Methods that it calls as statements, or for a value that it assigns, are written out.

    Before:                                 After:
        def __init__(self, w):                  def Line(w):
            self.w = w                              w_1 = w
            self.norm = abs(self.w)                 norm = abs(w_1)
                                                    return built(Line, w=w_1, norm=norm)
    """
    owner = next((one for one in cls.__mro__ if "__init__" in vars(one)), object)
    fields = _Fields(cls, tree_of, names, named)
    tree = fields.constructor_of(owner)
    own = _parameters(tree)
    self_name = own.pop(0).id
    tree.body = fields.written(tree.body, self_name, owner)
    last = tree.body[-1] if tree.body else tree
    keywords = [gast.keyword(field, load(name)) for field, name in fields.names_of.items()]
    if fields.by_key is not None:
        rest = others(fields.by_key, fields.names_of, names)
        tree.body.append(at(rest, last))
        keywords.append(gast.keyword(None, load(rest.targets[0].id)))
    tree.body.append(gast.copy_location(gast.Return(gast.Call(load(made), [load(named)], keywords)), last))
    tree.name = named
    for one in gast.walk(tree.body[-1]):
        gast.copy_location(one, last)
    return tree


def _parameters(tree: gast.FunctionDef) -> list[gast.expr]:
    found = tree.args.posonlyargs or tree.args.args
    if not found:
        raise Leak
    return found


class _Fields(Rewriter):
    """Attributes of one object as local variables."""

    def __init__(self, cls: type, tree_of: Source, names: Names, named: str) -> None:
        self.cls, self.tree_of, self.names, self.named = cls, tree_of, names, named
        self.names_of: dict[str, str] = {}
        self.by_key: str | None = None  # the dict whose items become attributes
        self.self_name = ""
        self.running: list[tuple[type, str]] = []  # methods that are written out around here

    def written(self, body: list[gast.stmt], self_name: str, owner: type) -> list[gast.stmt]:
        outer, self.self_name = self.self_name, self_name
        done: list[gast.stmt] = []
        for s in map(self.plain_store, body):
            base = self.base_call(s, owner)
            if base is not None:
                done += self.of_base(*base, s)
                continue
            by_key = stored_by_key(s, self.self_name)
            if by_key is not None:
                done += self.of_items(by_key, s)
                continue
            if self.by_key in flow.names_read(s) | flow.names_written(s):
                raise Leak
            called = self.method_call(s, owner)
            if called is not None:
                done += self.of_method(called, s, owner)
                continue
            if any(isinstance(one, gast.Return) for one in _own(s)):
                raise Leak
            done.append(self.visit(s))
        self.self_name = outer
        return done

    def plain_store(self, s: gast.stmt) -> gast.stmt:
        """object.__setattr__(self, "x", v), which stores in what is frozen."""
        match s:
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id="object"), attr="__setattr__"),
                    args=[gast.Name() as own, gast.Constant(value=str() as name), value],
                )
            ) if own.id == self.self_name:
                return gast.copy_location(
                    gast.Assign([gast.Attribute(own, name, gast.Store())], value, None), s
                )
        return s

    def base_call(self, s: gast.stmt, owner: type) -> tuple[type, list[gast.expr], list[gast.keyword]] | None:
        """The class whose constructor a statement calls for the same object, and the arguments."""
        match s:
            case gast.Expr(
                value=gast.Call(func=gast.Attribute(value=of, attr="__init__"), args=args, keywords=keywords)
            ) if self.is_super(of, owner):
                rest = self.cls.__mro__[self.cls.__mro__.index(owner) + 1 :]
                return next(one for one in rest if "__init__" in vars(one)), args, keywords
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(
                        value=gast.Name(id=name) | gast.Attribute(attr=name), attr="__init__"
                    ),
                    args=[gast.Name(id=own), *args],
                    keywords=keywords,
                )
            ) if own == self.self_name:
                base = next((one for one in self.cls.__mro__ if one.__name__ == name), None)
                if base is not None and "__init__" in vars(base):
                    return base, args, keywords
        return None

    def constructor_of(self, owner: type) -> gast.FunctionDef:
        """The `__init__` that a class defines; what it hands on to its base it takes by name."""
        tree = self.method_of(owner, "__init__")
        if tree.args.vararg is None and tree.args.kwarg is None:
            return tree
        outer, self.self_name = self.self_name, _parameters(tree)[0].id
        found = ((s, self.base_call(s, owner)) for s in tree.body)
        called = [(s.value, *above[:2]) for s, above in found if above is not None]
        self.self_name = outer
        for call, base, args in called:
            given = sum(not isinstance(one, gast.Starred) for one in args)
            if not hand_on(tree, call, self.parameters_of(base), given):
                raise Leak
        return tree

    def method_of(self, owner: type, name: str) -> gast.FunctionDef:
        found = None if owner is object else self.tree_of(owner, name)
        if found is None:
            raise Leak
        return copied(found)

    def parameters_of(self, base: type) -> gast.arguments:
        """The parameters of a class: those of its `__init__` without the object."""
        if base is object:
            return gast.arguments([], [], None, [], [], None, [])
        tree = self.constructor_of(base)
        _parameters(tree).pop(0)
        return tree.args

    def of_base(
        self, base: type, args: list[gast.expr], keywords: list[gast.keyword], s: gast.stmt
    ) -> list[gast.stmt]:
        if base is object:
            if args or keywords:
                raise Leak
            return []
        body, own = self.opened(base, "__init__", args, keywords, s)
        return [*body[0], *self.written(body[1], own, base)]

    def of_items(self, by_key: str, s: gast.stmt) -> list[gast.stmt]:
        """A dict gives attributes their values: those that there are, and others that only it knows."""
        if self.by_key is not None or not takes_any(self.cls):
            raise Leak
        self.by_key = by_key
        return [at(updated(name, by_key, field), s) for field, name in self.names_of.items()]

    def is_super(self, node: gast.expr, owner: type) -> bool:
        """super(), or super(Class, self) in a method of the class."""
        match node:
            case gast.Call(func=gast.Name(id="super"), args=[], keywords=[]):
                return True
            case gast.Call(
                func=gast.Name(id="super"),
                args=[gast.Name(id=cls) | gast.Attribute(attr=cls), gast.Name(id=own)],
                keywords=[],
            ):
                return cls == owner.__name__ and own == self.self_name
        return False

    def method_call(self, s: gast.stmt, owner: type) -> gast.Call | None:
        """The call of a method of the object that a statement consists of, or assigns the result of."""
        match s:
            case (
                gast.Expr(value=gast.Call(func=gast.Attribute(value=of, attr=name)) as called)
                | gast.Assign(value=gast.Call(func=gast.Attribute(value=of, attr=name)) as called)
            ):
                own = isinstance(of, gast.Name) and of.id == self.self_name and name not in self.names_of
                return called if own or self.is_super(of, owner) else None
        return None

    def of_method(self, called: gast.Call, s: gast.stmt, around: type) -> list[gast.stmt]:
        """The statements of a method; what it returns at its end is what the statement assigns.

        `around`: the class of the method that the statement stands in, after which super() searches.
        """
        name, mro = called.func.attr, self.cls.__mro__
        searched = mro[mro.index(around) + 1 :] if self.is_super(called.func.value, around) else mro
        owner = next((one for one in searched if name in vars(one)), None)
        if owner is None or (owner, name) in self.running:
            raise Leak
        self.running.append((owner, name))
        (before, body), own = self.opened(owner, name, called.args, called.keywords, s)
        result = body.pop().value if body and isinstance(body[-1], gast.Return) else None
        done = [*before, *self.written(body, own, owner)]
        outer, self.self_name = self.self_name, own
        value = self.visit(result) if result is not None else constant(None)
        self.self_name = outer
        self.running.pop()
        if isinstance(s, gast.Assign):
            s.value = value
            s.targets = [self.visit(one) for one in s.targets]
            done.append(s)
        elif result is not None and not isinstance(result, gast.Constant):
            done.append(gast.copy_location(gast.Expr(value), s))
        return done

    def opened(
        self, owner: type, method: str, args: list[gast.expr], keywords: list[gast.keyword], s: gast.stmt
    ) -> tuple[tuple[list[gast.stmt], list[gast.stmt]], str]:
        """The assignments of a method's parameters and its body, in variables of their own; its word for the object."""
        tree = self.constructor_of(owner) if method == "__init__" else self.method_of(owner, method)
        given = [self.visit(one) for one in args]
        named = [gast.keyword(one.arg, self.visit(one.value)) for one in keywords]
        own = _parameters(tree).pop(0).id
        parameters = _with_defaults(tree.args)
        is_spread = any(isinstance(a, gast.Starred) for a in given) or any(k.arg is None for k in named)
        rest = gathered(tree.args, given, named)
        bound = bind(tree.args, given, named)
        if bound is None or (is_spread and not bound.keys() >= {name for name, _ in parameters}):
            raise Leak  # what is spread may hold any parameter
        done = [
            assign(name, bound[name][0] if name in bound else _default(default), s)
            for name, default in parameters
        ]
        done += [assign(name, value, s) for name, value in rest.items()]
        inside = flow.argument_names(tree) | flow.all_written(tree.body)
        renamed = _Renamed({name: self.names.fresh(name) for name in sorted(inside)})
        before = [renamed.targets(one) for one in done]
        return (before, [renamed.visit(one) for one in tree.body]), own

    def visit_Attribute(self, node: gast.Attribute) -> gast.expr:
        if not (isinstance(node.value, gast.Name) and node.value.id == self.self_name):
            return self.generic_visit(node)
        if isinstance(node.ctx, gast.Store):
            self.check_plain(node.attr)
            self.names_of.setdefault(node.attr, self.names.fresh(node.attr))
        if node.attr not in self.names_of and self.by_key is None and self.is_of_class(node):
            return gast.copy_location(gast.Attribute(load(self.named), node.attr, gast.Load()), node)
        if node.attr not in self.names_of or isinstance(node.ctx, gast.Del):
            raise Leak
        return gast.copy_location(gast.Name(self.names_of[node.attr], node.ctx, None, None), node)

    def is_of_class(self, node: gast.Attribute) -> bool:
        """Whether it reads a value that stands in the class, or a method that has no use for the object."""
        missing = object()
        found = inspect.getattr_static(self.cls, node.attr, missing)
        is_same = isinstance(found, staticmethod | classmethod) or not hasattr(type(found), "__get__")
        return isinstance(node.ctx, gast.Load) and found is not missing and is_same

    def check_plain(self, name: str) -> None:
        found = inspect.getattr_static(self.cls, name, None)
        if not inspect.ismemberdescriptor(found) and (
            inspect.isdatadescriptor(found) or not holds_any(self.cls)
        ):
            raise Leak

    def visit_Assign(self, node: gast.Assign) -> gast.Assign:
        node.value = self.visit(node.value)
        node.targets = [self.visit(one) for one in node.targets]
        return node

    def visit_Name(self, node: gast.Name) -> gast.Name:
        if node.id in (self.self_name, "super", "__class__"):
            raise Leak
        return node

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        if self.self_name in flow.free_names(node):
            raise Leak
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        if self.self_name in flow.free_names(node):
            raise Leak
        return node

    def visit_AugAssign(self, node: gast.AugAssign) -> gast.AugAssign:
        if isinstance(node.target, gast.Attribute) and isinstance(node.target.value, gast.Name):
            if node.target.value.id == self.self_name and node.target.attr not in self.names_of:
                raise Leak
        node.value = self.visit(node.value)
        node.target = self.visit(node.target)
        return node


def _own(s: gast.AST) -> Iterator[gast.AST]:
    waiting = [s]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            waiting.extend(gast.iter_child_nodes(one))


def _with_defaults(arguments: gast.arguments) -> list[tuple[str, gast.expr | None]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults = [*[None] * missing, *arguments.defaults][-len(positional) :] if positional else []
    found = [(p.id, d) for p, d in zip(positional, defaults, strict=True)]
    return found + [(p.id, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]


def _default(value: gast.expr | None) -> gast.expr:
    """A default: a literal, or the name of what was computed when the method was defined."""
    match value:
        case gast.Constant() | gast.Name() | gast.UnaryOp(operand=gast.Constant()):
            return copied(value)
    raise Leak


class _Renamed(Rewriter):
    """Other names for the variables of a constructor that is written out in another one."""

    def __init__(self, renamed: dict[str, str]) -> None:
        self.renamed = renamed

    def targets(self, s: gast.Assign) -> gast.Assign:
        s.targets = [self.visit(one) for one in s.targets]
        return s

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_Import(self, node: gast.Import) -> gast.Import:
        return import_as(node, self.renamed)

    def visit_ImportFrom(self, node: gast.ImportFrom) -> gast.ImportFrom:
        return import_as(node, self.renamed)
