"""Where the server hands out checkpoints of its ledger."""

from typing import Annotated

from pydantic import Field

from assembly.problems import Allowed
from assembly.settings_types import OptionalFilePath, Table


class CheckpointsTable(Table):
    """Where signed checkpoints of the ledger go, beside the record: to something that its keeper does not control."""

    folder: OptionalFilePath = None
    webhook: Annotated[
        Annotated[str, Field(pattern=r"^https?://[^\s]{1,500}$")] | None,
        Field(repr=False),
        Allowed("an http:// or https:// address, or leave it out", "http:// 或 https:// 地址；或省略", secret=True),
    ] = None
