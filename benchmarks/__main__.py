"""`make benchmark`: every figure, one after the other, each in a process of its own."""

import subprocess
import sys

MODULES = (
    "warm_job",
    "beside_hostile_model",
    "atlas_throughput",
    "first_look",
    "shared_atlas",
    "idle_workers",
    "store_capacity",
    "dashboard_weight",
    "open_atlas",
    "tile_to_channel",
    "open_training",
    "activations_overhead",
    "walk_layers",
    "playground_latency",
    "switch_latency",
    "dream_memory",
    "dataset_pipeline",
    "attribution_overhead",
    "attribution_memory",
    "training_overhead",
    "beside_training",
    "team_pages",
    "search",
    "watchers",
    "checks",
    "ten_downloads",
)


def main() -> int:
    """Run all; the number of those that failed."""
    command = [sys.executable, "-m"]
    return sum(subprocess.run([*command, f"benchmarks.{name}"], check=False).returncode != 0 for name in MODULES)


if __name__ == "__main__":
    sys.exit(main())
