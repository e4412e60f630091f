"""Figures: medians with their range, ratios, limits; as a table for a terminal and for a page."""

from dataclasses import dataclass, field
from statistics import median


@dataclass
class Figure:
    """One row. RATIO is to the peer that the row's section names; LIMIT is in the row's unit, or,
    where `of_ratio` says so, a ratio."""

    name: str
    unit: str
    values: list
    peer: list = field(default_factory=list)
    limit: float = None
    of_ratio: bool = False
    digits: int = 1

    def median(self):
        return median(self.values)

    def ratio(self):
        return self.median() / median(self.peer) if self.peer else None

    def verdict(self):
        if self.limit is None:
            return ""
        figure = self.ratio() if self.of_ratio else self.median()
        return "within" if figure <= self.limit else "over"

    def cells(self):
        def number(value):
            return f"{value:.{self.digits}f}"

        spread = f"{number(min(self.values))} to {number(max(self.values))}"
        ratio = "" if self.ratio() is None else f"{self.ratio():.2f}"
        limit = "" if self.limit is None else f"{self.limit:g}"
        if limit:
            limit = f"ratio {limit}" if self.of_ratio else f"{limit} {self.unit}"
        return [self.name, f"{number(self.median())} {self.unit}", spread, ratio, limit,
                self.verdict()]


@dataclass
class Fact:
    """A row that has no number to compare: it holds or it does not."""

    name: str
    value: str
    holds: bool

    def cells(self):
        return [self.name, self.value, "", "", "", "within" if self.holds else "over"]


@dataclass
class Section:
    """What was measured against what, and its rows."""

    title: str
    text: str
    peer: str
    rows: list

    def cells(self):
        ratio = f"ratio to {self.peer}" if self.peer else "ratio"
        return [["", "median", "least to most", ratio, "limit", ""],
                *(row.cells() for row in self.rows)]


def terminal(section):
    cells = section.cells()
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in cells]
    return "\n".join([f"\n{section.title}", *(f"  {line.rstrip()}" for line in lines)])


def page(section):
    head, *rows = section.cells()
    lines = [head, ["---"] * len(head), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {section.title}\n\n{section.text}\n\n{table}\n"
