"""Networks as TOML, with the same fields as in JSON; numbers are text."""

import tomllib
from pathlib import Path

from fpverify.importers._importer import Importer, read_text
from fpverify.importers._operations import require_known_operations
from fpverify.kernel.errors import FormatError
from fpverify.kernel.network import Network


def load(path: Path) -> Network:
    """Read a TOML network; relative sidecar paths start at its folder."""
    try:
        data = tomllib.loads(read_text(path))
        require_known_operations(data)
        return Network.from_data(data, path.parent)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"{path} is no TOML text: {error}") from error
    except FormatError as error:
        raise type(error)(f"{path}: {error}") from error


IMPORTER = Importer(name="toml", suffixes=(".toml",), load=load)
