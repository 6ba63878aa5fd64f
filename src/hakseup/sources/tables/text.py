"""A text file as UTF-8, piece by piece: which encoding it has is found while it is read, and stated.

A mark at the beginning decides (UTF-8, UTF-16, UTF-32). Without one a file is UTF-8 as long as it can be; else
cp949, which Korean Windows writes and which holds all of EUC-KR, if what it holds is Hangul; else Windows-1252
(Western Europe). Files packed
with gzip are unpacked on the way. Nothing is ever replaced: bytes that fit no encoding are an error with their line.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from hakseup.errors import DataError
from hakseup.sources.paths import not_allowed
from hakseup.sources.tables import faults, packed
from hakseup.words import Words

PIECE = 16 << 20  # bytes of the file that are read at once
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's: looked at first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-8": Words("UTF-8", "UTF-8"),
    "utf-8-sig": Words("UTF-8 with a byte order mark", "UTF-8(BOM 있음)"),
    "utf-16": Words("UTF-16", "UTF-16"),
    "utf-16-le": Words("UTF-16 without a byte order mark", "UTF-16(BOM 없음)"),
    "utf-16-be": Words("UTF-16 without a byte order mark", "UTF-16(BOM 없음)"),
    "utf-32": Words("UTF-32", "UTF-32"),
    "cp949": Words("cp949 (EUC-KR)", "cp949(EUC-KR)"),
    "cp1252": Words("Windows-1252 (Western Europe)", "Windows-1252(서유럽)"),
}


class TextFile:
    """The pieces of one file, as UTF-8 without a mark. `encoding` holds for what was read so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = "utf-8"
        self._beyond_ascii = False  # letters that are not ASCII were seen, and were UTF-8
        self._lines = 0  # ends of lines that were handed out
        self._old_mac = False  # lines end with a carriage return alone

    def __iter__(self) -> Iterator[bytes]:
        """The file from its beginning.

        Raises:
            DataError: it may not be read, is packed badly, is no text, or has bytes of no encoding.
        """
        self._lines = 0
        try:
            with _opened(self.path) as stream:
                yield from self._pieces(stream)
        except PermissionError as error:
            raise not_allowed(self.path) from error
        except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, OSError) as error:
            raise faults.damaged(self.path.name, error) from error

    def _pieces(self, stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
        piece = stream.read(PIECE)
        self._begin(piece)
        self._old_mac = _lines_end_with_cr(piece)
        decode = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        rest = b""  # bytes of a letter that the last piece cut in two
        while True:
            coming = stream.read(PIECE)
            if decode is None:
                done, rest, decode = self._utf8(rest + piece, not coming)
            else:
                done = self._decoded(decode, piece, not coming)
            if b"\0" in done:
                raise self._no_text(done[: done.index(b"\0")].count(b"\n"))
            if self._old_mac:
                done = done.replace(b"\r", b"\n")
            self._lines += done.count(b"\n")
            if done:
                yield done
            if not coming:
                return
            piece = coming

    def _begin(self, piece: bytes) -> None:
        """What the first bytes tell of the encoding."""
        self._refuse_other_files(piece)
        for mark, name in _MARKS:
            if piece.startswith(mark):
                self.encoding = name
                return
        self.encoding = _utf16_without_mark(piece[:4096]) or self.encoding

    def _refuse_other_files(self, piece: bytes) -> None:
        kinds = {
            b"PK\x03\x04": (Words("an Excel or ZIP file", "엑셀이나 ZIP 파일"), ".xlsx"),
            b"\xd0\xcf\x11\xe0": (Words("an old Excel file", "옛 엑셀 파일"), ".xls"),
            b"PAR1": (Words("a Parquet file", "Parquet 파일"), ".parquet"),
            b"%PDF": (Words("a PDF file", "PDF 파일"), ".pdf"),
        }
        for start, (what, suffix) in kinds.items():
            if piece.startswith(start):
                raise DataError(
                    "not-text",
                    Words(
                        f"{self.path.name} is {what.en}, not text as its name says.",
                        f"{self.path.name}은(는) 이름과 달리 텍스트가 아니라 {what.ko}입니다.",
                    ),
                    Words(f"Rename it to end in {suffix}.", f"이름 끝을 {suffix}로 바꾸세요."),
                )

    def _utf8(self, piece: bytes, last: bool) -> tuple[bytes, bytes, codecs.IncrementalDecoder | None]:
        """The piece checked to be UTF-8: what is whole, what is left over, and another decoder where it is not."""
        if piece.isascii():
            return piece, b"", None
        try:
            _, used = codecs.utf_8_decode(piece, "strict", last)
        except UnicodeDecodeError as error:
            self.encoding = self._other(piece, error, last)
            decoder = codecs.getincrementaldecoder(self.encoding)()
            return self._decoded(decoder, piece, last), b"", decoder
        self._beyond_ascii = True
        return piece[:used], piece[used:], None

    def _other(self, piece: bytes, error: UnicodeDecodeError, last: bool) -> str:
        """The encoding of a piece that is not UTF-8; everything before it was ASCII."""
        mended = piece.decode("utf-8", "replace")
        broken = mended.count("\ufffd")
        letters = len(piece) - len(mended)  # grows by one or two with every letter that is proper UTF-8
        if self._beyond_ascii or letters > 10 * broken:
            raise self._bad_bytes(piece, error)
        korean, western = (_letters(piece, name, last) for name in ("cp949", "cp1252"))
        hangul = sum("가" <= letter <= "힣" and not _rare(letter) for letter in korean or "")
        if korean and (western is None or 2 * hangul >= len(korean)):
            return "cp949"
        rare = sum(map(_rare, korean or ""))
        if western and (korean is None or 2 * rare > len(korean) or all(map(str.isalpha, western))):
            return "cp1252"  # öß is a Chinese character in cp949, but Korean is written in Hangul
        if korean:
            return "cp949"
        raise self._bad_bytes(piece, error)

    def _decoded(self, decoder: codecs.IncrementalDecoder, piece: bytes, last: bool) -> bytes:
        try:
            return decoder.decode(piece, last).encode("utf-8")
        except UnicodeDecodeError as error:
            raise self._bad_bytes(error.object, error) from error
        except UnicodeEncodeError as error:  # half of a pair in UTF-16
            raise self._no_text(0) from error

    def _bad_bytes(self, piece: bytes, error: UnicodeDecodeError) -> DataError:
        line = self._lines + piece[: error.start].count(b"\n") + 1
        shown = piece[error.start : error.start + 2].hex(" ")
        name = NAMES.get(self.encoding, Words(self.encoding, self.encoding))
        return DataError(
            "unknown-encoding",
            Words(
                f"{self.path.name}, line {line:,}: the bytes {shown} are no letter in {name.en}, "
                "and the file as a whole is neither UTF-8 nor cp949.",
                f"{self.path.name} {line:,}번째 줄: 바이트 {shown}은(는) {name.ko} 글자가 아니며, "
                "파일 전체로 보아 UTF-8도 cp949도 아닙니다.",
            ),
            Words(
                "Correct that line, or save the file as UTF-8 (in Excel: CSV UTF-8).",
                "그 줄을 고치거나 파일을 UTF-8로 저장하세요(엑셀: CSV UTF-8).",
            ),
        )

    def _no_text(self, lines: int) -> DataError:
        line = self._lines + lines + 1
        return DataError(
            "not-text",
            Words(
                f"{self.path.name} is not text: line {line:,} holds a zero byte.",
                f"{self.path.name}은(는) 텍스트 파일이 아닙니다. {line:,}번째 줄에 0바이트가 있습니다.",
            ),
            Words(
                "Save the table as CSV, Parquet or Excel.", "표를 CSV, Parquet, 엑셀 중 하나로 저장하세요."
            ),
        )


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    if path.suffix.lower() == packed.ENDING:
        return packed.opened(path)
    if path.suffix.lower() == ".gz":
        return gzip.GzipFile(path, "rb")
    return path.open("rb")


def _letters(piece: bytes, encoding: str, last: bool) -> str | None:
    """What is not ASCII in these bytes; None: they are not in this encoding."""
    try:
        decoded = codecs.getincrementaldecoder(encoding)().decode(piece, last)
    except UnicodeDecodeError:
        return None
    return "".join(letter for letter in decoded if letter > "\x7f")


def _rare(letter: str) -> bool:
    """Whether this Hangul stands in cp949 only, not in KS X 1001 before it: 캜, which nobody writes, is the °C of Windows-1252."""
    return "가" <= letter <= "힣" and letter.encode("cp949")[1] < 0xA1


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 by its zero bytes: those of Latin letters, signs and ends of lines stand on one side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd <= len(head) // 50 or max(even, odd) < 3 * min(even, odd):
        return None
    pairs = [head[at : at + 2] for at in range(0, len(head), 2)]
    ends = pairs.count(b"\0\n" if even > odd else b"\n\0") + pairs.count(b"\0\r" if even > odd else b"\r\0")
    if ends < 0.8 * (head.count(b"\n") + head.count(b"\r")) or (not ends and even + odd < len(head) // 5):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _lines_end_with_cr(piece: bytes) -> bool:
    return b"\r" in piece and b"\n" not in piece
