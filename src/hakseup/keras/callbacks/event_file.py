"""TensorBoard's event files, as far as scalars need them: records of protocol buffers, each with its checksums.

A record is its length (8 bytes), a checksum of that, the content, and a checksum of the content (TFRecord). The
content is an `Event`: 1 wall_time, 2 step, 3 file_version, 5 summary; a summary holds values of 1 tag, 2 simple_value.
Source: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, lib/io/record_writer.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path

from hakseup import files

_CASTAGNOLI = 0x82F63B78


def _table() -> tuple[int, ...]:
    out = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
        out.append(value)
    return tuple(out)


_TABLE = _table()


def crc32c(content: bytes) -> int:
    """CRC-32 with Castagnoli's polynomial (RFC 3720)."""
    value = 0xFFFFFFFF
    for byte in content:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def record(content: bytes) -> bytes:
    """One record of a TFRecord file."""
    length = struct.pack("<Q", len(content))
    return length + _masked(length) + content + _masked(content)


def _masked(content: bytes) -> bytes:
    value = crc32c(content)
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes_field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _event(at: float, rest: bytes) -> bytes:
    return _varint(1 << 3 | 1) + struct.pack("<d", at) + rest


def scalar_event(tag: str, value: float, step: int, at: float) -> bytes:
    """An `Event` with one number.

    Args:
        at: seconds since 1970.
    """
    inner = _bytes_field(1, tag.encode()) + _varint(2 << 3 | 5) + struct.pack("<f", value)
    summary = _bytes_field(5, _bytes_field(1, inner))
    return _event(at, _varint(2 << 3) + _varint(step) + summary)


class EventFile:
    """A file that grows by one record for every number.

    Raises:
        RunError: it cannot be written.
    """

    def __init__(self, folder: Path, now: float) -> None:
        self.path = folder / f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{os.getpid()}.0.v2"
        with files.written(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        self._write(_event(now, _bytes_field(3, b"brain.Event:2")))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Add a number."""
        self._write(scalar_event(tag, value, step, time.time()))

    def flush(self) -> None:
        """Let others read what is there."""
        with files.written(self.path):
            self._file.flush()

    def close(self) -> None:
        """Nothing more comes."""
        with files.written(self.path):
            self._file.close()

    def _write(self, content: bytes) -> None:
        with files.written(self.path):
            self._file.write(record(content))
