"""Where the server hands out checkpoints of its ledger."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed
from assembly.settings_types import OptionalFilePath, Table, TcpPort, a_number

OptionalText = Annotated[
    Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\s\x00-\x1f\x7f]+$")] | None,
    Allowed("1 to 254 characters without a space, or leave it out", "1 到 254 个字符，不含空格；或省略"),
]
Minutes = Annotated[
    int,
    BeforeValidator(a_number),
    Field(ge=1, le=43_200),
    Allowed("whole minutes from 1 to 43200", "1 到 43200 的整数分钟"),
]
OptionalHttp = Annotated[
    Annotated[str, Field(pattern=r"^https?://[^\s]{1,500}$")] | None,
    Field(repr=False),
    Allowed("an http:// or https:// address, or leave it out", "http:// 或 https:// 地址；或省略", secret=True),
]


class CheckpointsTable(Table):
    """Where signed checkpoints of the ledger go, beside the record: to something that its keeper does not control.

    `folder` and `webhook` get each of them; `tsa_url` (RFC 3161) and `mail_to` the newest, now and then.
    """

    folder: OptionalFilePath = None
    webhook: OptionalHttp = None
    tsa_url: OptionalHttp = None
    tsa_roots: OptionalFilePath = None
    tsa_every_minutes: Minutes = 60
    mail_to: OptionalText = None
    mail_from: OptionalText = None
    mail_every_minutes: Minutes = 1_440
    smtp_host: OptionalText = None
    smtp_port: TcpPort = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Allowed('"starttls", "tls", or "none" to this machine only', '"starttls"、"tls"；"none" 仅限本机'),
    ] = "starttls"
    smtp_ca_file: OptionalFilePath = None
    smtp_user: OptionalText = None
    smtp_password_file: OptionalFilePath = None
