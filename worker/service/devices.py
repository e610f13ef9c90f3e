"""Which devices there are, who gets which, how fast half precision is, how much fits.

Runs in parents and supervisor too, so it never imports TensorFlow: cards are asked of nvidia-smi, the
processor of /proc/cpuinfo.
"""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from shared.errors import InvalidSpec, message
from shared.queue import QUEUES


@dataclass(frozen=True)
class Gpu:
    """One card: its index, name, bytes of memory and CUDA compute capability."""

    index: int
    name: str
    memory: int
    capability: float


@dataclass(frozen=True)
class Slot:
    """One worker to start: its queue, its card (None: the processor), a memory limit in bytes (0: none)."""

    queue: str
    gpu: Gpu | None = None
    memory_limit: int = 0

    @property
    def device(self) -> str:
        """For people."""
        return f"GPU {self.gpu.index} {self.gpu.name}" if self.gpu else f"CPU {cpu_name()}"

    @property
    def precisions(self) -> tuple[str, ...]:
        """Number formats that are fast here, fastest first."""
        return gpu_precisions(self.gpu.capability) if self.gpu else cpu_precisions()

    def environment(self) -> dict[str, str]:
        """Variables for the engine: its card and no other, and memory taken only as it is needed."""
        return {
            "CUDA_VISIBLE_DEVICES": str(self.gpu.index) if self.gpu else "-1",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "CONVSCOPE_GPU_LIMIT": str(self.memory_limit),
            "CONVSCOPE_GPU_MEMORY": str(self.gpu.memory if self.gpu else 0),
        }


def find_gpus() -> list[Gpu]:
    """The NVIDIA cards of this machine; none where the driver's program is missing or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = "--query-gpu=index,name,memory.total,compute_cap"
    answer = subprocess.run(
        [program, query, "--format=csv,noheader,nounits"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return _allowed([_read_gpu(line) for line in answer.stdout.splitlines() if line.count(",") == 3])


def _allowed(gpus: list[Gpu]) -> list[Gpu]:
    """Those that CUDA_VISIBLE_DEVICES leaves, as CUDA reads it: up to the first number that is no card."""
    wish = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wish is None:
        return gpus
    by_index = {str(gpu.index): gpu for gpu in gpus}
    words = [word.strip() for word in wish.split(",")]
    return [by_index[word] for word in takewhile(by_index.__contains__, words)]


def _read_gpu(line: str) -> Gpu:
    index, name, memory, capability = (word.strip() for word in line.split(","))
    return Gpu(int(index), name, int(memory) * 1024**2, float(capability))


def plan_slots(request: str, gpus: list[Gpu], gpu_share: int) -> list[Slot]:
    """Which workers to start.

    Args:
        request: "interactive=1,batch=2"; "auto" for batch is one a card, or one on a machine without cards.
        gpus: the cards there are. Batch workers get one each in turn; interactive ones share the first
            card under a limit.
        gpu_share: that limit, in bytes.

    Raises:
        InvalidSpec: a queue or number is wrong.
    """
    slots: list[Slot] = []
    for word in filter(None, request.split(",")):
        queue, _, count = word.strip().partition("=")
        if queue not in QUEUES or not (count == "auto" or count.isdigit()):
            raise InvalidSpec(message("workers such as interactive=1,batch=2 or batch=auto", word, "Change --workers."))
        number = max(1, len(gpus)) if count == "auto" else int(count)
        slots += [_slot(queue, position, gpus, gpu_share) for position in range(number)]
    return slots


def _slot(queue: str, position: int, gpus: list[Gpu], gpu_share: int) -> Slot:
    if not gpus:
        return Slot(queue)
    if queue == "interactive":
        return Slot(queue, gpus[0], gpu_share)
    return Slot(queue, gpus[position % len(gpus)])


def cpu_precisions() -> tuple[str, ...]:
    """float32, and bfloat16 before it where the processor multiplies matrices in it."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text() if info.exists() else ""
    return ("bfloat16", "float32") if "amx_bf16" in flags or "avx512_bf16" in flags else ("float32",)


def gpu_precisions(capability: float) -> tuple[str, ...]:
    """Tensor cores take float16 from capability 7.0 on and bfloat16 from 8.0 on."""
    if capability >= 8.0:
        return ("bfloat16", "float16", "float32")
    return ("float16", "float32") if capability >= 7.0 else ("float32",)


def cpu_name() -> str:
    """Model name of the processor and its number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()} ({os.cpu_count()} cores)"


def resident_bytes(pid: int) -> int:
    """Memory of a process in bytes; 0 where it cannot be read."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
