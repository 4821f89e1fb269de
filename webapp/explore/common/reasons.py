"""What a docstring says around one of its formulas: the sentences that lead to it, and what is said of it afterwards.

A docstring is a row of blocks with empty lines between them. A block that is not indented further than the docstring
is PROSE; the others are formulas, tables and small matrices.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby


@dataclass(frozen=True)
class Block:
    """Neighbouring lines of a docstring, counted from 1. text: of prose, its lines as one; "" for formulas."""

    lines: tuple[int, ...]
    text: str


def around(text: tuple[str, ...], line: int) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks before and after the formula that ends in `line` (from 1) of a module.

    Before: the last prose. After: up to the end of the next prose, without what derives or introduces another formula.
    """
    blocks = next((of for of in _docstrings(text) if of[0].lines[0] <= line <= of[-1].lines[-1]), [])
    place = next((k for k, block in enumerate(blocks) if line in block.lines), None)
    if place is None:
        return (), ()
    before = next((block for block in reversed(blocks[:place]) if block.text), None)
    after = []
    for block, following in zip(blocks[place + 1 :], (*blocks[place + 2 :], None)):
        if _derives(text, block) or (block.text and following is not None and _derives(text, following)):
            break
        after.append(block)
        if block.text:
            break
    return (before,) if before else (), tuple(after)


def _derives(text: tuple[str, ...], block: Block) -> bool:
    """Whether a block holds a formula with a number."""
    return not block.text and any(re.search(r"\s\s\(\d+\w?\)$", text[line - 1]) for line in block.lines)


@cache
def _docstrings(text: tuple[str, ...]) -> list[list[Block]]:
    """The blocks of each docstring of a module."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse("\n".join(text))) if isinstance(node, owners)]
    found = [_blocks(text, node.body[0]) for node in nodes if ast.get_docstring(node)]
    return [blocks for blocks in found if blocks]


def _blocks(text: tuple[str, ...], docstring: ast.Expr) -> list[Block]:
    margin, first = docstring.col_offset, docstring.lineno
    cleaned = {line: re.sub(r'r?"""', "", text[line - 1]).rstrip() for line in range(first, docstring.end_lineno + 1)}
    blocks = []
    for filled, group in groupby(cleaned, key=lambda line: bool(cleaned[line].strip())):
        lines = tuple(group)
        if filled:
            indent = len(cleaned[lines[0]]) - len(cleaned[lines[0]].lstrip())
            prose = lines[0] == first or indent <= margin
            blocks.append(Block(lines, " ".join(cleaned[line].strip() for line in lines) if prose else ""))
    return blocks
