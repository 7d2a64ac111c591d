"""The part of a batch that is still to be sent, as a person sees it before it is."""

from collections.abc import Mapping

from kxsms.domain.plan import Plan, Sample, Text
from kxsms.ledger.database import Database

_LISTED = 3

# The sums of the planned requests in a range.
_SUMS = """
    SELECT coalesce(sum(recipients), 0) AS recipients, count(*) AS requests,
        coalesce(sum(recipients * segments), 0) AS segments, count(DISTINCT content) AS texts
    FROM requests WHERE id BETWEEN :first AND :last AND state = 'planned'
"""
# Their longest texts, each once.
_LONGEST = """
    SELECT content AS text, max(segments) AS segments
    FROM requests WHERE id BETWEEN :first AND :last AND state = 'planned'
    GROUP BY content ORDER BY max(segments) DESC, length(content) DESC, min(id) LIMIT :most
"""
# Their first recipients, each with its text.
_SAMPLE = """
    SELECT CAST(rows.mobile AS TEXT) AS mobile, content AS text
    FROM requests JOIN rows ON rows.id BETWEEN first_row AND last_row AND rows.request = requests.id
    WHERE requests.id BETWEEN :first AND :last AND state = 'planned' ORDER BY rows.id LIMIT :most
"""


def planned(database: Database, requests: Mapping[str, int]) -> Plan:
    """Return what the planned requests of a range, `first` to `last`, would send."""
    sums, values = database.row(_SUMS, requests), {**requests, "most": _LISTED}
    assert sums is not None
    return Plan(
        **sums,
        duplicates=0,
        invalid=0,
        skipped=0,
        longest=tuple(Text(**row) for row in database.rows(_LONGEST, values)),
        sample=tuple(Sample(**row) for row in database.rows(_SAMPLE, values)),
    )
