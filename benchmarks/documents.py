"""Documents with both engines: hakseup, and Keras on TensorFlow with the document's imports repaired.

    HAKSEUP_DATA=DIR python benchmarks/documents.py DOCUMENT... [--keras-python PATH] [--engine hakseup] [--epochs N] [--out FILE.json]

Every document is run in a fresh folder that holds a picture at image/black.png. `--keras-python` names an interpreter
that has TensorFlow (benchmarks/requirements-tensorflow.txt); what else the code imports it takes from this one. With it
a document is run by its `--fix` for Keras 3, block by block, in the same kind of process; without it only by hakseup.
Seconds are those of the blocks, from the first to the last, imports and reading of data included. One run each: figures
of small networks differ from run to run. `--epochs N` writes `epochs=N` over every number of epochs: for the speed alone.
`--seeds 0 1 2 …` runs every document once for each, written over the seeds it sets itself; `--until N` ends after block N.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import drive
import numpy as np
from PIL import Image

from hakseup.runner import run
from hakseup.runner.documents import Block, read
from hakseup.runner.kernel import Ran


class Lines(run.Silence):
    """A line for every block that took longer than a second or failed."""

    def end(self, block: Block, ran: Ran) -> None:
        """The block has ended."""
        if ran.seconds > 1 or ran.failure is not None:
            failure = "" if ran.failure is None else f"  {ran.failure.error.splitlines()[0][:90]}"
            print(f"    block {block.number}, line {block.line}: {ran.seconds:.1f} s{failure}", flush=True)


def main() -> None:
    """Run the documents, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--keras-python", default=None, metavar="PATH")
    parser.add_argument("--engine", choices=("hakseup", "keras"), default=None, help="this one only")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--seeds", type=int, nargs="+", default=[None])
    parser.add_argument("--until", type=int, default=None, metavar="BLOCK")
    parser.add_argument("--out", type=Path, default=None)
    call = parser.parse_args()
    if call.keras_python is not None:  # every document is run in a folder of its own
        call.keras_python = str(Path.cwd() / call.keras_python)
    engines: list[run.Engine] = ["hakseup", "keras"] if call.keras_python else ["hakseup"]
    if call.engine is not None:
        engines = [call.engine]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.platform()}\n")
    told: list[dict[str, Any]] = []
    for document in call.documents:
        for seed, engine in itertools.product(call.seeds, engines):
            print(f"  {document.name}, {engine}{'' if seed is None else f', seed {seed}'}", flush=True)
            told.append(one(document.resolve(), engine, call, seed))
            if call.out is not None:
                call.out.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print("\n| document | engine | blocks | seconds |\n| --- | --- | --- | --- |")
    for row in told:
        print(
            f"| {row['document']} | {row['engine']} | {row['ran']} of {row['blocks']} | {row['block_seconds']:.1f} |"
        )
    for (document, engine), rows in itertools.groupby(told, lambda row: (row["document"], row["engine"])):
        print(f"\n{document}, {engine}:")
        for figures in zip(*(row["figures"] for row in rows), strict=True):
            first, ours = figures[0], [one["ours"] for one in figures if one["ours"] is not None]
            here = "–" if not ours else drive.spread(ours, "{:.4g}")
            print(f"  block {first['block']}  {first['name']}: document {first['document']:.4g}, here {here}")


def one(document: Path, engine: run.Engine, call: argparse.Namespace, seed: int | None) -> dict[str, Any]:
    """Run one document in a fresh folder; what came out, with the seconds of each block."""
    before, python = Path.cwd(), call.keras_python
    options: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            picture()
            text = changed(document, call.epochs, seed, call.until)
            document = Path(folder) / document.name
            document.write_text(text, "utf-8")
            if engine == "keras" and python is not None:
                options["python"] = python
                os.environ["PYTHONPATH"] = str(borrowed(Path(folder)))
            result = run.run(document, engine=engine, listener=Lines(), **options)
        finally:
            os.chdir(before)
            os.environ.pop("PYTHONPATH", None)
    seconds = {number: round(ran.seconds, 3) for number, ran in result.ran.items()}
    return {
        **{key: value for key, value in result.as_dict().items() if key not in ("notes", "file")},
        "document": document.name,
        "seed": seed,
        "block_seconds": round(sum(seconds.values()), 3),
        "by_block": seconds,
    }


def changed(document: Path, epochs: int | None, seed: int | None, until: int | None) -> str:
    """The text of a document with these in place of its own; to the end of one of its blocks (from 1)."""
    text = document.read_text("utf-8")
    blocks = read(document).blocks
    if until is not None and until < len(blocks):  # the line before the code opens the block
        text = "".join(text.splitlines(keepends=True)[: blocks[until].line - 2])
    if epochs is not None:
        text = re.sub(r"\b(nb_epoch|epochs)(\s*=\s*)\d+", rf"\g<1>\g<2>{epochs}", text)
    if seed is not None:
        text = re.sub(r"\b((?:set_)?(?:random_)?seed\()\d+\)", rf"\g<1>{seed})", text)
    return text


def picture() -> None:
    """A gray disk on black, at image/black.png."""
    Path("image").mkdir()
    y, x = np.mgrid[:200, :300]
    disk = np.where((x - 150) ** 2 + (y - 100) ** 2 < 70**2, 200, 0).astype(np.uint8)
    Image.fromarray(disk).save("image/black.png")


def borrowed(folder: Path) -> Path:
    """A folder for PYTHONPATH with which another interpreter finds, last of all, the packages of this one."""
    place = folder / ".borrowed"
    place.mkdir()
    packages = sysconfig.get_path("purelib")
    (place / "sitecustomize.py").write_text(f"import sys\nsys.path.append({packages!r})\n", "utf-8")
    return place


if __name__ == "__main__":
    main()
