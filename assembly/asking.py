"""What every command that asks a running centre writes into its request."""


def actor_header(actor: str) -> dict[str, str]:
    """Return the header that names who asks; none without a name.

    A header is Latin-1 on the wire: a name in Chinese travels as its UTF-8 bytes, as the centre reads them.
    """
    return {"X-Actor": actor.encode().decode("latin-1")} if actor else {}
