"""diffpy.graph: what is in the graph, and its table, DOT text and drawing."""

import functools
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import diffpy
from diffpy import differentiable, graph
from diffpy.errors import DifferentiationError
from diffpy.graphs.layout import Box, layered

SVG = "{http://www.w3.org/2000/svg}"


def straight(x, y):
    a = np.sin(x) * y
    return (a + 1.0).sum()


def choice(x, limit):
    if x.sum() > limit:
        y = x * 2
    else:
        y = np.sqrt(x)
    return y.mean()


def nested(a, n):
    total = 0.0
    for i in range(n):
        for j in range(i, n):
            if j == 3:
                continue
            total += a[i, j] * total
    return total


def newton(x):
    r = x
    while abs(r * r - x) > 1e-9:
        r = (r + x / r) / 2
    return r


def host(x, settings):
    seen = {"calls": 0}
    y = x * settings["scale"]
    print("<sum> & more:", y.sum())
    seen["calls"] += 1
    return (y * y).sum()


def layer(h, w, b):
    return np.maximum(h @ w + b, 0)


def network(params, images):
    h = images
    for w, b in params[:-1]:
        h = layer(h, w, b)
    w, b = params[-1]
    return (h @ w + b).sum()


def in_place(a, v):
    b = a[1:]
    b[0] = v
    for k in range(3):
        a[k] = a[k] * v
    return a.sum()


def careful(x):
    with np.errstate(all="ignore"):
        y = np.sqrt(x)
    try:
        y = y / x
    except ZeroDivisionError:
        y = 0.0
    return y


def either(x):
    return x if x > 0 else -x


X, A = np.ones(5), np.ones((4, 4))
PARAMS = [(np.ones((3, 2)), np.ones(2)), (np.ones((2, 1)), np.ones(1))]
PROGRAMS = {
    straight: (X, 2.0),
    choice: (X, 1.0),
    nested: (A, 4),
    newton: (2.0,),
    host: (X, {"scale": 2.0}),
    network: (PARAMS, np.ones((7, 3))),
    in_place: (X, 2.0),
    careful: (2.0,),
    either: (2.0,),
}
EVERY = pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)


def drawn(function, **options):
    return graph(of=function, at=PROGRAMS[function], **options)


def operations(nodes):
    return [node.operation for node in nodes]


def the(found, operation):
    (node,) = [node for node in found if node.operation == operation]
    return node


# Nodes


def test_nodes_in_the_order_of_the_program():
    found = drawn(straight)
    expected = ["argument", "argument", "sin", "multiply", "add", "sum", "result"]
    assert operations(found) == expected
    assert [node.number for node in found] == [1, 2, 3, 4, 5, 6, 7]
    assert len(found) == 7
    assert found[3].operation == "sin"
    with pytest.raises(KeyError):
        found[8]


def test_names_and_expressions_are_the_users():
    assert [node.text for node in drawn(straight)] == [
        "x",
        "y",
        "np.sin(x)",
        "a = np.sin(x) * y",
        "a + 1.0",
        "(a + 1.0).sum()",
        "return (a + 1.0).sum()",
    ]


def test_lines_and_columns():
    line = straight.__code__.co_firstlineno
    places = [(node.line - line, node.column) for node in drawn(straight)]
    assert places == [(0, 13), (0, 16), (1, 8), (1, 8), (2, 12), (2, 11), (2, 11)]


def test_inputs_know_where_they_come_from():
    found = drawn(straight)
    product = the(found, "multiply")
    assert [(one.name, one.source) for one in product.inputs] == [("#3", 3), ("y", 2)]
    assert product.outputs == ("a",)
    assert [(e.source, e.target) for e in found.edges] == [(1, 3), (3, 4), (2, 4), (4, 5), (5, 6), (6, 7)]
    assert [node.text for node in found.inputs] == ["x", "y"]
    assert operations(found.outputs) == ["result"]


def test_kinds_are_filled_in_by_at():
    found = drawn(choice)
    kinds = {node.text: found.kind_of(node) for node in found if node.kind is not None}
    assert kinds["x"] == kinds["y = x * 2"] == "float64[n]"
    assert kinds["x.sum() > limit"] == "bool"
    assert kinds["y.mean()"] == "float64"


def test_kinds_without_at_are_unknown():
    found = graph(of=straight)
    assert found.kind_of(the(found, "sin")) == "any"
    assert operations(found) == operations(drawn(straight))


def test_sizes_have_letters():
    found = graph(of=lambda a, b: a @ b, at=(np.ones((3, 4)), np.ones((4, 2))))
    assert [found.kind_of(node) for node in found] == [
        "float64[n, m]",
        "float64[k, p]",
        "float64[n, p]",
        "float64[n, p]",
    ]


