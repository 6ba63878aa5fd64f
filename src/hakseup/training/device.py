"""Where and how exactly to reckon: device, precision, threads."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hakseup.errors import CallError
from hakseup.models.inference import not_learning
from hakseup.settings import TrainingSettings
from hakseup.words import Words


def device(settings: TrainingSettings) -> torch.device:
    """The device of a recipe; "auto" takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        CallError: the device asked for is not there.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if settings.device == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if there[name]))
    if not there[settings.device]:
        listed = ", ".join(name for name, is_there in there.items() if is_there)
        raise CallError(
            "no-such-device",
            Words(
                f"This machine has no '{settings.device}' that PyTorch can use; it has {listed}.",
                f"이 컴퓨터에는 PyTorch가 쓸 수 있는 '{settings.device}'이(가) 없습니다. 있는 것: {listed}.",
            ),
            Words("Leave --device out.", "--device를 빼고 실행하세요."),
        )
    return torch.device(settings.device)


def precision(settings: TrainingSettings, where: torch.device, module: torch.nn.Module) -> str:
    """ "bf16" or "fp32". "auto" takes bf16 for convolutions where the machine has instructions for it.

    Networks of dense layers alone stay in fp32: their steps are so short that the conversions cost more
    than the products gain.
    """
    if settings.precision != "auto":
        return settings.precision
    if not any(isinstance(part, torch.nn.Conv2d) for part in module.modules()):
        return "fp32"
    if where.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    return "bf16" if where.type == "cpu" and cpu_has_bf16() else "fp32"


@functools.cache
def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bf16 itself (AVX-512 BF16 or AMX); emulated, it would be slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", "ignore")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


@contextlib.contextmanager
def repeatable(where: torch.device, how: str) -> Iterator[None]:
    """Inside this block a graphics card takes only kernels that give the same bits each time, and fp32 means fp32.

    cuDNN would otherwise sum some gradients in the order in which threads happen to finish, and round the factors of
    fp32 products to 10 bits (TF32).
    """
    if where.type != "cuda":
        yield
        return
    exact = how == "fp32"
    products = torch.backends.cuda.matmul.allow_tf32
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=not exact):
        torch.backends.cuda.matmul.allow_tf32 = not exact
        try:
            yield
        finally:
            torch.backends.cuda.matmul.allow_tf32 = products


# Multiply-adds of one step below which one thread does it: several would wait for each other longer than they gain.
ONE_THREAD = 1e7
# And below which a batch is neither parted nor reckoned in bf16: what that costs is more than what it gains.
SMALL = 1e8


# Modules that draw random numbers share one generator: which part draws first would be left to chance.
_RANDOM = ("Dropout", "Noise")


