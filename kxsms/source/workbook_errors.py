"""The error of a workbook that cannot be read, in the process that reads it."""

PROTECTED = "the workbook is protected by a password"


class BadWorkbook(Exception):
    """A workbook that is damaged, hostile or of a kind that cannot be read; the message says why."""
