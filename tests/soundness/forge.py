"""What a forger can do with a certificate: edit it, conclude what its obligations would prove, and sign it anew."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from fpverify.kernel.certificate import Certificate, digest
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FpverifyError
from fpverify.kernel.network import Network
from fpverify.kernel.rules import RULES

Edit = Callable[[Any], Any]
Path = tuple[Any, ...]


def signed(data: Any) -> str:
    """Return the text with its digest computed anew."""
    data = {key: value for key, value in data.items() if key != "digest"}
    return json.dumps({**data, "digest": digest(data)})


def edited(data: Any, edit: Edit) -> Any:
    """Return an edited copy; networks get the names (digests) of their new content."""
    changed = copy.deepcopy(data)
    edit(changed)
    _rename(changed)
    return changed


def _rename(data: Any) -> None:
    for old, body in list(data["networks"].items()):
        try:
            new = Network.from_data(body).digest
        except FpverifyError:
            continue
        if new != old:
            del data["networks"][old]
            data["networks"][new] = body
            data["claim"] = json.loads(json.dumps(data["claim"]).replace(old, new))
            data["obligations"] = json.loads(json.dumps(data["obligations"]).replace(old, new))


def forged(data: Any, edit: Edit) -> str:
    """
    Return the text after an edit, with the claim that would follow if every hypothesis held.

    This is the best forgery: its claim fits its obligations, so that only the mathematics can refuse it.
    """
    changed = edited(data, edit)
    claim = _conclusion(changed)
    if claim is not None:
        changed["claim"] = claim.to_data()
    return signed(changed)


def _conclusion(data: Any) -> Claim | None:
    try:
        obligations = Certificate.from_text(signed(data)).obligations
        concluded: dict[str, Claim] = {}
        for obligation in obligations:
            premises = {key: concluded[key] for key in obligation.premises}
            concluded[obligation.id] = RULES[obligation.rule].conclusion(obligation, premises)
        return list(concluded.values())[-1]
    except (FpverifyError, LookupError, ZeroDivisionError, AssertionError, TypeError, ValueError):
        return None


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every scalar inside a JSON value with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def at(path: Path, change: Callable[[Any], Any]) -> Edit:
    """Return the edit that changes the value at *path*."""

    def edit(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = change(data[path[-1]])

    return edit


def is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str)
        and bool(value)
        and value.lstrip("-")[:1].isdigit()
        and not set(value) - set("-0123456789/")
    )


def another_digit(value: Any) -> Any:
    """Return the number with its last digit changed."""
    if isinstance(value, int):
        return value + 1 if value % 10 < 9 else value - 1
    return value[:-1] + str((int(value[-1]) + 1) % 10 or 1)
