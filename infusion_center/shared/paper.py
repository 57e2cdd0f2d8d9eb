"""PDF from our own templates. The same template and facts give the same bytes."""

from typing import Any, NoReturn

from django.template.loader import render_to_string


def draw(template: str, context: dict[str, Any]) -> bytes:
    """A tagged PDF. Nothing is fetched from anywhere: a template brings its own style and has no pictures."""
    import weasyprint  # half a second and 20 MB, which only those who print pay

    page = weasyprint.HTML(string=render_to_string(template, context), url_fetcher=_nothing)
    return page.write_pdf(pdf_tags=True)


def _nothing(address: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"A printed page fetches nothing: {address}")
