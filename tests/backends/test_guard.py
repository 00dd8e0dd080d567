"""The guard against platforms that were sabotaged: each must be refused, with a sentence that says what to change."""

import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import torch

from fpverify.backends.torch64 import guard as module
from fpverify.backends.torch64 import linear
from fpverify.backends.torch64.guard import Platform, UnsoundPlatformError, ensure_sound, guard
from fpverify.kernel.errors import FpverifyError


def run(code, **environment):
    """Run *code* in a fresh process with two worker threads."""
    given = {**os.environ, "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", **environment}
    head = "import torch\nfrom fpverify.backends.torch64.guard import UnsoundPlatformError, guard\n"
    done = subprocess.run(
        [sys.executable, "-O", "-c", head + code], capture_output=True, text=True, env=given, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_this_platform_passes_and_is_recorded():
    platform = guard()
    assert platform.torch == torch.__version__
    assert platform.device == "cpu"
    assert platform.threads == torch.get_num_threads()
    assert "gradual underflow" in platform.probes
    assert platform.to_data()["probes"] == list(platform.probes)


def test_the_error_is_one_of_ours():
    assert issubclass(UnsoundPlatformError, FpverifyError)
    assert issubclass(UnsoundPlatformError, RuntimeError)


START = "torch.ones(2**21).add_(1)\n"
TELL = """
def tell():
    try:
        guard()
        print("passed")
    except UnsoundPlatformError as error:
        print(error)
"""


def test_flushing_inherited_by_workers_alone_is_caught():
    """A thread inherits the setting of the one that starts it; the calling thread has returned to normal here."""
    sabotage = "torch.set_flush_denormal(True)\n" + START + "torch.set_flush_denormal(False)\n"
    small = "small = torch.full((1000,), 2.0**-1060, dtype=torch.float64)\n"
    blind = small + "print(bool(((small * 0.5) * 2.0**1000 == 2.0**-61).all()))\n"
    stays, told = run(TELL + sabotage + blind + "tell()\n").splitlines()
    assert stays == "True", "a small probe stays in the calling thread"
    assert "flushed to zero in some thread" in told


def test_flushing_and_rounding_modes_set_after_the_pool_started_are_caught():
    """Then the calling thread flushes, its workers do not. The modes: downward, upward, toward zero, on Linux and x86."""
    code = "torch.set_flush_denormal(True)\ntell()\ntorch.set_flush_denormal(False)\n"
    code += "import ctypes, ctypes.util\nset_mode = ctypes.CDLL(ctypes.util.find_library('m')).fesetround\n"
    code += "for mode in (0x400, 0x800, 0xC00, 0):\n    set_mode(mode)\n    tell()\n"
    flushed, *modes, nearest = run(TELL + START + "tell()\n" + code).splitlines()[1:]
    assert "flushed to zero in some thread" in flushed
    assert all("not rounded to nearest" in told for told in modes)
    assert len(modes) == 3
    assert nearest == "passed"


def test_emulated_float64_is_refused(monkeypatch):
    monkeypatch.setenv("CUBLAS_EMULATE_DOUBLE_PRECISION", "1")
    with pytest.raises(UnsoundPlatformError, match="unset it"):
        guard()
    monkeypatch.setenv("CUBLAS_EMULATE_DOUBLE_PRECISION", "0")
    guard()


def test_single_operations_ask_the_guard():
    """A thread that flushes subnormal numbers gets a refusal from `apply`, and no interval."""
    code = "from fpverify.backends.torch64 import apply\nx = (torch.tensor([0.5]).double(),) * 2\n"
    code += "torch.set_flush_denormal(True)\n"
    code += "try:\n    print(apply('tanh', x))\nexcept UnsoundPlatformError:\n    print('refused')\n"
    assert run(code).split() == ["refused"]


def test_unsafe_compiler_flags_are_refused(monkeypatch):
    config = SimpleNamespace(cpp=SimpleNamespace(enable_unsafe_math_opt_flag=True))
    monkeypatch.setitem(sys.modules, "torch._inductor.config", config)
    with pytest.raises(UnsoundPlatformError, match="unsafe mathematical"):
        guard()
    config.cpp.enable_unsafe_math_opt_flag = False
    guard()
    monkeypatch.setenv("TORCHINDUCTOR_CPP_ENABLE_UNSAFE_MATH_OPT_FLAG", "1")
    with pytest.raises(UnsoundPlatformError, match="unsafe mathematical"):
        guard()


def fixed_point(bits):
    """A product of matrices that are cut to *bits* below the largest entry of their row or column (Ozaki splitting)."""

    def cut(x, axis):
        unit = torch.exp2(torch.ceil(torch.log2(x.abs().amax(axis, keepdim=True).clamp_min(1e-300))) - bits)
        return torch.round(x / unit) * unit

    return lambda a, b: torch.matmul(cut(a, -1), cut(b, -2))


SUBSTITUTES = {
    "56-bit fixed point": fixed_point(56),
    "120-bit fixed point": fixed_point(120),
    "float32": lambda a, b: torch.matmul(a.float(), b.float()).double(),
    "a Strassen step": lambda a, b: torch.matmul(a + 2.0**200, b) - torch.matmul(torch.full_like(a, 2.0**200), b),
}


@pytest.mark.parametrize("name", SUBSTITUTES)
def test_products_that_are_no_sums_of_float64_products_are_caught(name, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "__matmul__", SUBSTITUTES[name])
    with pytest.raises(UnsoundPlatformError, match="sums of float64 products"):
        guard()


def test_neighbours_that_are_none_are_caught(monkeypatch):
    monkeypatch.setattr(torch, "nextafter", lambda x, toward: x * (1 + 2.0**-52))
    with pytest.raises(UnsoundPlatformError, match="nextafter"):
        guard()


# ---------------------------------------------------------------------------------- when it runs


@pytest.fixture
def counted(monkeypatch):
    calls = []

    def counting(device):
        calls.append(device)
        return Platform(torch="", device="", hardware="", runtime="", threads=1, probes=())

    monkeypatch.setattr(module, "guard", counting)
    monkeypatch.setattr(module, "_SEEN", module._Seen())
    return calls


def test_it_runs_once_in_each_python_thread_that_asks(counted):
    ensure_sound()
    ensure_sound("cpu")
    assert len(counted) == 1
    thread = threading.Thread(target=ensure_sound)
    thread.start()
    thread.join()
    assert len(counted) == 2


def test_it_runs_again_when_the_number_of_workers_changes(counted):
    before = torch.get_num_threads()
    ensure_sound()
    try:
        torch.set_num_threads(before + 1)
        ensure_sound()
    finally:
        torch.set_num_threads(before)
    ensure_sound()
    assert len(counted) == 2


def test_products_ask_for_it_at_their_first_use(counted):
    linear.matmul_points(torch.eye(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    assert counted == [torch.device("cpu")]


def test_a_failed_guard_stops_a_product(monkeypatch):
    monkeypatch.setattr(module, "_SEEN", module._Seen())
    monkeypatch.setenv("CUBLAS_EMULATE_DOUBLE_PRECISION", "1")
    for _ in range(2):
        with pytest.raises(UnsoundPlatformError):
            linear.matmul_points(torch.eye(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_is_probed_and_named():
    platform = guard("cuda")
    assert platform.runtime == torch.version.cuda
    assert platform.hardware
