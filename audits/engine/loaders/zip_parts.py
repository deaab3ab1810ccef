"""The parts of an untrusted zip, unpacked piece by piece against limits.

Sizes in a zip are claims: a part may unpack to more than its header says, and readers differ in
whether they stop there. So the claims are judged first, and then the bytes themselves.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.table_limits import MEBIBYTE, TableLimits, check_unpacked

DAMAGED: Final = ("the Excel workbook is damaged", "save it again as .xlsx or export it as CSV")
MAX_PARTS: Final = 10_000

_MAX_DIRECTORY_BYTES: Final = 4 * MEBIBYTE
_MAX_RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 10 * MEBIBYTE
"""Smaller parts may be as empty as they like."""

_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_LONGEST_COMMENT: Final = 65_535
_LOCAL_HEADER: Final = 30
_ENCRYPTED: Final = 0x1


def open_zip(file: BinaryIO, subject: Subject) -> zipfile.ZipFile:
    """Open a zip whose directory is of a size that may be read.

    Raises
    ------
    InputError
        Damaged, or with more parts than a workbook has.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise InputError(subject, *DAMAGED)
    parts, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
    # A zip64 directory, whose figures stand elsewhere, says 65,535 or 4 GiB here.
    if parts > MAX_PARTS or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise InputError(
            subject, f"the workbook has more than {MAX_PARTS:,} parts", "save it again as .xlsx"
        )
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise InputError(subject, *DAMAGED) from error


def check_claims(archive: zipfile.ZipFile, subject: Subject, limits: TableLimits) -> None:
    """Judge what the directory says: encryption, unpacked size, ratio."""
    parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise InputError(subject, "the workbook is protected by a password", "save it without one")
    check_unpacked(sum(part.file_size for part in parts), subject, limits)
    for part in parts:
        _check_ratio(part.compress_size, part.file_size, subject)


def _check_ratio(packed: int, unpacked: int, subject: Subject) -> None:
    if unpacked > _RATIO_FROM_BYTES and unpacked > _MAX_RATIO * packed:
        raise InputError(
            subject,
            f"a part of the workbook unpacks to more than {_MAX_RATIO} times its size",
            "export the table as CSV",
        )


def unpacked(
    file: BinaryIO, part: zipfile.ZipInfo, subject: Subject, budget: int, limits: TableLimits
) -> Iterator[bytes]:
    """Yield what a part really holds, a mebibyte at a time.

    Parameters
    ----------
    file
        The zip.
    budget
        Bytes that the parts before have taken of what all may take.

    Raises
    ------
    InputError
        Damaged, larger than it claims, or beyond the limits.
    """
    size = 0
    for piece in _pieces(file, part, subject):
        size += len(piece)
        check_unpacked(budget + size, subject, limits)
        _check_ratio(part.compress_size, size, subject)
        if size > part.file_size:
            break
        yield piece
    if size != part.file_size:
        raise InputError(subject, *DAMAGED)


def _pieces(file: BinaryIO, part: zipfile.ZipInfo, subject: Subject) -> Iterator[bytes]:
    left = part.compress_size
    file.seek(part.header_offset)
    head = file.read(_LOCAL_HEADER)
    if len(head) < _LOCAL_HEADER or part.compress_type not in {
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    }:
        raise InputError(subject, *DAMAGED)
    name, extra = struct.unpack_from("<HH", head, 26)
    at = part.header_offset + _LOCAL_HEADER + name + extra
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type else None
    try:
        while left > 0:
            file.seek(at)  # whoever takes the pieces may have moved the file
            packed = file.read(min(left, MEBIBYTE))
            if not packed:
                raise InputError(subject, *DAMAGED)
            at += len(packed)
            left -= len(packed)
            if inflate is None:
                yield packed
                continue
            while packed:
                piece = inflate.decompress(packed, MEBIBYTE)
                packed = inflate.unconsumed_tail
                yield piece
                if inflate.eof:
                    return
        if inflate is not None:
            yield inflate.flush()
    except zlib.error as error:
        raise InputError(subject, *DAMAGED) from error
