"""What made a result, beside every export of it."""

from typing import Any

from shared.store import RunRecord


def manifest(run: RunRecord) -> dict[str, Any]:
    """What made a result, as JSON values.

    Returns:
        `key`, `kind`, `spec`, `status`, `versions`, `device`, `precision`, `timings` (seconds), `metrics`.
    """
    facts = run.facts
    timings = {"seconds": round(run.seconds, 3), **facts.get("timings", {})}
    return {
        "key": run.key,
        "kind": run.kind,
        "spec": run.fields,
        "status": run.status,
        "versions": facts.get("versions", {}),
        "device": facts.get("device", ""),
        "precision": facts.get("precision", "float32"),
        "timings": timings,
        # Random weights show no learned patterns: whoever gets the folder must see which they were.
        "metrics": {
            "parts": run.done,
            "total": run.total,
            "weights": facts.get("weights", ""),
            **facts.get("metrics", {}),
        },
    }
