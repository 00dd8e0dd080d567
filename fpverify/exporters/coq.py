"""Coq, version 8.16: the general theorems stand in proofs/, an exported file applies one of them to exact data."""

from fpverify.exporters._coq.emit import emit
from fpverify.exporters._coq.instance import instance_of
from fpverify.exporters._coq.masters import masters_of
from fpverify.exporters._coq.read_back import require_same
from fpverify.exporters._coq.run import check_files
from fpverify.exporters._exporter import Exporter
from fpverify.kernel.certificate import Certificate


def export(certificate: Certificate, *, merge: bool = True) -> str:
    """
    Return a file that states and proves the claim of *certificate*; the numbers in it have been read back and compared.

    Args:
        certificate: what is to be proved.
        merge: whether coordinates with the same interval share one scalar check.

    Raises:
        OutOfReachError: with the reason, if Coq's general theorems do not cover the claim.
        SoundnessError: if the numbers of the text are not those of the certificate.
    """
    instance = instance_of(certificate)
    content = emit(instance, masters_of(instance, merge=merge))
    require_same(content, certificate)
    return content


EXPORTER = Exporter(name="coq", suffix=".v", export=export, check=check_files)
