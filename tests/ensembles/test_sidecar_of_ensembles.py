"""Members as files: the kernel reads back exactly the doubles that were drawn, and sees a change."""

from fractions import Fraction
from pathlib import Path

import pytest

import fpverify as fp
from fpverify.ensembles import Ensemble, network_with_sidecar
from fpverify.kernel.errors import FormatError
from fpverify.kernel.layers.affine import Affine

WIDE = Ensemble(
    activation="tanh", width=30, depth=3, law="cauchy", gain=0.5, bias_law="cauchy", bias=1.0, form="nonnegative"
)


def test_it_holds_what_was_drawn(tmp_path: Path) -> None:
    network, drawn = network_with_sidecar(WIDE, 2, tmp_path), WIDE.draw(2)
    affine = [layer for layer in network.layers if isinstance(layer, Affine)]
    for layer, weight, bias in zip(affine, drawn.weights, drawn.biases, strict=True):
        assert list(layer.weight.lo) == [Fraction(x) for x in weight.flatten().tolist()]
        assert list(layer.bias.lo) == [Fraction(x) for x in bias.tolist()]


def test_tied_weights_are_written_as_they_are_read(tmp_path: Path) -> None:
    """A transpose has its own order in memory; the file has the order of rows."""
    ensemble = Ensemble(activation="tanh", width=3, depth=2, law="normal", gain=1.0, form="tied")
    first, second = (layer.weight for layer in network_with_sidecar(ensemble, 0, tmp_path).layers[::2])
    assert [list(row) for row in first.rows()] == [list(column) for column in zip(*second.rows(), strict=True)]


def test_it_is_loaded_by_name_and_repeats_itself(tmp_path: Path) -> None:
    network = network_with_sidecar(WIDE, 0, tmp_path)
    assert fp.load(tmp_path / "network-0.json").digest == network.digest
    assert network_with_sidecar(WIDE, 0, tmp_path / "again").digest == network.digest
    assert not list(tmp_path.glob(".*"))


def test_a_changed_weight_is_seen(tmp_path: Path) -> None:
    network_with_sidecar(WIDE, 0, tmp_path)
    path = tmp_path / "network-0.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="digest"):
        fp.load(tmp_path / "network-0.json")


def test_a_contraction_is_certified_with_its_sidecar(tmp_path: Path) -> None:
    """A small normal network is proved to have one fixed point, and its certificate is VALID beside the weights."""
    ensemble = Ensemble(activation="tanh", width=8, depth=2, law="normal", gain=0.2, bias=0.5)
    outcome = fp.certify(network_with_sidecar(ensemble, 1, tmp_path), fp.BoxRegion.cube(1, dimension=8))
    assert outcome.verdict.status is fp.Status.PROVED
    assert outcome.certificate is not None
    outcome.certificate.save(tmp_path / "certificate.json")
    assert fp.check_file(tmp_path / "certificate.json").status is fp.FileStatus.VALID


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(fp.MisuseError, match="choose another folder"):
        network_with_sidecar(WIDE, 0, tmp_path / "file")