@dataclass(frozen=True)
class Threads:
    """How a training uses the cores.

    parts: into which a batch is split, side by side; what is learned depends on it.
    workers: how many of them at a time. each: threads of one worker. all: threads where nothing is split.
    """

    parts: int = 1
    workers: int = 1
    each: int = 1
    all: int = 1

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All threads for one thing, such as the validation."""
        torch.set_num_threads(self.all)
        try:
            with denormals_are_zero(_all_told(self.all)):
                yield
        finally:
            torch.set_num_threads(self.each)


def threads_now() -> Threads:
    """As many as PyTorch uses by itself, batches whole."""
    now = torch.get_num_threads()
    return Threads(each=now, all=now)


@contextlib.contextmanager
def threads(
    module: torch.nn.Module,
    input_shape: tuple[int, ...],
    batch: int,
    parts: int,
    where: torch.device,
    most: int | None = None,
) -> Iterator[Threads]:
    """Reckon with as many threads as the step is worth; the caller's number comes back after.

    Args:
        module: the network. input_shape: height, width, channels, or numbers. batch: pictures or rows per step.
        parts: wanted; 1 is taken where side by side would be slower, or not the same each time.
        most: threads to be had; None: the caller's number.
    """
    before = torch.get_num_threads()
    most = most or before
    work = multiply_adds(module, input_shape) * batch
    if work < ONE_THREAD or (work < SMALL and not _all_told(most)):
        used = Threads()
    else:
        parts = parts if work >= SMALL and where.type == "cpu" and _repeats_side_by_side(module) else 1
        workers = min(parts, most)
        used = Threads(parts, workers, most // workers, most)
    torch.set_num_threads(used.all)
    try:
        with denormals_are_zero(_all_told(used.each)):
            torch.set_num_threads(used.each)
            try:
                yield used
            finally:
                torch.set_num_threads(used.all)
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def denormals_are_zero(yes: bool) -> Iterator[None]:
    """Whether numbers too small to be told exactly (below 1e-38 in float32) are 0 inside this block, as in TensorFlow.

    A network that has learned its few pictures by heart has gradients so small, and a processor takes up to a hundred times
    as long for each (the tutorials' drawings: a step three times as long from the tenth epoch on). Each thread has a
    switch of its own, and new ones begin with that of the thread that starts them. Say yes only where all threads that
    reckon can be told (`_all_told`): else what comes out would depend on which of them were there before. Afterwards all
    do as this thread did before.
    """
    smallest = torch.tensor(torch.finfo(torch.float32).tiny)
    before = bool(smallest / 2 == 0)
    _tell_all(yes)
    try:
        yield
    finally:
        _tell_all(before)


def _all_told(number: int) -> bool:
    """Whether so many of PyTorch's threads can be told how to take small numbers."""
    return number == 1 or _team() is not None


def _tell_all(zero: bool) -> None:
    torch.set_flush_denormal(zero)
    team, number = _team(), torch.get_num_threads()
    if team is not None and number > 1:
        team(_FUNCTION(lambda _nothing: torch.set_flush_denormal(zero) and None), None, number, 0)


_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@functools.cache
def _team() -> Callable[[Any, None, int, int], None] | None:
    """GOMP_parallel(function, its argument, threads, flags): each of PyTorch's threads calls the function once.

    It is what GCC makes of `#pragma omp parallel` (The GNU OpenMP Implementation, "Implementing PARALLEL construct").
    None where PyTorch uses another OpenMP, or none.
    """
    for library in sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*")):
        with contextlib.suppress(OSError, AttributeError):
            team: Callable[[Any, None, int, int], None] = ctypes.CDLL(
                str(library), os.RTLD_NOLOAD | os.RTLD_NOW
            ).GOMP_parallel
            return team
    return None


def only_known(module: torch.nn.Module) -> bool:
    """True for layers of PyTorch and of ours; a network of one's own may do anything."""
    return all(
        type(part).__module__.startswith(("torch.nn.modules.", "hakseup.")) for part in module.modules()
    )


def _repeats_side_by_side(module: torch.nn.Module) -> bool:
    """True where only layers are that are known to draw nothing."""
    drawing = (any(word in type(part).__name__ for word in _RANDOM) for part in module.modules())
    return only_known(module) and not any(drawing)


_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of malloc.h


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """Inside this block the C library keeps what is freed for the next step; afterwards it is given back.

    glibc gives large blocks back at once, and the system hands them out anew page by page, each zeroed:
    15 to 20 % of a step of a small network. Elsewhere nothing is done.
    """
    try:
        library = ctypes.CDLL(None)
        tune, trim = library.mallopt, library.malloc_trim
    except (OSError, AttributeError, TypeError):  # Windows, macOS, musl
        yield
        return
    tune(_TRIM, (1 << 31) - 1)
    tune(_MAP, 32 << 20)  # glibc's largest
    try:
        yield
    finally:
        tune(_TRIM, 128 << 10)  # glibc's defaults
        tune(_MAP, 128 << 10)
        trim(0)


def multiply_adds(module: torch.nn.Module, input_shape: tuple[int, ...]) -> int:
    """Multiply-adds of the convolutions and dense layers for one picture or row, counted on a blank one."""
    total = 0

    def count(layer: torch.nn.Module, _inputs: Any, out: torch.Tensor) -> None:
        nonlocal total
        if isinstance(layer, torch.nn.Conv2d):
            total += layer.weight.numel() * out.shape[2] * out.shape[3]
        elif isinstance(layer, torch.nn.Linear):
            total += layer.weight.numel()

    hooks = [layer.register_forward_hook(count) for layer in module.modules()]
    blank = torch.zeros(1, *input_shape, device=next(module.parameters()).device)
    try:
        with not_learning(module), torch.inference_mode():
            module(blank.permute(0, 3, 1, 2) if blank.ndim == 4 else blank)
    finally:
        for hook in hooks:
            hook.remove()
    return total


def autocast(where: torch.device, how: str) -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """Makes the context in which a network runs on this device in this precision."""
    return (
        functools.partial(torch.autocast, where.type, torch.bfloat16)
        if how == "bf16"
        else contextlib.nullcontext
    )
