"""Networks as JSON: {"format": 1, "name": ..., "layers": [...]}; numbers are text."""

from pathlib import Path

from fpverify.importers._importer import Importer, read_text
from fpverify.importers._operations import require_known_operations
from fpverify.kernel.certificate import parse_json
from fpverify.kernel.errors import FormatError
from fpverify.kernel.network import Network


def load(path: Path) -> Network:
    """Read a JSON network; relative sidecar paths start at its folder."""
    try:
        data = parse_json(read_text(path))
        require_known_operations(data)
        return Network.from_data(data, path.parent)
    except FormatError as error:
        raise type(error)(f"{path}: {error}") from error


IMPORTER = Importer(name="json", suffixes=(".json",), load=load)
