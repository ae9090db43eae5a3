"""What the exit codes mean, and how an error becomes one line and a code: never a traceback."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from calotype.commands.terminal import complain
from calotype.errors import BadParameter, BadSetting, CalotypeError, NotFound, Unusable
from calotype.settings import Settings

NO_MATCH, WRONG, UNUSABLE, FAILED = 1, 2, 3, 4

MEANINGS = {
    0: "done",
    NO_MATCH: "nothing matches",
    WRONG: "a wrong argument",
    UNUSABLE: "the source, the data, the port, a setting or the output cannot be used",
    FAILED: "something broke, or doctor found something broken",
    130: "interrupted",
}
EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items()) + "."

log = logging.getLogger(__name__)


def code_of(error: CalotypeError) -> int:
    if isinstance(error, NotFound):
        return NO_MATCH
    if isinstance(error, BadParameter):
        return WRONG
    return UNUSABLE if error.status == 503 or isinstance(error, Unusable | BadSetting) else FAILED


def run(command: Callable[[], object]) -> int:
    """Run it; returns the exit code. What it raises is said on stderr, with the mend."""
    try:
        command()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else FAILED
    except CalotypeError as error:
        complain(error)
        return code_of(error)
    except BrokenPipeError:
        # Whoever read has seen enough (`| head`); keep the interpreter from writing once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        complain(Unusable(f"{error.filename or 'The system'}: {error.strerror or error}."))
        return UNUSABLE
    except Exception as error:
        return _broke(error)
    return 0


def _broke(error: Exception) -> int:
    """Something of ours: where it happened is of use to nobody but its authors."""
    hint = "CALOTYPE_LOG_LEVEL=debug shows where"
    try:
        if Settings.load().log_level == "debug":
            log.exception("this is a defect")
            hint = "see above"
    except CalotypeError:
        pass
    complain(CalotypeError(f"Something broke here ({type(error).__name__}); {hint}."))
    return FAILED
