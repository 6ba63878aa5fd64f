"""Pictures as they come -> one uint8 array at one size, with a hash of each; files by threads, arrays by blocks.

The target size and the number of channels are chosen from the pictures outside a test part that came with the
data. Hashes are of the decoded pictures before any of that, so they are the same whatever was chosen.
"""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hakseup.data import cache
from hakseup.data.decode import UNREADABLE, Unusable, decode_quietly, fit_to, probe
from hakseup.data.hashing import as_keys, key, keys
from hakseup.data.mapped import release
from hakseup.data.sizing import choose_size, size_key, size_notes
from hakseup.errors import DataError, refusal
from hakseup.progress import Progress, work
from hakseup.settings import DataSettings
from hakseup.sources.classes import readable
from hakseup.sources.found import Piece, Refused, StoredPixels
from hakseup.words import Words

_CHUNK = 64  # files handed to the threads at once
_BLOCK = 16 << 20  # bytes of an array that are worked on at once


def _channels(mode: str) -> int | None:
    """Channels that the setting asks for; None: chosen from the pictures."""
    return {"grayscale": 1, "rgb": 3}.get(mode)


def _settings(settings: DataSettings) -> list[str]:
    """The settings that shape the pixels."""
    return [repr(settings.size), settings.mode, settings.fit, repr(settings.max_pixels)]


# --- files -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Picture:
    pixels: np.ndarray  # fitted
    key: bytes
    size: tuple[int, int]  # as it came
    mode: str
    notes: tuple[Words, ...]


def from_files(pieces: Sequence[Piece], settings: DataSettings, progress: Progress) -> cache.Entry:
    """Decode the files of these pieces (those of a test part last), or take them from the cache."""
    paths = [path for piece in pieces for path in piece.paths or ()]
    parts = [f"{piece.part} {piece.n}" for piece in pieces]
    name = cache.name_of(["files", *_settings(settings), *parts, *map(_stamp, paths)])
    entry = cache.read(name)
    if entry is not None:
        return entry
    n_open = sum(piece.n for piece in pieces if piece.part != "test")
    with warnings.catch_warnings(), ThreadPoolExecutor(_threads()) as pool:
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; what matters is refused
        return _decoded(paths, n_open, settings, _Way(name, pool, progress))


