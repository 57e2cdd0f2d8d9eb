"""From the bytes of a file to the raw resources in it."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from patients.fhir.records import UnreadableFile

MOST_BYTES = 200 * 1024 * 1024  # unpacked; a small .gz can hold a very large nothing
_GZIP = b"\x1f\x8b"

Raw = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One resource, with the address that others in the file may call it by."""

    raw: Raw
    full_url: str = ""
    deleted: bool = False

    @property
    def key(self) -> str:
        """`Type/id`; where the resource has no id of its own, the one in its address."""
        of_address = self.full_url.rsplit("/", 1)[-1].removeprefix("urn:uuid:").removeprefix("urn:oid:")
        own = self.raw.get("id")
        kind = self.raw.get("resourceType", "Resource")
        return f"{kind}/{own if isinstance(own, str) and own else of_address}"


def entries(raw: bytes) -> list[Entry]:
    """The resources of a bundle, or the one resource the file is. Raises UnreadableFile."""
    document = _json(_unpacked(raw))
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise UnreadableFile("This is JSON but no FHIR resource: it has no resourceType.")
    if document["resourceType"] != "Bundle":
        return [Entry(document)]
    listed = document.get("entry") or []
    if not isinstance(listed, list):
        raise UnreadableFile("This bundle's entries are not a list.")
    return list(_of_bundle(listed))


def _of_bundle(listed: list[Any]) -> Iterator[Entry]:
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            continue  # an entry may be a bare request; it says nothing about anybody
        request = entry.get("request")
        deleted = isinstance(request, dict) and request.get("method") == "DELETE"
        yield Entry(entry["resource"], str(entry.get("fullUrl") or ""), deleted)


def _unpacked(raw: bytes) -> bytes:
    if not raw:
        raise UnreadableFile("The file is empty.")
    if not raw.startswith(_GZIP):
        return raw
    try:
        with gzip.open(BytesIO(raw)) as packed:
            plain = packed.read(MOST_BYTES + 1)
    except EOFError as no:
        raise UnreadableFile("The .gz file is cut off: its end is missing. Ask for it again.") from no
    except (gzip.BadGzipFile, zlib.error, OSError) as no:
        raise UnreadableFile("The .gz file is damaged. Ask for it again.") from no
    if len(plain) > MOST_BYTES:
        raise UnreadableFile(
            f"Unpacked, the file is over {MOST_BYTES // 1024 // 1024} MB. Ask for smaller files."
        )
    return plain


def _json(plain: bytes) -> Any:
    try:
        # Decimal: a weight of 70.1 must not become 70.09999999999999.
        return json.loads(plain.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as no:
        raise UnreadableFile("This is no text file: FHIR comes as JSON in UTF-8.") from no
    except json.JSONDecodeError as no:
        raise UnreadableFile(
            f"This is not JSON, or it is cut off (line {no.lineno}, column {no.colno})."
        ) from no
    except RecursionError as no:
        raise UnreadableFile("This JSON is nested too deeply to be a FHIR file.") from no
