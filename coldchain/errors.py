"""What we do wrong is an exception whose message helps the operator; what the world does wrong is a value."""


class ColdchainError(Exception):
    """Root of every error that this program raises on purpose."""


class InvalidValueError(ColdchainError):
    """A value breaks the rule of its type. The message names the value and what is allowed."""


class StoreError(ColdchainError):
    """The store could not do what was asked; nothing of the transaction was kept."""


class LedgerAlteredError(StoreError):
    """The ledger is not what its last checkpoint signed: somebody changed it."""


class SpoolFullError(ColdchainError):
    """The spool is full: nothing new is accepted. Restore the uplink or raise `spool.bytes_max`."""


class ConflictError(ColdchainError):
    """What a person asked for contradicts what is recorded; nothing was changed."""


class UnknownThingError(ColdchainError):
    """A person named a unit, place or probe that is not registered."""


class RefusedSignatureError(ColdchainError):
    """A person signed where only another one may: that it was tried is told in the ledger."""


class SignedBySameError(RefusedSignatureError, ConflictError):
    """The second signature of what is recorded is that of the person who gave the first."""


class SignedAloneError(RefusedSignatureError, InvalidValueError):
    """Both signatures of what was sent are those of one person."""
