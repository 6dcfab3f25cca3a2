"""The table [grafana] of server.toml: by which secret Grafana is known when it tells of its own alerts."""

from typing import Final

from assembly.channel_secrets import secret_in
from assembly.problems import Problem
from assembly.settings_types import OptionalFilePath, Secret, Table
from coldchain.errors import ColdchainError
from coldchain.places import Text

SECRET_MIN: Final = 16  # characters; it is made by a machine, and nobody has to remember it


class GrafanaTable(Table):
    """The secret of the webhook, in a file of its own or here. Without one nothing is taken from Grafana."""

    webhook_secret: Secret = None
    webhook_secret_file: OptionalFilePath = None


def grafana_problems(grafana: GrafanaTable) -> list[Problem]:
    """Return what does not fit together."""
    if grafana.webhook_secret is not None and grafana.webhook_secret_file is not None:
        what = Text(
            en="webhook_secret and webhook_secret_file are two places of one secret: write one of them",
            zh="webhook_secret 与 webhook_secret_file 只能填写一个",
        )
        return [Problem(key="grafana", what=what)]
    return []


def webhook_secret(grafana: GrafanaTable) -> str:
    """Return the secret, "" if none is set. Raises ColdchainError for a file that cannot be used or a short secret."""
    file = grafana.webhook_secret_file
    secret = grafana.webhook_secret or ("" if file is None else secret_in("grafana.webhook_secret_file", file))
    if secret and len(secret) < SECRET_MIN:
        msg = (
            f"the secret of [grafana] has fewer than {SECRET_MIN} characters: openssl rand -hex 24 makes one / 密钥太短"
        )
        raise ColdchainError(msg)
    return secret
