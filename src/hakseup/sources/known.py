"""The known data sets by name: found on this machine, or fetched.

A set of `known_table.TABLE` is looked for in the folder that HAKSEUP_DATA names, then in the user folder; where
it lies in neither it is downloaded into the user folder. What a person put there is checked for its picture size
and its classes, and its hash is recorded; only a download is held against a SHA-256. Reading the files is the
work of the other sources.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hakseup import files
from hakseup.errors import CallError, DataError, DownloadError, nearest
from hakseup.progress import Progress, Silence
from hakseup.sources import archive, cifar, download
from hakseup.sources.classes import keep
from hakseup.sources.found import Found, Piece
from hakseup.sources.known_table import TABLE, Bundle, Form, Known
from hakseup.words import Words

VARIABLE = "HAKSEUP_DATA"
NAMES: list[str] = [known.name for known in TABLE]
_IDX = ("train-images", "train-labels", "t10k-images", "t10k-labels")
OWN_FAULT = {"disk-full", "cannot-write"}  # another publisher would not help
Where = Literal["HAKSEUP_DATA", "cache", "package"]


@dataclass(frozen=True)
class Place:
    """Where a data set lies on this machine."""

    where: Where
    form: Form
    path: Path | None  # None: inside scikit-learn


def canonical(name: str) -> str | None:
    """The name in the table that is meant: "Fashion-MNIST" is "fashion_mnist"; None: no known data set."""
    plain = spelled(name)
    return plain if plain in NAMES else None


def spelled(name: str) -> str:
    """A name as the tables of what is known spell theirs."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def find(name: str, progress: Progress | None = None, *, classes: Sequence[str] = ()) -> Found:
    """The known data set with this name.

    Args:
        name: one of NAMES.
        progress: told about a download.
        classes: keep these only, by key or by name; empty: all.

    Raises:
        CallError: no such name, or no such class.
        DataError: what lies on this machine under its name is something else.
        DownloadError: it could not be fetched; the hint says where to put it by hand.
    """
    known = _of(name)
    place = locate(known) or _fetched(known, progress or Silence())
    found = _read(known, place)
    _check(known, found, place)
    found = dataclasses.replace(
        found,
        source=known.name,
        name=known.name,
        classes=known.classes,
        title=known.title,
        licence=known.licence,
        known=known.name,
        kind=known.kind,
        notes=(*found.notes, *_notes(known, found, place)),
    )
    return keep(found, classes) if classes else found


def describe() -> list[dict[str, Any]]:
    """Every known data set as a dict, with where it would be taken from now.

    Keys: name, title, kind, n (part -> pictures), size (height, width), classes, licence, citation, page,
    addresses, found ("HAKSEUP_DATA", "cache", "package" or "download"), path, bytes (on disk, or to fetch).
    """
    return [_described(known) for known in TABLE]


def _described(known: Known) -> dict[str, Any]:
    place = locate(known)
    to_fetch = known.bundles[0].size if known.bundles else None
    return {
        "name": known.name,
        "title": known.title.as_dict(),
        "kind": known.kind,
        "n": dict(known.n),
        "size": list(known.picture),
        "classes": [{"key": c.key, **c.words.as_dict()} for c in known.classes],
        "licence": known.licence,
        "citation": known.citation,
        "page": known.page,
        "addresses": [url for bundle in known.bundles for remote in bundle.remotes for url in remote.urls],
        "found": place.where if place else "download",
        "path": str(place.path) if place and place.path else None,
        "bytes": _bytes(place.path) if place else to_fetch,
    }


def _of(name: str) -> Known:
    plain = canonical(name)
    for known in TABLE:
        if known.name == plain:
            return known
    near = nearest(name.lower(), NAMES)
    raise CallError(
        "unknown-data",
        Words(f"There is no known data set called '{name}'.", f"'{name}'(이)라는 데이터는 없습니다."),
        Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
        if near
        else Words("`hakseup data` lists them.", "`hakseup data`로 목록을 볼 수 있습니다."),
    )


# --- where it lies -----------------------------------------------------------------------------------------


def cache() -> Path:
    """The folder that downloads go to."""
    return files.user_home() / "data"


def homes() -> list[tuple[Where, Path]]:
    """The folders that known data are looked for in, in this order."""
    named = os.environ.get(VARIABLE)
    own: list[tuple[Where, Path]] = [("HAKSEUP_DATA", Path(named).expanduser())] if named else []
    return [*own, ("cache", cache())]


