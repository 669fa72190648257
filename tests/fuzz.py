"""Random programs through diffpy until the time is up: each is differentiated right, or refused with a caret.

`python tests/fuzz.py --seconds 60 --seed 1` prints each failure once, as the smallest program that shows it.
The same seed writes the same programs. With `--save` the failures stand in a folder, one file each.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fuzzing.checking import Finding, check, quiet, same_failure
from fuzzing.modules import arguments, defined
from fuzzing.shrinking import shrunk
from fuzzing.writing import program

SLOW = 40  # seconds of processor time for each thing that is asked; a program that takes longer hangs
ENDLESS = 5  # the same for plain Python, which may have written a loop without an end
ONE_IN = {
    "text": 1,
    "forward": 1,
    "recorded": 1,
    "pass": 4,
    "order": 8,
    "compiled": 6,
}  # programs that are asked for more


def main() -> int:
    options = parsed()
    until = time.monotonic() + options.seconds
    counts: collections.Counter = collections.Counter()
    failures: collections.Counter = collections.Counter()
    seed = options.seed
    while time.monotonic() < until and (options.count is None or seed < options.seed + options.count):
        finding = checked(program(seed), seed)
        counts[finding.kind] += 1
        if finding.kind in ("refused", "raises") and options.verbose:
            counts[finding.kind, finding.where] += 1
        if finding.failed:
            failures[finding.kind, finding.where] += 1
            if failures[finding.kind, finding.where] <= options.each:
                seconds = min(options.shrink, until - time.monotonic())
                report(finding, seed, smallest(finding, seed, seconds), options.save)
        seed += 1
    print(f"programs {options.seed} to {seed - 1}")
    for kind, count in counts.most_common():
        print(f"{count:6} {kind}")
    for (kind, where), count in failures.most_common():
        print(f"{count:6} {kind}: {where}")
    return 1 if failures else 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, help="stop after so many programs")
    parser.add_argument("--seed", type=int, help="the first program's; by default what the clock says")
    parser.add_argument("--save", type=Path, help="a folder for the failures")
    parser.add_argument("--each", type=int, default=3, help="how many of the same kind are shown")
    parser.add_argument("--shrink", type=float, default=15, help="seconds for making a failure small")
    parser.add_argument("--verbose", action="store_true", help="count the refusals by what they say")
    options = parser.parse_args()
    options.seed = int(time.time()) % 10**7 * 100 if options.seed is None else options.seed
    return options


class Hangs(BaseException):
    """The time for one program is up."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise Hangs

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.01))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def is_endless(text: str, seed: int) -> bool:
    """Whether the program does not end in plain Python: it maps a function that makes the list longer, say."""
    try:
        with limited(ENDLESS), quiet(), defined(text) as function:
            function(*arguments(seed))
    except Hangs:
        return True
    except Exception:
        return False  # what it raises is looked at later
    return False


def checked(text: str, seed: int) -> Finding:
    if is_endless(text, seed):
        return Finding("unfit", detail="plain Python does not end")
    more = [name for name, many in ONE_IN.items() if seed % many == 0]
    try:
        with limited(SLOW * len(more)):
            return check(text, seed, more)
    except Hangs:
        return Finding("hangs")


def smallest(finding: Finding, seed: int, seconds: float) -> str:
    """The smallest program found in this time that fails in the same way; one that hangs does not."""
    text, until = program(seed), time.monotonic() + seconds
    same = same_failure(finding, seed)

    def fails(candidate: str) -> bool:
        try:
            with limited(until - time.monotonic()):
                return same(candidate)
        except Hangs:
            return False

    return text if finding.kind == "hangs" else shrunk(text, fails, seconds)


def report(finding: Finding, seed: int, text: str, folder: Path | None) -> None:
    detail = checked(text, seed).detail if text != program(seed) else finding.detail
    print(f"--- {finding.kind}: {finding.where} (program {seed})\n{text}\n{detail}\n", flush=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"program_{seed}.py").write_text(f'"""{finding.kind}: {finding.where}."""\n\n{text}\n')


if __name__ == "__main__":
    sys.exit(main())
