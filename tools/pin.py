"""Pin the requirement files: hashes of every artefact, and no address of where they came from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMON = ("--generate-hashes", "--universal", "--python-version", "3.11", "--no-emit-index-url",
          "--no-emit-find-links", "--no-annotate", "--custom-compile-command", "make requirements",
          "--quiet")  # fmt: skip


def compile_requirements(output: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", *COMMON, *arguments,
               "-o", f"requirements/{output}"]  # fmt: skip
    subprocess.run([*command, *sys.argv[1:]], check=True, cwd=ROOT)


compile_requirements("base.txt", "pyproject.toml", "requirements/build.in", "--extra", "postgresql")
compile_requirements("dev.txt", "pyproject.toml", "requirements/build.in", "--group", "dev",
                     "-c", "requirements/base.txt")  # fmt: skip
