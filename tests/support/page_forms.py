"""The forms of a page, read from its HTML: what each field is, what stands in it and what may be chosen."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Field:
    """One field: `value` is what would be sent, `options` what a list offers."""

    name: str
    kind: str
    value: str
    checked: bool = False
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PageForm:
    """A form that posts."""

    action: str
    fields: list[Field] = field(default_factory=list)

    def shape(self) -> tuple[str, ...]:
        """Return what tells this form from others of its page: its action, fields and hidden values."""
        hidden = [f"{one.name}={one.value}" for one in self.fields if one.kind == "hidden" and len(one.value) < 40]
        return (self.action, *(one.name for one in self.fields), *hidden)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._open: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PageForm(said.get("action", ""))
            if said.get("method") == "post":
                self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._open is not None:
            self._offer(said)
        elif tag in {"input", "select", "textarea"} and "name" in said:
            one = Field(said["name"], said.get("type", tag), said.get("value", ""), "checked" in said)
            self._form.fields.append(one)
            self._open = one if tag != "input" else None

    def _offer(self, said: dict[str, str]) -> None:
        assert self._open is not None
        if not self._open.options or "selected" in said:
            self._open.value = said.get("value", "")
        self._open.options.append(said.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._open.kind == "textarea":
            self._open.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in {"select", "textarea"}:
            self._open = None


def forms_of(html: str) -> list[PageForm]:
    """Return the forms of a page that post."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
