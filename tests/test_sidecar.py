"""A network with weights in a sidecar: certified from any folder, checked beside its weights, HOLEY away from them."""

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import fpverify as fp

ROOT = Path(__file__).parent.parent


@pytest.fixture
def network_file(tmp_path: Path) -> Path:
    """Write net.json and weights.safetensors, a 2-d tanh loop, into a folder of their own."""
    folder = tmp_path / "net"
    folder.mkdir()
    raw = struct.pack("<4d", 0.25, -0.125, 0.1, 0.3)
    header = json.dumps({"w": {"dtype": "F64", "shape": [2, 2], "data_offsets": [0, 32]}}).encode()
    (folder / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + raw)
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    weight = {"sidecar": "weights.safetensors", "tensor": "w", "sha256": digest}
    layers = [{"affine": {"weight": weight, "bias": ["0", "0"]}}, {"activation": "tanh"}]
    path = folder / "net.json"
    path.write_text(json.dumps({"format": 1, "name": "loaded", "state_size": 2, "layers": layers}))
    return path


def test_it_is_certified_from_another_folder(network_file: Path) -> None:
    """The kernel finds the weights beside the network's file, wherever the program runs."""
    outcome = fp.certify(fp.load(network_file), fp.BoxRegion.cube(1, dimension=2))
    assert outcome.verdict.status is fp.Status.PROVED
    outcome.certificate.save(network_file.parent / "cert.json")
    assert fp.check_file(network_file.parent / "cert.json").status is fp.FileStatus.VALID


def test_a_certificate_without_its_weights_is_holey(network_file: Path, tmp_path: Path) -> None:
    """One sentence and exit code 2 from certify, HOLEY from check; a changed weight is REJECTED."""
    target = tmp_path / "cert.json"
    command = [sys.executable, "-m", "fpverify", "certify", str(network_file), "--box=-1,1", "-o", str(target)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 2
    assert "put it beside" in result.stderr
    assert fp.check_file(target).status is fp.FileStatus.HOLEY
    raw = bytearray((network_file.parent / "weights.safetensors").read_bytes())
    raw[-1] ^= 1
    (tmp_path / "weights.safetensors").write_bytes(raw)
    assert fp.check_file(target).status is fp.FileStatus.REJECTED
