"""What PostgreSQL's error codes mean for the person who runs it.

Codes: PostgreSQL's manual, appendix A. A connection that does not come about has no code, only words (libpq gives the
server's text alone), so those are told by what the server says in English.
"""

from typing import Final

ADVICE: Final[dict[str, str]] = {  # by code, or by the first two characters of a class
    "53100": "the disk of the database server is full: free space there; nothing else has to be done",
    "53200": "the database server is out of memory: give it more, or lower its shared_buffers and work_mem",
    "53300": "the database server takes no more connections: raise max_connections or end other programs",
    "3D000": "there is no such database or role: create it (docs/store.md) or correct the url",
    "28P01": "the password is wrong: check the file that password_file names",
    "28000": "the server lets this role in from here with no password or not at all: check the url and pg_hba.conf",
    "42501": "the role has not the rights: run `coldchain store prepare` with the owner's url (docs/store.md)",
    "25006": "the database is read only: a standby, or default_transaction_read_only; name the primary in the url",
    "40P01": "two programs waited for each other: end the other one; a store has one writing process",
    "40001": "another program changed the same rows: end the other one; a store has one writing process",
    "55P03": "another program holds a lock: end it (a migration, a backup with locks, an open psql session)",
    "57014": "the statement was cancelled, by a person or a time limit of the server: remove the limit for this role",
    "22021": "the text holds a byte that PostgreSQL cannot keep",
    "XX001": "the database is damaged: stop the program, keep the files, restore a backup and check the disk",
    "XX002": "an index of the database is damaged: stop the program, run amcheck, REINDEX, and check the disk",
    "08": "the connection to the database server broke: check that it runs; the program connects again by itself",
    "57": "the database server ends or starts: wait; the program connects again by itself",
    "58": "the database server cannot read or write its files: check its disk and its log",
    "23": "the record refuses what it was asked to keep",
}
_BY_WORDS: Final = {
    "password authentication failed": "28P01",
    "no password supplied": "28000",
    "no pg_hba.conf entry": "28000",
    "Peer authentication failed": "28000",
    "does not exist": "3D000",
    "too many connections": "53300",
    "too many clients": "53300",
    "remaining connection slots": "53300",
    "permission denied": "42501",
    "starting up": "57P03",
    "shutting down": "57P03",
    "Connection refused": "08001",
    "No such file": "08001",
    "timeout expired": "08001",
    "could not translate host name": "08001",
    "failed to resolve": "08001",
    "server closed the connection": "08006",
    "connection is closed": "08003",
    "connection is lost": "08006",
    "consuming input failed": "08006",
}


def advice_of(error: BaseException) -> tuple[str, str]:
    """Return (code, what to do) of an error of PostgreSQL's driver; empty where nothing is known."""
    said = str(error)
    code = getattr(error, "sqlstate", None) or next((code for words, code in _BY_WORDS.items() if words in said), "")
    return code, ADVICE.get(code, ADVICE.get(code[:2], ""))
