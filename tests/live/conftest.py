import os
import pathlib
import subprocess
import uuid

import pytest
import servers

# Before they are imported.
pytest.register_assert_rewrite("project", "states")
import project as projects

LEFT_OUT = "FerretDB is left out (--without-ferretdb)"


def pytest_addoption(parser):
    parser.addoption("--without-ferretdb", action="store_true", help="skip the tests that need FerretDB")


def pytest_configure(config):
    config.addinivalue_line("markers", "smoke: the few that the build with sanitizers runs too")


def pytest_report_header(config):
    return LEFT_OUT if config.getoption("--without-ferretdb") else None


@pytest.fixture(scope="session")
def secantus():
    with servers.secantus() as server:
        yield server


@pytest.fixture(scope="session")
def ferretdb(request):
    if request.config.getoption("--without-ferretdb"):
        pytest.skip(LEFT_OUT)
    with servers.ferretdb() as server:
        yield server


@pytest.fixture(scope="session")
def secantus_auth():
    with servers.secantus(auth=True) as server:
        yield server


@pytest.fixture
def secantus_faults():
    """Of its own for each test: a fail point left on must not reach the next."""
    with servers.secantus(test_commands=True, durable=True) as server:
        yield server


@pytest.fixture(scope="session", params=sorted(servers.SERVERS))
def server(request):
    """The test runs once on each server."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database_name():
    return "kf_" + uuid.uuid4().hex[:12]


@pytest.fixture
def database(server, database_name):
    yield server.client[database_name]
    server.client.drop_database(database_name)


@pytest.fixture(scope="session")
def keyfold():
    """Runs the command under test ($KEYFOLD, or the gcc build's) to its end."""
    binary = os.environ.get("KEYFOLD", str(servers.ROOT / "build/gcc/src/cli/keyfold"))
    if not pathlib.Path(binary).exists():
        pytest.fail(f"{binary} is missing: build it, or run scripts/test")

    # The driver warns where another program's killed process left shared memory behind under the same number.
    os.environ["MONGOC_DISABLE_SHM"] = "1"

    def run(*words, **options):
        return subprocess.run([binary, *map(str, words)], capture_output=True, text=True,
                              timeout=options.pop("timeout", 120), **options)

    run.binary = binary
    return run


@pytest.fixture
def project(keyfold, server, database, tmp_path):
    return projects.Project(keyfold, server, database, tmp_path)
