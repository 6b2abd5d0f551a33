"""What keyfold raises."""

from typing import Optional

from . import _native


class Error(Exception):
    """An error of keyfold's, with its stable code (docs/errors.md)."""

    def __init__(self, number: int, message: str, server_code: int = 0, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.server_code: Optional[int] = server_code or None
        self.line: Optional[int] = line or None
        self.column: Optional[int] = column or None
        self.code, self.summary, self.advice, self.exit_status = _native.code(number)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self):
        return Error, (self.number, self.message, self.server_code or 0, self.line or 0, self.column or 0)
