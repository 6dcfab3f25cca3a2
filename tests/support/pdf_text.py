"""The text of a PDF, page by page, by a library that the program does not use."""

import re

import pypdfium2


def pages_of(pdf: bytes) -> list[str]:
    """Return each page's text in one line, without the breaks that a narrow column makes."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(re.sub(r"\s+", " ", text_page.get_text_range().replace("\ufffe", "")))
            text_page.close()
            page.close()
        return texts
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Return a text without any white space: a cell may break a long word anywhere."""
    return re.sub(r"\s+", "", text)