def test_active_nodes():
    found = drawn(choice)
    active = {node.text for node in found if node.active}
    assert {"x", "y = x * 2", "y = np.sqrt(x)", "y.mean()"} <= active
    assert not {"x.sum()", "x.sum() > limit"} & active
    assert the(drawn(choice, wrt="x"), "if").active
    assert not drawn(choice, wrt="x")[2].active


def test_wrt_by_position_and_by_list():
    assert drawn(straight, wrt=1).wrt == ("y",)
    assert drawn(straight, wrt=["x", "y"]).wrt == ("x", "y")
    with pytest.raises(DifferentiationError, match="no parameter 'z'"):
        drawn(straight, wrt="z")


def test_the_function_does_not_run(capsys):
    drawn(host)
    graph(of=host)
    assert capsys.readouterr().out == ""


# Regions


def test_if_has_two_blocks_that_give_the_same_name():
    region = the(drawn(choice), "if")
    assert region.text == "if x.sum() > limit"
    assert region.outputs == ("y",)
    assert [(block.label, operations(block.nodes)) for block in region.blocks] == [
        ("then", ["multiply"]),
        ("else", ["sqrt"]),
    ]
    given = [block.gives[0] for block in region.blocks]
    assert [one.name for one in given] == ["y", "y"]
    assert [one.source for one in given] == [block.nodes[-1].number for block in region.blocks]


def test_nested_loops_carry():
    found = drawn(nested)
    outer, inner, branch = found.regions
    assert operations(found.regions) == ["for", "for", "if"]
    assert (outer.text, inner.text) == ("for i in range(n)", "for j in range(i, n)")
    assert outer.carries == inner.carries == ("total",)
    assert [one.source for one in outer.blocks[0].gives] == [inner.number]
    assert [one.source for one in inner.blocks[0].gives] == [branch.number]
    assert operations(branch.blocks[0].nodes) == []
    assert operations(branch.blocks[1].nodes) == ["item", "multiply", "add"]


def test_while_carries_and_reads_its_own_value():
    loop = the(drawn(newton), "while")
    assert loop.text == "while abs(r * r - x) > 1e-09"
    assert loop.carries == ("r",)
    square = loop.blocks[0].nodes[0]
    assert (square.text, square.inputs[0].source) == ("r * r", loop.number)


def test_stores_change_every_name_of_the_object():
    found = drawn(in_place)
    store = found[4]
    assert (store.operation, store.outputs) == ("set_item", ("b",))
    (loop,) = found.regions
    assert "a" in loop.carries
    assert ("a", store.number) in [(one.name, one.source) for one in loop.inputs]
    assert ("a", loop.number) in [(one.name, one.source) for one in the(found, "sum").inputs]


def test_with_and_try_are_regions():
    found = drawn(careful)
    assert [(r.operation, [b.label for b in r.blocks]) for r in found.regions] == [
        ("with", ["body"]),
        ("try", ["body", "except"]),
    ]
    assert "errstate" in found.host[0].text


def test_chosen_values_stay_visible():
    region = the(drawn(either), "if")
    assert [block.nodes[-1].text for block in region.blocks] == ["x", "-x"]


# Host code and tensor regions


def test_host_code_divides_the_tensor_regions():
    found = drawn(host)
    texts = [node.text for node in found.host]
    assert texts[:3] == ["seen = {'calls': 0}", "settings['scale']", "print('<sum> & more:', y.sum())"]
    assert texts[3:] and all(text.startswith("seen['calls']") for text in texts[3:])
    assert {k: operations(nodes) for k, nodes in found.tensor_regions.items()} == {
        1: ["multiply", "sum"],
        2: ["multiply", "sum"],
    }


def test_loops_of_tensor_work_lie_in_one_region():
    found = drawn(nested)
    assert set(found.tensor_regions) == {1}
    assert found[3].tensor_region == 1
    assert found.outputs[0].tensor_region is None


def test_calls_of_functions_with_derivatives_are_calls():
    found = drawn(network)
    assert the(found, "layer").form == "call"
    assert [node.text for node in found.regions] == ["for w, b in params[:-1]"]


# Any callable


class Line:
    def __init__(self, w):
        self.w = w

    def at(self, x):
        return self.w * x

    def __call__(self, x):
        return self.at(x) + 1.0


@pytest.mark.parametrize(
    ("of", "name", "wrt"),
    [
        (lambda x: x * x, "lambda", ("x",)),
        (Line(2.0).at, "at", ("x",)),
        (Line(2.0), "__call__", ("x",)),
        (functools.partial(straight, X), "straight", ("y",)),
        (differentiable(newton), "newton", ("x",)),
    ],
    ids=["lambda", "method", "object", "partial", "decorated"],
)
def test_any_python_callable(of, name, wrt):
    found = graph(of=of, at=2.0)
    assert (found.name, found.wrt) == (name, wrt)
    assert graph(of=of).wrt == wrt


