"""gRPC over h2 as another implementation of it speaks: grpcio's, whose core is written in C."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from veeam_pulumi.terraform.grpc import Server

BIG = bytes(range(256)) * 8192  # 2 MiB, 32 times what a stream may send without being told to go on


def broken(_: bytes) -> Iterable[bytes]:
    raise RuntimeError("a defect")


def half(_: bytes) -> Iterator[bytes]:
    yield b"one"
    raise RuntimeError("a defect")


def leaving(_: bytes) -> Iterable[bytes]:
    raise SystemExit("a module that is not Python's own")


@pytest.fixture
def waiting() -> threading.Event:
    return threading.Event()


@pytest.fixture
def channel(tmp_path: Path, waiting: threading.Event) -> Iterator[grpc.Channel]:
    def wait(asked: bytes) -> Iterator[bytes]:
        waiting.wait(20)
        yield asked

    handlers = {
        "/t/Echo": lambda asked: [asked],
        "/t/Many": lambda asked: [asked] * 5,
        "/t/None": lambda _: [],
        "/t/Broken": broken,
        "/t/Half": half,
        "/t/Leaving": leaving,
        "/t/Wait": wait,
    }
    server = Server(str(tmp_path / "s"), handlers, None)
    sizes = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"unix:{tmp_path / 's'}", sizes) as opened:
        yield opened
    server.close()


def ask(channel: grpc.Channel, method: str, asked: bytes = b"") -> bytes:
    return bytes(channel.unary_unary(f"/t/{method}")(asked, timeout=20))


@pytest.mark.parametrize("asked", [b"", b"x", BIG], ids=["nothing", "little", "much"])
def test_what_is_asked_comes_back(channel: grpc.Channel, asked: bytes) -> None:
    assert ask(channel, "Echo", asked) == asked


def test_many_at_once(channel: grpc.Channel) -> None:
    asked = [f"{number}".encode() * 30_000 for number in range(60)]
    with ThreadPoolExecutor(60) as pool:
        assert list(pool.map(lambda one: ask(channel, "Echo", one), asked)) == asked


def test_streams(channel: grpc.Channel) -> None:
    assert list(channel.unary_stream("/t/Many")(BIG, timeout=20)) == [BIG] * 5
    assert list(channel.unary_stream("/t/None")(b"", timeout=20)) == []


@pytest.mark.parametrize(
    ("method", "code"),
    [("Unheard", "UNIMPLEMENTED"), ("Broken", "INTERNAL"), ("Half", "INTERNAL"), ("Leaving", "INTERNAL")],
)
def test_what_goes_wrong_is_a_status_and_the_next_call_works(channel: grpc.Channel, method: str, code: str) -> None:
    with pytest.raises(grpc.RpcError) as said:
        list(channel.unary_stream(f"/t/{method}")(b"", timeout=20))
    assert said.value.code() is grpc.StatusCode[code]
    assert ask(channel, "Echo", b"on") == b"on"


def test_a_call_that_is_given_up_ends_alone(channel: grpc.Channel, waiting: threading.Event) -> None:
    call = channel.unary_unary("/t/Wait").future(BIG)
    assert ask(channel, "Echo", b"beside") == b"beside"
    call.cancel()
    waiting.set()
    assert ask(channel, "Echo", b"on") == b"on"


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 99, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 99]
)
def test_who_breaks_the_rules_is_let_go(channel: grpc.Channel, tmp_path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(10)
        other.connect(str(tmp_path / "s"))
        other.sendall(said)
        other.shutdown(socket.SHUT_WR)
        while other.recv(1 << 16):
            pass
    assert ask(channel, "Echo", b"on") == b"on"


def test_more_than_one_message_is_refused(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as said:
        channel.stream_unary("/t/Echo")(iter([b"one", b"two"]), timeout=20)
    assert said.value.code() is grpc.StatusCode.INTERNAL
