"""Machine code that is kept between processes: off unless asked for, the user's alone, and any fault is a miss."""

import os
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from diffpy import value_with_gradient
from diffpy.backends import code_cache, llvm

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="a directory of one's own is known on POSIX alone"
)

KEY, CODE = b"a key\nof two lines", bytes(range(256)) * 3


@pytest.fixture
def directory(tmp_path, monkeypatch):
    found = tmp_path / "kept"
    monkeypatch.setenv(code_cache.VARIABLE, str(found))
    return found


def entry(directory):
    (found,) = directory.iterdir()
    return found


def test_kept_code_is_found_under_its_whole_key_alone(directory):
    assert code_cache.found(KEY) is None
    code_cache.keep(KEY, CODE)
    assert code_cache.found(KEY) == CODE
    assert code_cache.found(KEY + b"!") is None
    assert (entry(directory).stat().st_mode & 0o777, directory.stat().st_mode & 0o777) == (0o600, 0o700)


def test_an_entry_of_another_key_at_this_place_is_a_miss(directory):
    code_cache.keep(KEY, CODE)
    os.rename(entry(directory), directory / code_cache._name(b"another"))
    assert code_cache.found(b"another") is None


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for off in ("", "0"):
        monkeypatch.setenv(code_cache.VARIABLE, off)
        code_cache.keep(KEY, CODE)
        assert code_cache.found(KEY) is None
    monkeypatch.delenv(code_cache.VARIABLE)
    code_cache.keep(KEY, CODE)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(code_cache.VARIABLE, "1")
    code_cache.keep(KEY, CODE)
    assert entry(tmp_path / "diffpy").read_bytes().endswith(CODE)


def test_isolated_python_keeps_nothing(directory):
    text = "from diffpy.backends import code_cache; print(code_cache.asked_for())"
    for flag, expected in (("-I", "None"), ("-s", str(directory))):
        given = [sys.executable, flag, "-c", f"import sys; sys.path[:] = {sys.path!r}; {text}"]
        assert subprocess.run(given, capture_output=True, text=True, check=True).stdout.strip() == expected


def test_each_damaged_byte_and_each_shorter_file_is_a_miss(directory):
    code_cache.keep(KEY, CODE[:40])
    file = entry(directory)
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert code_cache.found(KEY) is None
        file.write_bytes(whole[:place])
        assert code_cache.found(KEY) is None
    file.write_bytes(whole + b"!")
    assert code_cache.found(KEY) is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_directory_that_others_can_write_to_is_not_used(directory, mode):
    code_cache.keep(KEY, CODE)
    directory.chmod(mode)
    assert code_cache.found(KEY) is None
    assert "others could write" in code_cache.fault()
    code_cache.keep(b"another", CODE)
    directory.chmod(0o700)
    assert code_cache.found(b"another") is None


def test_a_directory_below_one_that_others_can_write_to_is_not_used(directory):
    code_cache.keep(KEY, CODE)
    directory.parent.chmod(0o777)
    assert code_cache.found(KEY) is None
    directory.parent.chmod(0o1777)  # others cannot replace what is there
    assert code_cache.found(KEY) == CODE


def test_links_and_files_that_others_can_write_are_not_followed(directory, tmp_path):
    code_cache.keep(KEY, CODE)
    file = entry(directory)
    file.chmod(0o666)
    assert code_cache.found(KEY) is None
    file.chmod(0o600)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert code_cache.found(KEY) is None
    file.unlink()
    directory.rename(tmp_path / "moved")
    directory.symlink_to(tmp_path / "moved")
    code_cache.keep(KEY, CODE)
    assert code_cache.found(KEY) is None and list((tmp_path / "moved").iterdir()) == []


@pytest.mark.parametrize("path", ["relative", "/proc/nowhere/kept", "/dev/null"])
def test_places_that_are_none_are_a_miss(monkeypatch, path):
    monkeypatch.setenv(code_cache.VARIABLE, path)
    code_cache.keep(KEY, CODE)
    assert code_cache.found(KEY) is None and code_cache.fault()


def test_what_nobody_has_asked_for_longest_goes_first(directory, monkeypatch):
    monkeypatch.setattr(code_cache, "MOST_ENTRIES", 3)
    for k in range(3):
        code_cache.keep(b"%d" % k, CODE)
        os.utime(directory / code_cache._name(b"%d" % k), (k, k))
    assert code_cache.found(b"0") == CODE
    code_cache.keep(b"3", CODE)
    assert [code_cache.found(b"%d" % k) is not None for k in range(4)] == [True, False, True, True]


def test_many_writers_leave_whole_entries(directory):
    with ThreadPoolExecutor(16) as pool:
        for _ in range(20):
            found = list(
                pool.map(lambda k: (code_cache.keep(KEY, CODE), code_cache.found(KEY))[1], range(16))
            )
            assert set(found) <= {CODE, None}
    assert code_cache.found(KEY) == CODE
    assert len(list(directory.iterdir())) == 1


def bumps(x, a):
    total = 0.0
    for i in range(len(x)):
        total = total + np.sin(x[i] * a)
    return total


@pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")
def test_a_kernel_is_compiled_once_for_all_processes(directory, monkeypatch):
    x = np.linspace(0.0, 1.0, 7)
    first = value_with_gradient(of=bumps, wrt=("x", "a"), compile=True)
    first(x, 2.0)
    expected = first(x, 2.0)
    assert first.compiled_report().endswith(": compiled") and entry(directory)
    monkeypatch.setattr(llvm, "_code_made", lambda *given: pytest.fail("compiled once more"))
    anew = types.FunctionType(bumps.__code__, bumps.__globals__)
    again = value_with_gradient(of=anew, wrt=("x", "a"), compile=True)
    again(x, 2.0)
    found = again(x, 2.0)
    assert again.compiled_report().endswith(": compiled")
    np.testing.assert_array_equal(found[1][0], expected[1][0])
    assert found[0] == expected[0] and found[1][1] == expected[1][1]


TEXTS = """
import sys, numpy as np
sys.path[:] = {path!r}
import test_code_cache as here
from diffpy import value_with_gradient
made = value_with_gradient(of=here.bumps, wrt=("x", "a"), compile=True)
made(np.ones(3), 2.0)
"""


@pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")
def test_processes_write_the_same_text(directory):
    for seed in "123":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        path = [os.path.dirname(__file__), *sys.path]
        subprocess.run([sys.executable, "-c", TEXTS.format(path=path)], env=environment, check=True)
    assert len(list(directory.iterdir())) == 1
