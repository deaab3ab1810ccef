"""What a PDF is when it is read aloud, and when it is printed and looked at."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from numpy.typing import NDArray

_SCALE = 4  # pixels a point: strokes of the smallest print are then wider than one pixel
_EMPTY = 1.0  # points; a box this thin holds no ink


@dataclass(frozen=True)
class Read:
    """A piece of marked content as the structure tree comes to it."""

    page: int
    mark: int
    inside: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of print: its words, and how its ink stands out from the paper around it."""

    page: int
    text: str
    contrast: float


def _children(node: pikepdf.Dictionary) -> list[Any]:
    held: Any = node.get("/K", [])
    return list(held) if isinstance(held, pikepdf.Array) else [held]


def structure(node: Any) -> list[Any]:  # noqa: ANN401 - whatever a PDF holds
    """Every element of the tree, parents first."""
    if not isinstance(node, pikepdf.Dictionary):
        return []
    return [node, *(found for child in _children(node) for found in structure(child))]


def read_aloud(pdf: pikepdf.Pdf) -> list[Read]:
    """Marked content in the order in which a screen reader speaks it."""
    numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages)}

    def walk(node: Any, inside: tuple[str, ...], page: int) -> Iterator[Read]:  # noqa: ANN401
        if isinstance(node, int):
            yield Read(page, node, inside)
        elif isinstance(node, pikepdf.Dictionary):
            here = numbers[node.Pg.objgen] if "/Pg" in node else page
            if "/MCID" in node:
                yield Read(here, int(node.MCID), inside)
                return
            below = (*inside, str(node.S)) if "/S" in node else inside
            for child in _children(node):
                yield from walk(child, below, here)

    return list(walk(pdf.Root.StructTreeRoot, (), 0))


def marked(page: pikepdf.Page) -> tuple[dict[int, float], int]:
    """Top of each marked piece of a page in points, and how many showings of text are unmarked."""
    tops: dict[int, float] = {}
    within: list[int | None] = []
    stray, height = 0, [0.0]
    instructions: Any = pikepdf.parse_content_stream(page)
    for operands, operator in instructions:
        match str(operator):
            case "BDC" | "BMC":
                told: Any = operands[1] if len(operands) > 1 else None
                named = isinstance(told, pikepdf.Dictionary) and "/MCID" in told
                within.append(int(told["/MCID"]) if named else None)
            case "EMC":
                within.pop()
            case "q":
                height.append(height[-1])
            case "Q":
                height.pop()
            case "cm":
                height[-1] += float(operands[5])
            case "Tj" | "TJ":
                stray += not within
                if within and within[-1] is not None:
                    tops.setdefault(within[-1], height[-1])
    return tops, stray


def _light(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance as WCAG 2 counts it."""
    parts = pixels / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    result: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return result


def _contrast(box: NDArray[np.uint8]) -> float:
    """Contrast between the paper, the commonest tone of a box, and what is farthest from it."""
    tones, often = np.unique(_light(box).round(4), return_counts=True)
    paper = float(tones[often.argmax()]) + 0.05
    return max(paper / (float(tones[0]) + 0.05), (float(tones[-1]) + 0.05) / paper)


def lines(content: bytes) -> list[Line]:
    """Every line of print on every page, measured on the page as it is rendered."""
    found = []
    pdf = pdfium.PdfDocument(io.BytesIO(content))
    for number in range(len(pdf)):
        page = pdf[number]
        picture = np.asarray(page.render(scale=_SCALE).to_pil().convert("RGB"))
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            words = text.get_text_bounded(left, bottom, right, top).strip()
            if not words or right - left < _EMPTY or top - bottom < _EMPTY:
                continue
            tall = page.get_height()
            rows = slice(int((tall - top) * _SCALE), int((tall - bottom) * _SCALE) + 1)
            columns = slice(int(left * _SCALE), int(right * _SCALE) + 1)
            found.append(Line(number, words, _contrast(picture[rows, columns])))
    return found
