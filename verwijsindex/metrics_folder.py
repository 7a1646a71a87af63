"""The folder in which web processes count together.

Apart from the metrics themselves: prometheus-client decides between its two
modes when it is imported, by this folder's variable.
"""

from __future__ import annotations

import os
import shutil
import tempfile

SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes() -> None:
    """Make the folder; before any web process is started."""
    os.environ[SHARED_FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="vi-metrics-")


def forget_shared_folder() -> None:
    """Remove the folder."""
    shutil.rmtree(os.environ.pop(SHARED_FOLDER_VARIABLE))


def is_shared() -> bool:
    """Whether this process counts for metrics that are served."""
    return SHARED_FOLDER_VARIABLE in os.environ
