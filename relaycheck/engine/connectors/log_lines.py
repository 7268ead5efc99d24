"""Protocol logs as lines: decoded piece by piece, bounded, with progress. A 500 MB file never stands in memory."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from typing import BinaryIO

from relaycheck.engine.connectors.decoding import sniff
from relaycheck.engine.connectors.items import Progress

MAX_LINE = 64 * 1024  # characters; longer ones are dropped and counted
_PIECE = 1 << 20
_EVERY = 8 << 20  # bytes between two reports of progress


def lines_of(stream: BinaryIO, total: int = 0, progress: Progress | None = None) -> Iterator[str | None]:
    """The lines of a log without their ends; None stands for one that was too long.

    ``progress(done, total)`` is told bytes of this stream every few megabytes and at its end.
    """
    head = stream.read(_PIECE)
    encoding, skip = sniff(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    piece, done, told, rest, dropping = head[skip:], len(head), 0, "", False
    while True:
        text = rest + decoder.decode(piece, final=not piece)
        *whole, rest = text.split("\n")
        for line in whole:
            if dropping or len(line) > MAX_LINE:
                dropping = False
                yield None
            else:
                yield line.rstrip("\r")
        if len(rest) > MAX_LINE:
            rest, dropping = "", True
        if progress and done - told >= _EVERY:
            told = done
            progress(done, total)
        if not piece:
            break
        piece = stream.read(_PIECE)
        done += len(piece)
    if dropping or rest:
        yield None if dropping else rest.rstrip("\r")
    if progress:
        progress(done, total)


def cells_of(line: str) -> list[str]:
    """The cells of one CSV line. Exchange writes one event per physical line, so a quote never spans two."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader((line,)), [])
    except csv.Error:
        return line.split(",")
