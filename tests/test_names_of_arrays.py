"""An array under every name that Python can give it, changed in every way through one name and read through the other.

Nothing may be silently wrong: a program is right by the oracles of the fuzzer, or refused.
"""

import combining
import pytest

NAMES = (
    combining.NAMES
    + """
b = a[:]
b = a[...]
b = a.reshape(4)
b = np.ravel(a)
b = a.T
b = np.asarray(a)
b = np.atleast_1d(a)
b = np.require(a)
b = np.ascontiguousarray(a)
b = a.view()
b = a.real
b = np.real_if_close(a)
b = np.float64(a)
b = np.diff(a, 0)
b = a[::-1][::-1]
b = np.expand_dims(a, 0)[0]
b = np.split(a, 1)[0]
b = np.nan_to_num(a, copy=False)
b = np.trim_zeros(a)
b = np.einsum("i->i", a)
b = np.meshgrid(a)[0]
b = np.meshgrid(a, copy=False)[0]
b = a.conj()
b = a.squeeze()
b = a.astype(float, copy=False)
b = a if x > 0 else v * 2.0
for b in a.reshape(1, 4): pass
things = [row for row in a.reshape(1, 4)]; b = things[0]
""".strip().splitlines()
)

STORES = """
{0}[...] = v * 3.0
{0}[:] = v[::-1] * 2.0
{0} += v
{0}[0] = v[1] * 3.0
{0}[1:] *= v[:-1]
{0}[1:3][0] = v[2] * 2.0
{0}[v > 0] = x * 2.0
{0}[[0, 2]] = v[:2]
{0}[...] = {0}[::-1]
{0}[0], {0}[1] = {0}[1], {0}[0]
np.multiply({0}, v, out={0}, where=v > 0)
np.copyto({0}, v * 2.0)
np.put({0}, [0], x * 2.0)
np.add.at({0}, [0, 0, 1], v[:3])
{0}.fill(x * 2.0)
{0}.sort()
{0}.partition(1)
{0}.flat[1] = x * 2.0
{0}.__iadd__(v)
{0}.__setitem__(0, x * 2.0)
operator.setitem({0}, 0, x * 2.0)
(lambda q: q.__setitem__(0, x * 2.0))({0})
grow({0}, v)
grow_reversed({0}, v)
Writer({0}).write(v)
for k in range(4): {0}[k] = {0}[k - 1] * v[k]
if x > 0: {0}[0] = x * y
{0} *= v; {0}[1] = 3.0
{0} += x; {0}[0] = x * y
""".strip().splitlines()

CASES = {
    f"{name} | {store.format(changed)}": (name, store, changed)
    for name in NAMES
    for store in STORES
    for changed in ("a", "b")
}


def program(made, name, store, changed, more):
    read = "b" if changed == "a" else "a"
    last = f"return np.sum({read} ** 2 * v) + {more}"
    lines = [f"a = {made}", *name.split("; "), *store.format(changed).splitlines(), last]
    return combining.HELPERS + combining.function(lines)


@pytest.mark.parametrize(("name", "store", "changed"), combining.chosen(CASES, 64))
def test_store_is_seen_through_the_other_name(name, store, changed):
    text = program("v * 1.5 + y", name, store, changed, f"np.sum({changed} * w[0])")
    combining.assert_right_or_refused(text)


@pytest.mark.parametrize(("name", "store", "changed"), combining.chosen(CASES, 96, 8))
def test_store_in_what_is_not_known(name, store, changed):
    """Nothing says while deriving that it is an array, and nobody reads it by the name that it was changed by."""
    text = program('[None, v * 1.5 + y, "k"][1]', name, store, changed, "y")
    combining.assert_right_or_refused(text)
