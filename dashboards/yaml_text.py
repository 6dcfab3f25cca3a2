"""YAML as our provisioning files need it: block style, texts in double quotes as JSON writes them, which YAML reads."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = str | int | bool | Sequence[str] | Sequence[int]
Yaml: TypeAlias = Plain | Mapping[str, "Yaml"] | Sequence[Mapping[str, "Yaml"]]


def block(document: Mapping[str, Yaml], depth: int = 0) -> str:
    """Return a mapping in block style, indented by two spaces a level. Lists of plain values stand in one line."""
    lines = []
    for key, value in document.items():
        indent = "  " * depth
        match value:
            case Mapping():
                lines.append(f"{indent}{key}:\n{block(value, depth + 1)}")
            case list() if value and isinstance(value[0], Mapping):
                mappings = (one for one in value if isinstance(one, Mapping))
                lines.append(f"{indent}{key}:\n" + "".join(_item(one, depth + 1) for one in mappings))
            case _:
                lines.append(f"{indent}{key}: {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


def _item(value: Mapping[str, Yaml], depth: int) -> str:
    text = block(value, depth + 1)
    lead = "  " * (depth + 1)
    return f"{'  ' * depth}- {text.removeprefix(lead)}"
