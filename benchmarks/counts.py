"""Instructions that calls of tiny programs take, counted by valgrind: to a thousandth the same, on a busy machine too.

`make bench-counts` prints them. A change of a few in a hundred is seen here before it is seen in times.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TITLES = ("two scalars", "100 scalar steps", "Newton's root")  # in the order of the workloads
_CALLS = 50


def measured() -> None:
    """What valgrind watches; a call of getppid, which nothing else makes, tells where a program begins and ends."""
    import peer_compiled
    import peer_diffpy
    import serving
    from workloads import WORKLOADS

    for peer, is_compiled in ((peer_diffpy, False), (peer_compiled, True)):
        peer_diffpy.COMPILE = is_compiled
        served = serving.Served(peer.__name__.removeprefix("peer_"))
        for one in WORKLOADS:
            if one.title in TITLES:
                assert "first" in served.first(one)
                run = served.programs[one.title]
                run()
                os.getppid()
                for _ in range(_CALLS):
                    run()
                os.getppid()


def counted() -> list[int]:
    """The instructions of each program, the generated text first."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "counts"
        options = ["--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={out}"]
        command = ["valgrind", *options, sys.executable, __file__, "measured"]
        subprocess.run(
            command, check=True, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONHASHSEED": "0"}
        )
        found = [_total(out.with_name(f"counts.{n}")) for n in range(2, 4 * len(TITLES) + 1, 2)]
    return [one // _CALLS for one in found]


def _total(path: Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def main() -> None:
    if shutil.which("valgrind") is None:
        print("make bench-counts: valgrind is not installed; nothing was counted")
        return
    counts = counted()
    half = len(TITLES)
    print(f"{'instructions of':20}{'diffpy':>12}{'compiled':>12}")
    for title, plain, compiled in zip(TITLES, counts[:half], counts[half:], strict=True):
        print(f"{title:20}{plain:12,}{compiled:12,}")


if __name__ == "__main__":
    measured() if sys.argv[1:] == ["measured"] else main()
