"""What all tests share: the one seed, and the reason why a GPU test is skipped."""

import gc
import importlib
import zlib

import hypothesis
import numpy as np
import pytest

collect_ignore_glob = ["corpus/*.py"]  # programs, whose objects may say no to what doctest asks of them

# The same examples at each run: a failure that comes and goes cannot be mended. `make fuzz` looks further.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=0, help="what all random numbers of the tests start from")
    parser.addoption(
        "--full", action="store_true", help="all programs, and all calls of the table's cover, not a choice"
    )


def pytest_collection_finish(session):
    """Thousands of tests and their trees live long: looking through them again and again took an eighth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_report_header(config):
    return f"seed: {config.getoption('--seed')}"


@pytest.fixture(scope="session")
def seed(request):
    """The seed that all random numbers start from."""
    return request.config.getoption("--seed")


@pytest.fixture
def rng(seed, request):
    """A random generator of the test's own: the same numbers whatever ran before it, in whichever process."""
    return np.random.default_rng([seed, zlib.crc32(request.node.nodeid.encode())])


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--full"):
        left_out = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]
    marked = [item for item in items if item.get_closest_marker("gpu")]
    reason = why_no_gpu() if marked else None
    if reason is not None:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_gpu():
    """None where CuPy can compute, else the reason why it cannot."""
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        return "CuPy is not installed"
    return None if cupy.is_available() else "CuPy finds no NVIDIA GPU"