def _threads() -> int:
    try:
        return min(8, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on Linux
        return min(8, os.cpu_count() or 1)


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except (OSError, ValueError):
        return f"{path} -"
    return f"{path} {about.st_size} {about.st_mtime_ns}"


@dataclass(frozen=True)
class _Way:
    """With what the files are read."""

    name: str
    pool: ThreadPoolExecutor
    progress: Progress


def _decoded(paths: list[Path], n_open: int, settings: DataSettings, way: _Way) -> cache.Entry:
    report = cache.Report()
    wanted = _wanted_size(settings)
    size = wanted or _size_of_files(paths[:n_open], settings, way)
    came: Counter[tuple[int, int]] = Counter()  # sizes of what could be read outside the test part
    channels = _channels(settings.mode)
    writer = cache.Writer(size, channels or 1, way.name)
    joined, kept = bytearray(), []
    try:
        with work(way.progress, Words("reading pictures", "그림 읽는 중"), len(paths), "pictures"):
            for low, high in _chunks(n_open, len(paths)):
                if low >= n_open:
                    channels = writer.channels  # chosen without looking at the test part
                one = functools.partial(_one, size=size, channels=channels, settings=settings)
                fitted = []
                for index, result in enumerate(way.pool.map(one, paths[low:high]), low):
                    if isinstance(result, Refused):
                        report.refused.append(result)
                        continue
                    _count(report, result)
                    came[result.size] += index < n_open
                    joined += result.key
                    kept.append(index)
                    fitted.append(result.pixels)
                _add(writer, fitted)
                way.progress.advance(high - low)
        if not wanted:
            report.notes += size_notes(came, size)
        entry = writer.finish(as_keys(bytes(joined)), np.array(kept, np.int64), report)
        if any(refused.code == UNREADABLE for refused in report.refused):
            cache.forget(way.name)  # with a permission given, nothing else of the file changes
        if writer.failed is not None:
            entry.report.notes.append(_not_kept(writer.failed))
        return entry
    finally:
        writer.close()


def _chunks(n_open: int, n: int) -> Iterator[tuple[int, int]]:
    for start, stop in ((0, n_open), (n_open, n)):
        for low in range(start, stop, _CHUNK):
            yield low, min(low + _CHUNK, stop)


def _one(
    path: Path, size: tuple[int, int], channels: int | None, settings: DataSettings
) -> _Picture | Refused:
    try:
        decoded = decode_quietly(path, settings.max_pixels)
    except Unusable as error:
        return Refused(readable(str(path)), error.code, error.reason)
    pixels = decoded.pixels
    fitted = fit_to(pixels, size, channels or pixels.shape[2], settings.fit)
    height, width = pixels.shape[:2]
    return _Picture(fitted, key(pixels), (height, width), decoded.mode, decoded.notes)


def _count(report: cache.Report, picture: _Picture) -> None:
    for counts, name in ((report.sizes, size_key(picture.size)), (report.modes, picture.mode)):
        counts[name] = counts.get(name, 0) + 1
    for note in picture.notes:
        report.remarks[note] = report.remarks.get(note, 0) + 1


def _add(writer: cache.Writer, fitted: list[np.ndarray]) -> None:
    if not fitted:
        return
    most = max(pixels.shape[2] for pixels in fitted)
    if most > writer.channels:
        writer.widen()
    shape = (len(fitted), *fitted[0].shape[:2], writer.channels)
    block = np.empty(shape, np.uint8)
    for row, pixels in zip(block, fitted, strict=True):
        row[:] = pixels  # one channel fills all three
    writer.add(block)


def _wanted_size(settings: DataSettings) -> tuple[int, int] | None:
    return (settings.size[0], settings.size[1]) if settings.size else None


def _size_of_files(paths: list[Path], settings: DataSettings, way: _Way) -> tuple[int, int]:
    """The target size, from the headers of the files."""
    sizes: Counter[tuple[int, int]] = Counter()
    with work(way.progress, Words("measuring pictures", "그림 크기 재는 중"), len(paths), "pictures"):
        for start in range(0, len(paths), _CHUNK):
            chunk = paths[start : start + _CHUNK]
            found = way.pool.map(functools.partial(_measured, max_pixels=settings.max_pixels), chunk)
            sizes.update(size for size in found if size)
            way.progress.advance(len(chunk))
    if not sizes:
        return 1, 1  # nothing can be read: decoding says of each file why
    return choose_size(sizes)[0]


def _measured(path: Path, max_pixels: int) -> tuple[int, int] | None:
    try:
        return probe(path, max_pixels)
    except Unusable:
        return None


def _not_kept(error: OSError) -> Words:
    why = refusal(error)
    return Words(
        f"The decoded pictures could not be kept in {cache.home()} ({why.en}); they are decoded again next time.",
        f"읽은 그림을 {cache.home()}에 보관하지 못했습니다({why.ko}). 다음에는 처음부터 다시 읽습니다.",
    )


# --- arrays ------------------------------------------------------------------------------------------------


def from_arrays(pieces: Sequence[Piece], settings: DataSettings, progress: Progress) -> cache.Entry:
    """The arrays of these pieces (that of a test part last) at one size; not copied where nothing changes."""
    shapes = [_four(_pixels(piece).shape) for piece in pieces]
    height, width, came = shapes[0][1:]
    if height * width > settings.max_pixels:
        raise DataError(
            "too-large",
            Words(
                f"The pictures have {width:,} x {height:,} pixels, more than data.max_pixels = "
                f"{settings.max_pixels:,} allows.",
                f"그림이 {width:,} x {height:,} 픽셀로 data.max_pixels = {settings.max_pixels:,}보다 많습니다.",
            ),
        )
    n = sum(shape[0] for shape in shapes)
    report = cache.Report(sizes={size_key((height, width)): n}, modes={"L" if came == 1 else "RGB": n})
    size = _wanted_size(settings)
    if size is None:
        size, note = choose_size(Counter({(height, width): n}))
        report.notes += [note] if note else []
    with work(progress, Words("reading pictures", "그림 읽는 중"), n, "pictures"):
        channels = _channels(settings.mode)
        if len(pieces) == 1 and size == (height, width):
            entry = _unchanged(_pixels(pieces[0]), channels, report)
            if entry is not None:
                return entry
        large = n * size[0] * size[1] * (channels or came) >= cache.LARGE
        name = _array_name(pieces, settings) if large else None
        kept = cache.read(name) if name else None
        return kept or _assembled(
            pieces, size, settings, cache.Writer(size, channels or 1, name), report, progress
        )


def _pixels(piece: Piece) -> np.ndarray | StoredPixels:
    if piece.pixels is None:
        raise ValueError("a piece has neither paths nor pixels")
    return piece.pixels


def _four(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    return (shape[0], shape[1], shape[2], shape[3] if len(shape) == 4 else 1)


def _blocks(pixels: np.ndarray | StoredPixels) -> Iterator[np.ndarray]:
    """uint8 (b, height, width, 1 or 3), in order."""
    step = max(1, _BLOCK // max(1, int(np.prod(pixels.shape[1:], dtype=np.int64))))
    parts: Iterable[np.ndarray] = pixels.read() if isinstance(pixels, StoredPixels) else (pixels,)
    for part in parts:
        for start in range(0, len(part), step):
            block = part[start : start + step]
            yield block.reshape(_four(block.shape))
            release(part)


def _unchanged(
    pixels: np.ndarray | StoredPixels, channels: int | None, report: cache.Report
) -> cache.Entry | None:
    """The array itself as the pictures, where it is one already; None where it must be changed."""
    if isinstance(pixels, StoredPixels):
        return None
    shape = _four(pixels.shape)
    if channels is not None and channels != shape[3]:
        return None
    joined, all_grey = [], True
    for block in _blocks(pixels):
        part, grey = keys(block)
        joined.append(part)
        all_grey &= grey
    if channels is None and shape[3] == 3 and all_grey:
        return None
    images = pixels.reshape(shape)
    images.flags.writeable = False
    return cache.Entry(images, as_keys(b"".join(joined)), np.arange(shape[0]), report)


def _array_name(pieces: Sequence[Piece], settings: DataSettings) -> str:
    parts = ["arrays", *_settings(settings)]
    for piece in pieces:
        pixels = _pixels(piece)
        parts.append(f"{piece.part} {pixels.shape}")
        if isinstance(pixels, StoredPixels):
            parts.append(pixels.identity)
        else:
            digest = hashlib.blake2b(digest_size=16)
            for block in _blocks(pixels):
                digest.update(np.ascontiguousarray(block).data)
            parts.append(digest.hexdigest())
    return cache.name_of(parts)


def _assembled(
    pieces: Sequence[Piece],
    size: tuple[int, int],
    settings: DataSettings,
    writer: cache.Writer,
    report: cache.Report,
    progress: Progress,
) -> cache.Entry:
    channels, joined = _channels(settings.mode), []
    try:
        for piece in pieces:
            if piece.part == "test":
                channels = writer.channels  # chosen without looking at the test part
            for block in _blocks(_pixels(piece)):
                part, grey = keys(block)
                joined.append(part)
                if channels is None and not grey and writer.channels == 1:
                    writer.widen()
                writer.add(_fitted(block, size, writer.channels, settings.fit))
                progress.advance(len(block))
        all_keys = as_keys(b"".join(joined))
        entry = writer.finish(all_keys, np.arange(len(all_keys)), report)
        if writer.failed is not None:
            entry.report.notes.append(_not_kept(writer.failed))
        return entry
    finally:
        writer.close()


def _fitted(block: np.ndarray, size: tuple[int, int], channels: int, fit: str) -> np.ndarray:
    """`fit_to` for a block: together where only channels change, else picture by picture."""
    n, height, width, came = block.shape
    if (height, width) != size:
        return np.stack([fit_to(picture, size, channels, fit) for picture in block])
    if came == channels:
        return block
    row = (1, n * height * width)  # the pixels of all pictures in one row: none depends on another
    return fit_to(block.reshape(*row, came), row, channels).reshape(n, height, width, channels)
