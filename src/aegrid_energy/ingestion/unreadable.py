"""How readers inside this room say that they give up on a file."""


class UnreadableError(Exception):
    """A file cannot be read; never leaves this room."""

    def __init__(self, code: str, text: str, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.line = line
