"""The programs of `workloads.py` with another module in place of NumPy, and of math."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any


def written_with(numpy: Any) -> ModuleType:
    """A module of its own, with a file of its own: some packages read the source of what they differentiate."""
    text = (Path(__file__).parent / "workloads.py").read_text()
    text = re.sub(r"^import (numpy as np|math)\n", "", text, flags=re.MULTILINE).replace("math.", "np.")
    if numpy.__name__ == "numpy":
        text = text.replace("from collections.abc", "import numpy as np\nfrom collections.abc", 1)
    else:
        text = text.replace("from collections.abc", f"import {numpy.__name__} as np\nfrom collections.abc", 1)
    path = Path(tempfile.mkdtemp()) / "written.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("written", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
