"""The statements that let numbers be forgotten: one of the migrations."""

FORGOTTEN_TABLES: tuple[str, ...] = (
    # The key of the pseudonyms, made when the first number is forgotten.
    "CREATE TABLE forgetting_key (key BLOB NOT NULL)",
    # The forgotten numbers, each as its pseudonym: a negative number that stands in its place. `since` is in
    # seconds since 1970.
    "CREATE TABLE forgotten (pseudonym INTEGER PRIMARY KEY, since REAL NOT NULL)",
)
