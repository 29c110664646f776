"""A problem in an input: where it is, what is wrong, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input, placed as closely as it can be.

    Args:
        file: Name of the file, with `!member` for a member of an archive.
        line: Line or row, from 1; 0 where it concerns the whole file.
        column: Field or column, from 1; 0 where it concerns the whole line.
        code: Stable name, `snake_case`.
        text: The sentence a person reads: what is wrong and what to do.
        refused: What was not taken because of it, in words ("NMI 6102, all 30 days"); empty where
            nothing was left out and the text is a notice.
    """

    file: str
    line: int
    column: int
    code: str
    text: str
    refused: str = ""