def locate(known: Known) -> Place | None:
    """Where the data set lies now; None: it must be downloaded."""
    if not known.bundles:
        return Place("package", "package", None)
    for where, home in homes():
        for name, form in known.places:
            if _looks_like(home / name, form):
                return Place(where, form, home / name)
    return None


def _looks_like(path: Path, form: Form) -> bool:
    if form == "npz":
        return path.is_file()
    if form == "idx":  # all four: a download may have broken off, and a folder of that name may hold pictures
        return path.is_dir() and all(any(path.glob(f"{start}*ubyte*")) for start in _IDX)
    if form == "cifar":
        return cifar.is_folder(path)
    return (path / "train").is_dir() and (path / "test").is_dir()


def _bytes(path: Path | None) -> int | None:
    if path is None:
        return None
    if path.is_file():
        return path.stat().st_size
    return sum(inside.stat().st_size for inside in path.rglob("*") if inside.is_file())


# --- reading and checking ----------------------------------------------------------------------------------


def _read(known: Known, place: Place) -> Found:
    if place.path is None:
        return _digits(known)
    if place.form == "npz":
        from hakseup.sources import npz

        return npz.find(place.path)
    if place.form == "idx":
        from hakseup.sources import idx

        return idx.find(place.path)
    if place.form == "cifar":
        return cifar.find(place.path)
    from hakseup.sources import folders

    return folders.find(place.path)


