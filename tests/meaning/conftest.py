import pathlib
import sys
import uuid

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "live")]

import history  # noqa: E402
import postgres as cluster  # noqa: E402
import servers  # noqa: E402


@pytest.fixture(scope="session")
def secantus():
    with servers.secantus() as server:
        yield server


@pytest.fixture(scope="session")
def connection():
    with cluster.postgres() as connection:
        yield connection


@pytest.fixture
def reference(connection):
    return history.Postgres(connection)


@pytest.fixture
def keyfold(secantus):
    side = history.Keyfold(secantus, "kf_m_" + uuid.uuid4().hex[:8])
    yield side
    side.close()
