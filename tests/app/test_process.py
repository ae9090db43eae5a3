"""The process: signals, ports and disks."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image

from .conftest import draw
from .service import CALOTYPE, PATIENCE, Service, environment, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("service")]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    draw(tmp_path / "pictures/red hat.png")
    draw(tmp_path / "pictures/blue hat.jpg", "blue")
    return tmp_path / "pictures"


def test_requests_under_way_finish_when_it_is_told_to_stop(tmp_path: Path, pictures: Path) -> None:
    draw(pictures / "poster.png", size=(2000, 2000))
    one_at_a_time = {
        "CALOTYPE_RENDER_WORKERS": "1",
        "CALOTYPE_RENDER_DEADLINE_SECONDS": "60",
        "CALOTYPE_SERVER_DRAIN_SECONDS": "60",
    }
    with Service(pictures, tmp_path, **one_at_a_time) as service, ThreadPoolExecutor(6) as pool:
        urls = [f"/image/poster?w={3000 + number}&fm=avif" for number in range(4)]
        answers = [pool.submit(service.get, url) for url in urls]
        waiting = "calotype_http_requests_total"
        until(lambda: "render_queue_wait_seconds_count 1" in service.get("/metrics").text, waiting)
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.get("/readyz").status_code == 503, "draining")
        assert [answer.result().status_code for answer in answers] == [200] * 4
        assert service.process.wait(PATIENCE) == 0


def test_told_to_stop_it_goes_on_answering_until_a_load_balancer_can_know(
    tmp_path: Path, pictures: Path
) -> None:
    with Service(pictures, tmp_path, CALOTYPE_SERVER_LEAVING_SECONDS="600") as service:
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.get("/readyz").status_code == 503, "draining")
        assert service.get("/image/red?w=40").status_code == 200
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(PATIENCE) == 0


def stopping(service: Service) -> bool:
    try:
        return service.get("/readyz").status_code == 503
    except httpx.TransportError:
        return True


def test_a_slow_reader_gets_all_of_its_answer(tmp_path: Path, pictures: Path) -> None:
    noise = Image.frombytes("RGB", (4000, 3000), os.urandom(4000 * 3000 * 3))
    noise.save(pictures / "noise.png", compress_level=0)
    size = (pictures / "noise.png").stat().st_size
    with Service(pictures, tmp_path) as service:
        id = service.get("/search?q=noise").json()["results"][0]["id"]
        with service.connect() as connection:
            request = f"GET /i/{id}/original HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            begun = connection.recv(1000)
            service.process.send_signal(signal.SIGTERM)
            until(lambda: stopping(service), "the signal's effect")
            rest = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        assert len((begun + rest).partition(b"\r\n\r\n")[2]) == size
        assert service.process.wait(PATIENCE) == 0


def test_a_reader_that_reads_nothing_does_not_keep_it(tmp_path: Path, pictures: Path) -> None:
    noise = Image.frombytes("RGB", (4000, 3000), os.urandom(4000 * 3000 * 3))
    noise.save(pictures / "noise.png", compress_level=0)
    with Service(pictures, tmp_path, CALOTYPE_SERVER_DRAIN_SECONDS="1") as service:
        id = service.get("/search?q=noise").json()["results"][0]["id"]
        with service.connect() as connection:
            connection.sendall(f"GET /i/{id}/original HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            connection.recv(10)
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(PATIENCE / 2) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0_and_without_a_word(
    tmp_path: Path, pictures: Path, number: signal.Signals
) -> None:
    with Service(pictures, tmp_path) as service:
        assert service.stop(number) == 0
        assert "Traceback" not in service.text
        assert "error" not in service.text.lower()


def test_it_starts_again_where_it_stopped(tmp_path: Path, pictures: Path) -> None:
    for _ in range(2):
        with Service(pictures, tmp_path) as service:
            assert service.get("/search").json()["total"] == 2
            assert service.get("/image/red hat?w=50").status_code == 200
            assert service.stop() == 0


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CALOTYPE, *arguments],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_port_in_use_is_said_with_the_mend(tmp_path: Path, pictures: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", str(pictures), "--port", port)
    assert done.returncode == 3
    said = " ".join(done.stderr.split())
    assert f"Cannot listen on 127.0.0.1:{port}" in said
    assert "--port 0 for any" in said
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.0.0.1", "8.8.8.8"])
def test_a_host_that_is_not_ours_is_said(tmp_path: Path, pictures: Path, host: str) -> None:
    done = run(tmp_path, "serve", str(pictures), "--host", host, "--port", "0")
    assert done.returncode == 3
    assert f"Cannot listen on {host}" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", str(folder).encode(), b"tmpfs", 0, b"size=4m") != 0:
        pytest.skip(f"no tmpfs can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    libc.umount2(str(folder).encode(), 2)


def fill(folder: Path) -> None:
    """Take all the space that there is."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_a_full_disk_under_the_renditions_is_counted_and_nothing_else(
    tmp_path: Path, pictures: Path, small_disk: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "renditions").symlink_to(small_disk)
    fill(small_disk)
    with Service(pictures, tmp_path, "--data", str(data)) as service:
        for width in range(50, 60):
            assert service.get(f"/image/red hat?w={width}").status_code == 200
        failed = 'calotype_errors_total{part="renditions",what="write-failed"}'
        until(lambda: failed in service.get("/metrics").text, "a failed write")
    assert not list(small_disk.rglob("*.tmp"))


def test_a_full_disk_under_everything_leaves_what_is_there_served(
    tmp_path: Path, pictures: Path, small_disk: Path
) -> None:
    with Service(pictures, tmp_path, "--data", str(small_disk)) as service:
        fill(small_disk)
        draw(pictures / "green hat.png", "green")
        for width in range(50, 60):
            assert service.get(f"/image/red hat?w={width}").status_code == 200
        assert service.get("/search?q=hat").status_code == 200
        until(lambda: 'calotype_errors_total{part="' in service.get("/metrics").text, "a fault")
        (small_disk / "filler").unlink()
        until(lambda: service.get("/search?q=hat").json()["total"] == 3, "the new image")


HUNG = """
import sys, threading
from calotype import keeper, server
from calotype.blobs import FolderSource
from calotype.cli import main
keeper.STOP = server.LEAVE_SECONDS = 0.5
server.END_SECONDS = 5.0  # enough for the keeper to say so, on a busy machine too
def hang(self, name, *more):
    print("it hangs", flush=True)
    threading.Event().wait()
FolderSource.read = FolderSource.open = hang
sys.argv = ["calotype", "serve", *sys.argv[1:]]
main()
"""


def test_a_source_that_hangs_does_not_keep_it(tmp_path: Path, pictures: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", HUNG, str(pictures), "--port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment(tmp_path))
    try:
        until(lambda: "it hangs" in log.read_text(), "a read that hangs")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait(PATIENCE)
    assert "still at work when it stopped: lead" in log.read_text()
