"""The error of a workbook that cannot be read, in the process that reads it."""

from kxsms.language import mark

PROTECTED = mark("the workbook is protected by a password")


class BadWorkbook(Exception):
    """A workbook that is damaged, hostile or of a kind that cannot be read; the message says why."""
