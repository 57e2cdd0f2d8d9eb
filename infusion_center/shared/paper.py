"""PDF from our own templates. The same template and facts give the same bytes."""

from typing import Any, NoReturn

from django.conf import settings
from django.template.loader import render_to_string


def draw(template: str, context: dict[str, Any]) -> bytes:
    """A tagged PDF. Nothing is fetched from anywhere: a template brings its own style and has no pictures."""
    import weasyprint  # half a second and 20 MB, which only those who print pay

    page = weasyprint.HTML(string=render(template, context), url_fetcher=_nothing)
    return page.write_pdf(pdf_tags=True)


def render(template: str, context: dict[str, Any]) -> str:
    """The page that is drawn. Every template of a PDF includes `_ui/practice.html`."""
    return render_to_string(template, context | {"practice": settings.PRACTICE})


def _nothing(address: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"A printed page fetches nothing: {address}")
