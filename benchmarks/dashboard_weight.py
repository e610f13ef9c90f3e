"""What importing the dashboard costs: its memory, and whether TensorFlow came along."""

import subprocess
import sys

_PROGRAM = """
import sys, resource
import dashboard.app
heavy = {'tensorflow', 'keras', 'worker', 'scipy', 'skimage'}
loaded = sorted({name.partition('.')[0] for name in sys.modules} & heavy)
print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most, heavy modules: {loaded or 'none'}")
"""


def main() -> None:
    """Print the figures of a fresh process."""
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    figures = answer.stdout.strip() or answer.stderr.strip()[-300:]
    print(f"import dashboard: {figures} (goal: below 300 MiB, no tensorflow)")


if __name__ == "__main__":
    main()
