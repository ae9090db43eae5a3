"""The service on a Unix socket."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from calotype import server
from calotype.errors import Unusable
from calotype.settings import ServerConfig

from .conftest import draw
from .service import CALOTYPE, PATIENCE, environment, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("service")]


@contextmanager
def folder() -> Iterator[Path]:
    """With a picture, and a short name: a socket's path may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="calotype-") as made:
        draw(Path(made) / "pictures/red hat.png")
        yield Path(made)


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as made:
        yield made / "app.sock"


@pytest.fixture(scope="module")
def served() -> Iterator[Path]:
    """The socket of a service that runs."""
    with folder() as made, serving(made / "app.sock"):
        yield made / "app.sock"


def client(place: Path) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(place))
    return httpx.Client(transport=transport, base_url="http://localhost", timeout=PATIENCE)


def listens(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(place))
        except OSError:
            return False
        return True


def status(place: Path, target: str) -> int:
    """0 while nobody listens."""
    if not listens(place):
        return 0
    with client(place) as asking:
        return asking.get(target).status_code


def command(place: Path) -> list[str]:
    folder = place.parent
    return [str(CALOTYPE), "serve", str(folder / "pictures"), "--data", str(folder / "data")]


@contextmanager
def serving(place: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    env = environment(place.parent, CALOTYPE_SERVER_UNIX_SOCKET=str(place), **variables)
    with (place.parent / "log").open("wb") as output:
        process = subprocess.Popen(command(place), stdout=output, stderr=output, env=env)
    try:
        until(lambda: process.poll() is not None or status(place, "/readyz") == 200, "readiness")
        assert process.poll() is None, (place.parent / "log").read_text()
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


def refused(place: Path) -> str:
    """What it says, on one line, when it cannot start."""
    done = subprocess.run(
        command(place), env=environment(place.parent, CALOTYPE_SERVER_UNIX_SOCKET=str(place)),
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_it_serves_there_and_says_where(served: Path) -> None:
    assert status(served, "/image/red%20hat?w=50") == 200
    said = (served.parent / "log").read_text()
    assert f"unix:{served}" in said
    assert f"curl -o best.jpg --unix-socket {served} 'http://localhost/image/" in said


def test_only_its_user_and_group_may_connect(served: Path) -> None:
    assert stat.S_IMODE(served.stat().st_mode) == 0o660


def test_a_socket_on_which_somebody_listens_is_left_alone(served: Path) -> None:
    assert f"Another process listens on {served} already" in refused(served)
    assert status(served, "/healthz") == 200


def test_it_takes_the_socket_away_when_it_ends(place: Path) -> None:
    with serving(place) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert not place.exists()


def test_what_a_killed_one_left_is_replaced(place: Path) -> None:
    with serving(place) as process:
        process.kill()
        process.wait(PATIENCE)
    assert place.is_socket()
    with serving(place):
        assert status(place, "/healthz") == 200


def test_one_whose_queue_is_full_is_listened_on(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(place))
        busy.listen(0)
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.setblocking(False)
            waiting.connect(str(place))
            with pytest.raises(Unusable, match="listens on"):
                server.check_socket(place)


def test_what_is_no_socket_is_left_alone(place: Path) -> None:
    place.write_text("precious")
    assert "is no socket" in refused(place)
    assert place.read_text() == "precious"


def test_a_folder_that_is_not_there_is_said(place: Path) -> None:
    assert "There is no folder" in refused(place.parent / "none" / "app.sock")


def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="at most 107 bytes"):
        server.listen_on(ServerConfig(unix_socket=tmp_path / ("x" * 120)))


def test_while_it_leaves_each_answer_asks_for_another_connection(place: Path) -> None:
    variables = {"CALOTYPE_SERVER_LEAVING_SECONDS": "600"}
    with serving(place, **variables) as process, client(place) as asking:
        assert asking.get("/image/red%20hat?w=50").headers.get("connection") != "close"
        process.send_signal(signal.SIGTERM)
        until(lambda: status(place, "/readyz") == 503, "leaving")
        for _ in range(2):
            answer = asking.get("/image/red%20hat?w=50")
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