@pytest.mark.parametrize("of", [len, np.sin, 3.0, int])
def test_what_has_no_source_is_refused(of):
    with pytest.raises(DifferentiationError):
        graph(of=of)


# Table, DOT, SVG

TABLE = """\
choice(x, limit) in FILE

     #  node                 operation    inputs        kind        active  line:col
------------------------------------------------------------------------------------
     1  x                    argument                   float64[n]  yes     0:12
     2  limit                argument                   float               0:15
┃1   3  x.sum()              sum          x             float64             1:8
┃1   4  x.sum() > limit      greater      #3, limit     bool                1:8
┃1   5  if x.sum() > limit   if, gives y  #4, x                     yes     1:5
┃1      then:
┃1   6    y = x * 2          multiply     x             float64[n]  yes     2:13
┃1      else:
┃1   7    y = np.sqrt(x)     sqrt         x             float64[n]  yes     4:13
┃1   8  y.mean()             mean         y             float64     yes     5:12
     9  return y.mean()      result       #8            float64     yes     5:12

9 nodes, 6 active, 0 of host code; tensor regions (┃): 1
sizes: n = x.shape[0]"""


def test_the_table():
    line = choice.__code__.co_firstlineno
    found = str(drawn(choice, wrt="x")).replace(choice.__code__.co_filename, "FILE")
    shown = re.sub(r"(\d+):(\d+)$", lambda m: f"{int(m[1]) - line}:{m[2]}", found, flags=re.MULTILINE)
    widths = [len(line) for line in shown.splitlines()[3:14]]
    assert max(widths) < 100
    assert re.sub(" +|-+\n", " ", shown) == re.sub(" +|-+\n", " ", TABLE)


@EVERY
def test_dot_names_every_node_once(function):
    found = drawn(function)
    text = found.dot
    declared = re.findall(r"^\s*n(\d+) \[", text, flags=re.MULTILINE)
    assert sorted(map(int, declared)) == [node.number for node in found]
    ends = {int(n) for pair in re.findall(r"n(\d+) -> n(\d+)", text) for n in pair}
    assert ends <= {node.number for node in found}
    bare = re.sub(r'"(\\.|[^"\\])*"', "", text)
    assert bare.count("{") == bare.count("}")
    assert '"' not in bare


@EVERY
def test_the_drawing_is_xml_without_overlaps(function):
    boxes = leaves(ElementTree.fromstring(drawn(function).svg))
    assert boxes
    for k, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[k + 1 :]:
            beside = x >= other_x + other_width or other_x >= x + width
            assert beside or y >= other_y + other_height or other_y >= y + height


def leaves(root):
    """Left, top, width and height of each box that has no boxes in it."""
    found = [r for r in root.iter(f"{SVG}rect") if r.get("class", "").split(" ")[0] in ("box", "host")]
    sizes = [tuple(float(r.get(k)) for k in ("x", "y", "width", "height")) for r in found]
    return [one for one in sizes if one[2] > 14]  # the legend's are smaller


def test_text_of_the_program_is_no_markup():
    words = [text.text for text in ElementTree.fromstring(drawn(host).svg).iter(f"{SVG}text")]
    assert "print('<sum> & more:', y.sum())" in words


def control(x):
    note = f"{x:.2f}\x01]]></svg>"
    return x + len(note)


def test_control_characters_do_not_break_the_drawing():
    ElementTree.fromstring(graph(of=control, at=1.0).svg)


def test_long_text_is_elided():
    def long(x):
        return np.concatenate([x + 1.0, x + 2.0, x + 3.0, x + 4.0, x + 5.0, x + 6.0]).sum()

    found = graph(of=long, at=X)
    assert max(len(node.text) for node in found) < 60
    widths = [box[2] for box in leaves(ElementTree.fromstring(found.svg))]
    assert max(widths) < 400


def test_notebooks_show_drawing_and_table():
    found = drawn(host)
    assert found._repr_svg_() == found.svg
    assert found.svg in found._repr_html_()
    assert "&lt;sum&gt;" in found._repr_html_().partition("<details>")[2]


@pytest.mark.parametrize(("name", "start"), [("a.svg", "<svg"), ("a.dot", "digraph"), ("a.txt", "straight(")])
def test_save(tmp_path, name, start):
    drawn(straight).save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_save_knows_its_formats(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg"):
        drawn(straight).save(tmp_path / "a.png")


def test_the_same_graph_gives_the_same_text():
    one, other = drawn(network), drawn(network)
    assert (str(one), one.dot, one.svg) == (str(other), other.dot, other.svg)


def test_layers_follow_the_edges():
    boxes = [Box(10.0, 10.0) for _ in range(4)]
    layered(boxes, [(0, 1), (1, 2), (0, 3)], [0, 0, 0, 1])
    assert boxes[0].y < boxes[1].y < boxes[2].y < boxes[3].y


def test_graph_is_public():
    assert diffpy.graph is graph
    assert "graph" in diffpy.__all__
