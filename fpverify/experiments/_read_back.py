"""A proof counts for an experiment only if the kernel has read its file and found it VALID."""

import tempfile
from pathlib import Path

from fpverify._outcome import Outcome
from fpverify.kernel.check import FileStatus, check_file
from fpverify.kernel.errors import SoundnessError
from fpverify.kernel.verdict import Status


def is_read_back(outcome: Outcome, what: str) -> bool:
    """
    Return whether an outcome is proved, by a certificate that was saved to disk and that the kernel finds VALID there.

    Args:
        outcome: of `fpverify._certify.attempt`, or of a search for fixed points.
        what: the network and the goal, for the message.

    Raises:
        SoundnessError: if the kernel accepts the obligations and refuses the file.
    """
    if outcome.verdict.status is not Status.PROVED or outcome.certificate is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.json"
        outcome.certificate.save(path)
        result = check_file(path)
    if result.status is not FileStatus.VALID:
        raise SoundnessError(f"{what} gave a file that is {result.status.value}: {result.reason}")
    return True
