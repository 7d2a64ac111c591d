"""The report of a batch as one page of HTML, which needs no other file and no network."""
