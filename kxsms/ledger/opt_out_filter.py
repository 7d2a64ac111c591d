"""The recipients of a staged plan who opted out.

To look up each number of a million in the ledger takes half as long as the plan (benchmark `optouts`). So a
filter in memory finds the few rows that may have opted out, while they are staged, and never misses one.
"""

import json
from collections.abc import Sequence
from itertools import compress, repeat
from operator import mod
from typing import Self

from kxsms.domain.profile import Profile
from kxsms.ledger.consent import Sender, last_opt_out
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import StagedAliases
from kxsms.ledger.staged_consent import (
    leave_out_forgotten_opt_outs,
    leave_out_opted_out,
    name_forgotten_opt_outs,
)

_AT_A_TIME = 50_000
_LEAST, _MOST = 1 << 12, 1 << 24
_ROOM = 16
"""Bytes for each entry of the list: of the other numbers one in so many is looked up in vain."""

# Entries of other senders, and those that were removed, count too: that takes a third less time.
_COUNT = "SELECT count(*) FROM opt_outs"

# The places of the next entries, and the last number among them.
_PLACES = """
    SELECT json_group_array(mobile % :size) AS places, max(mobile) AS last
    FROM (SELECT mobile FROM opt_outs WHERE mobile > :after ORDER BY mobile LIMIT :most)
"""


class OptOutFilter:
    """The numbers of a list of opt-outs, each as a mark at the place that is its remainder."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._marks = bytearray(size)

    @classmethod
    def of(cls, database: Database) -> Self | None:
        """Return the filter for all opt-outs, or None if there are none."""
        count = int(database.value(_COUNT))
        if not count:
            return None
        found = cls(min(max(_ROOM * count, _LEAST), _MOST) - 1)
        values = {"size": found._size, "most": _AT_A_TIME, "after": 0}
        while (row := database.row(_PLACES, values)) is not None and row["last"] is not None:
            for place in json.loads(row["places"]):
                found._marks[place] = 1
            values["after"] = row["last"]
        return found

    def may_have(self, rows: Sequence[int], mobiles: Sequence[int]) -> list[int]:
        """Return the rows whose number may be on the list, given the number of each."""
        places = map(mod, mobiles, repeat(self._size))
        return list(compress(rows, map(self._marks.__getitem__, places)))


class StagedOptOuts:
    """The rows of a staged plan that may have opted out."""

    def __init__(self, database: Database, aliases: StagedAliases) -> None:
        self._database = database
        self._aliases = aliases
        self._filter: OptOutFilter | None = None
        self._suspects: list[int] | None = None
        self._filtered = 0
        self._seen = 0

    def ask(self) -> None:
        """Note from now on which rows may have opted out."""
        self._filtered = last_opt_out(self._database)
        self._filter = OptOutFilter.of(self._database) if self._filtered else None
        self._suspects = []

    def look_at(self, rows: Sequence[int], mobiles: Sequence[int]) -> None:
        """Look whether rows with these numbers may have opted out, before they are added."""
        if self._filter is not None and self._suspects is not None:
            self._suspects += self._filter.may_have(rows, mobiles)

    def leave_out(self, profile: Profile) -> int:
        """Skip the recipients who opted out. Return the number of the last entry of the list, or 0.

        Called again, look at newer entries alone.
        """
        last = last_opt_out(self._database)  # first: what is added meanwhile is looked at again
        sender = Sender.of(profile)
        if self._suspects is not None and not self._seen:
            leave_out_opted_out(self._database, sender, suspects=self._suspects)
            self._seen = self._filtered
        if last > self._seen:
            leave_out_opted_out(self._database, sender, seen=self._seen)
        if self._aliases.note():
            leave_out_forgotten_opt_outs(self._database, sender)
        self._seen = last
        return last

    def name_again(self) -> None:
        """Let claims find those who were forgotten, are sent to again, and opted out after the last look.

        Call it in the transaction after which the ledger has the rows: a later opt-out has the number, too.
        """
        if self._aliases.note():
            name_forgotten_opt_outs(self._database)
