"""Install the pinned PyTorch: from its own index for processors where that helps, else as pip finds it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.request
from importlib import metadata
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> int:
    """Exit status of pip."""
    constraints = Path(__file__).parents[1] / "constraints.txt"
    pin = re.search(r"^torch==(\S+)", constraints.read_text("utf-8"), re.MULTILINE)
    assert pin is not None, "constraints.txt pins torch"
    try:
        if metadata.version("torch").split("+")[0] == pin[1]:
            return 0
    except metadata.PackageNotFoundError:
        pass
    call = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        f"torch=={pin[1]}",
    ]
    if sys.platform == "linux" and not shutil.which("nvidia-smi") and _reachable(CPU_INDEX):
        # Only PyTorch itself: what it needs comes from the usual place with the rest.
        first = subprocess.call([*call, "--no-deps", "--index-url", CPU_INDEX])
        if first == 0:
            return 0
    return subprocess.call([*call, "--constraint", str(constraints)])


def _reachable(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "/torch/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
