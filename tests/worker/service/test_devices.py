"""Who gets which card. None is needed: nvidia-smi is a program like another, and its answer a text."""

import os
from pathlib import Path

import pytest

from shared.errors import InvalidSpec
from worker.ascent.layer_ascent import channel_batch
from worker.service.devices import Gpu, find_gpus, gpu_precisions, plan_slots

GIB = 1024**3
TWO = [Gpu(0, "A", 24 * GIB, 8.6), Gpu(1, "B", 16 * GIB, 7.5)]


def install_nvidia_smi(folder: Path, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_cards_are_read_from_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_nvidia_smi(tmp_path, "0, NVIDIA A10G, 23028, 8.6\n1, Tesla T4, 15360, 7.5\n", monkeypatch)
    first, second = find_gpus()
    assert first == Gpu(0, "NVIDIA A10G", 23028 * 1024**2, 8.6)
    assert (second.index, second.name) == (1, "Tesla T4")


@pytest.mark.parametrize(("wish", "left"), [("1", [1]), ("1,0", [1, 0]), ("-1", []), ("", []), ("0,-1,1", [0])])
def test_what_the_operator_hides_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str, left: list[int]
) -> None:
    install_nvidia_smi(tmp_path, "0, A, 1024, 8.6\n1, B, 1024, 7.5\n", monkeypatch)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", wish)
    assert [gpu.index for gpu in find_gpus()] == left


def test_a_driver_that_fails_means_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_nvidia_smi(tmp_path, "NVIDIA-SMI has failed, because it couldn not talk to the driver.", monkeypatch)
    assert find_gpus() == []


def test_auto_is_one_batch_engine_a_card_and_each_sees_its_own() -> None:
    slots = plan_slots("interactive=1,batch=auto", TWO, gpu_share=2 * GIB)
    assert [(s.queue, s.environment()["CUDA_VISIBLE_DEVICES"]) for s in slots] == [
        ("interactive", "0"), ("batch", "0"), ("batch", "1"),
    ]  # fmt: skip
    assert all(s.environment()["TF_FORCE_GPU_ALLOW_GROWTH"] == "true" for s in slots)


def test_the_interactive_engine_shares_the_first_card_under_a_limit() -> None:
    interactive, batch, _ = plan_slots("interactive=1,batch=auto", TWO, gpu_share=2 * GIB)
    assert interactive.environment()["CONVSCOPE_GPU_LIMIT"] == str(2 * GIB)
    assert batch.environment()["CONVSCOPE_GPU_LIMIT"] == "0"
    assert batch.environment()["CONVSCOPE_GPU_MEMORY"] == str(24 * GIB)


def test_more_batch_engines_than_cards_share_in_turn() -> None:
    slots = plan_slots("batch=3", TWO, gpu_share=GIB)
    assert [s.gpu.index for s in slots if s.gpu] == [0, 1, 0]


def test_without_cards_auto_is_one_engine_on_the_processor() -> None:
    (slot,) = plan_slots("batch=auto", [], gpu_share=GIB)
    assert slot.environment()["CUDA_VISIBLE_DEVICES"] == "-1"
    assert slot.device.startswith("CPU ")


@pytest.mark.parametrize("request_text", ["gpu=1", "batch=many", "batch"])
def test_a_wrong_request_says_what_is_right(request_text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"batch=auto.*Received: '" + request_text):
        plan_slots(request_text, [], gpu_share=GIB)


def test_half_precision_is_offered_where_tensor_cores_have_it() -> None:
    assert gpu_precisions(8.6)[0] == "bfloat16"
    assert gpu_precisions(7.5)[0] == "float16"
    assert gpu_precisions(6.1) == ("float32",)


def test_the_batch_fills_half_of_the_device() -> None:
    # 24 GiB, half of it for activations, 200 MiB a picture: 61 fit.
    assert channel_batch(200 * 1024**2, 24 * GIB) == 61
    assert channel_batch(100 * GIB, 24 * GIB) == 1
    assert channel_batch(1, 24 * GIB) == 256


def test_a_processor_gets_batches_that_stay_near_its_caches() -> None:
    assert channel_batch(40 * 1024**2, 0) == 8
    assert channel_batch(1024**2, 0) == 16
    assert channel_batch(1024**3, 0) == 4
