"""The name under which jobs stand in the queue, also those that an earlier release left there."""

from worker.service.run_job import run_job

__all__ = ["run_job"]