def _digits(known: Known) -> Found:
    """scikit-learn's digits: 8x8 values 0 to 16, brought to 0 to 255."""
    # The file as it lies in the package: to load the package for it would take seconds.
    package = importlib.util.find_spec("sklearn")
    folder = Path(str(package and package.origin)).parent
    rows = np.loadtxt(folder / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    pixels = np.rint(rows[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    labels = rows[:, -1].astype(np.int64)
    pixels.flags.writeable = False
    where = [f"digits[{row}]" for row in range(len(pixels))]
    piece = Piece(None, len(pixels), lambda: labels, pixels=pixels, where=where)
    return Found(source=known.name, name=known.name, format="arrays", classes=known.classes, pieces=(piece,))


def _check(known: Known, found: Found, place: Place) -> None:
    """What lies there has the size of picture, the classes and the parts that it must have."""
    expected = tuple(c.key for c in known.classes)
    keys = tuple(c.key for c in found.classes)
    if keys != expected:
        raise _something_else(
            known, place, "classes", "클래스", ", ".join(expected), ", ".join(keys[:12]) or "-"
        )
    parts = {piece.part for piece in found.pieces}
    wanted = set() if "all" in known.n else set(known.n)
    if wanted and parts != wanted:
        got = ", ".join(sorted(str(part) for part in parts))
        raise _something_else(known, place, "parts", "부분", ", ".join(sorted(wanted)), got)
    for piece in found.pieces:
        if piece.pixels is not None and tuple(piece.pixels.shape[1:3]) != known.picture:
            sizes = (f"{w}x{h}" for h, w in (known.picture, piece.pixels.shape[1:3]))
            raise _something_else(known, place, "picture size", "그림 크기", *sizes)


def _something_else(known: Known, place: Place, what: str, ko: str, expected: str, got: str) -> DataError:
    return DataError(
        "not-the-known-data",
        Words(
            f"{place.path} is not {known.name}: {what} expected {expected}, found {got}.",
            f"{place.path}은(는) {known.name} 데이터가 아닙니다. {ko}: {expected}이어야 하는데 {got}입니다.",
        ),
        Words(
            f"Move it away, or give its path instead of the name: hakseup look {place.path}",
            f"다른 곳으로 옮기거나, 이름 대신 경로를 주세요: hakseup look {place.path}",
        ),
    )


def _notes(known: Known, found: Found, place: Place) -> list[Words]:
    """Which file it was, with its hash, and how it differs from the published one."""
    if place.path is None:
        return []
    sha256 = fingerprint(place.path)
    published = {known.content} | {
        bundle.remotes[0].sha256 for bundle in known.bundles if len(bundle.remotes) == 1
    }
    as_en, as_ko = (", as published", ", 공개된 것과 같음") if sha256 in published else ("", "")
    notes = [
        Words(
            f"Read from {place.path} (SHA-256 {sha256}{as_en}).",
            f"{place.path}에서 읽었습니다(SHA-256 {sha256}{as_ko}).",
        )
    ]
    counts = {piece.part or "all": piece.n for piece in found.pieces}
    if counts != known.n:
        en = ", ".join(f"{part} {n:,} (published {known.n.get(part, 0):,})" for part, n in counts.items())
        ko = ", ".join(f"{part} {n:,}장(공개본 {known.n.get(part, 0):,}장)" for part, n in counts.items())
        notes.append(
            Words(
                f"The number of pictures is not the published one: {en}.",
                f"그림 수가 공개본과 다릅니다: {ko}.",
            )
        )
    return notes


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, or the content digest of a folder without its hidden files."""
    if path.is_file():
        return download.digest(path)
    inside = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    return content_digest({p.relative_to(path).as_posix(): download.digest(p) for p in inside})


def content_digest(digests: dict[str, str]) -> str:
    """SHA-256 over the lines "relative/name sha256" of all files, sorted."""
    lines = sorted(f"{name} {sha256}\n" for name, sha256 in digests.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# --- fetching ----------------------------------------------------------------------------------------------


def fetching(name: str) -> Words:
    """That it is downloaded, and where to."""
    home = os.environ.get(VARIABLE)
    en, ko = (f" (nor in {VARIABLE}={home})", f"({VARIABLE}={home} 폴더에도 없음)") if home else ("", "")
    return Words(
        f"{name} is not on this machine yet{en}; it is downloaded to {cache()}.",
        f"{name} 데이터가 이 컴퓨터에 없어{ko} {cache()} 폴더에 내려받습니다.",
    )


def _fetched(known: Known, progress: Progress) -> Place:
    """Download it from the first publisher that gives it."""
    progress.note(fetching(known.name))
    first: DownloadError | None = None
    for bundle in known.bundles:
        try:
            return Place("cache", bundle.form, _bundle(known, bundle, progress))
        except DownloadError as error:
            if error.code in OWN_FAULT:
                raise
            first = first or error
    if first is None:
        raise ValueError(f"{known.name} has no address")
    raise DownloadError(first.code, first.message, _by_hand(known)) from first


def _bundle(known: Known, bundle: Bundle, progress: Progress) -> Path:
    place = cache() / bundle.place
    for remote in bundle.remotes:
        target = place / remote.name if bundle.form == "idx" else cache() / remote.name
        download.fetch(remote.urls, remote.sha256, target, size=remote.size, progress=progress)
        if bundle.form == "folder":
            archive.unpack(target, place, check=lambda digests: content_digest(digests) == known.content)
            target.unlink(missing_ok=True)
        if bundle.form == "cifar":
            with archive.unpacking(target, place):
                cifar.unpack(target, place)
            target.unlink(missing_ok=True)
    return place


def _by_hand(known: Known) -> Words:
    bundle = known.bundles[0]
    unpacked = {
        "cifar": Words(" (unpacked: the .bin files lie in it)", "(압축을 풀어 .bin 파일이 그 안에 있게)"),
        "folder": Words(
            " (unpacked: train/ and test/ stand in it)", "(압축을 풀어 train/과 test/가 그 안에 있게)"
        ),
    }.get(bundle.form, Words("", ""))
    place = bundle.place if bundle.form == "npz" else bundle.place + os.sep
    return by_hand([remote.urls[0] for remote in bundle.remotes], place, unpacked)


def by_hand(urls: Sequence[str], place: str, unpacked: Words = Words("", "")) -> Words:
    """Where to fetch the files and where to put them, for a person without a network here.

    Args:
        urls: of the files. place: what they are called in the folder of data. unpacked: how an archive is to lie there.
    """
    named = os.environ.get(VARIABLE)
    listed = "\n".join(f"  {url}" for url in urls)
    places = "".join(f"\n  {Path(home)}{os.sep}{place}" for home in (named or f"<{VARIABLE}>", cache()))
    about_en, about_ko = ("", "")
    if not named:
        about_en = f"\n{VARIABLE} is an environment variable that names a folder of yours."
        about_ko = f"\n{VARIABLE}는 데이터를 둘 폴더를 알려 주는 환경 변수입니다."
    return Words(
        f"Where there is a network, fetch\n{listed}\nand put it at one of these two places{unpacked.en}:{places}{about_en}",
        f"인터넷이 되는 곳에서 다음을 받아\n{listed}\n두 곳 중 한 곳에 두세요{unpacked.ko}:{places}{about_ko}",
    )
