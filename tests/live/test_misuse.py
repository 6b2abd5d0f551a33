"""A database's handle after a fork, and in two threads at once, over the library itself."""
import ctypes
import os
import pathlib
import threading

import pytest

IN_USE = -11


@pytest.fixture(scope="module")
def library():
    path = pathlib.Path(os.environ["KEYFOLD"]).parent.parent / "libkeyfold.so"
    if b"__asan_init" in path.read_bytes():
        pytest.skip("a library with AddressSanitizer cannot be loaded into this Python")
    return ctypes.CDLL(str(path))


def opened(library, server):
    database = ctypes.c_void_p()
    assert library.kf_database_open(ctypes.byref(database), (server.uri + "/misuse").encode(), None, None) == 0
    return database


def snapshot(library, database):
    schema = ctypes.c_void_p()
    status = library.kf_database_snapshot(ctypes.byref(schema), database, None)
    assert (status == 0) == bool(schema)
    library.kf_schema_free(schema)
    return status


def test_a_child_is_refused_and_the_parent_goes_on(library, secantus):
    database = opened(library, secantus)
    assert snapshot(library, database) == 0
    child = os.fork()
    if child == 0:
        refused = snapshot(library, database) == IN_USE
        library.kf_database_free(database)
        own = opened(library, secantus)
        works = snapshot(library, own) == 0
        library.kf_database_free(own)
        os._exit(0 if refused and works else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert snapshot(library, database) == 0
    library.kf_database_free(database)


def test_two_threads_on_one_handle(library, secantus):
    database = opened(library, secantus)
    seen = set()

    def look():
        for _ in range(200):
            seen.add(snapshot(library, database))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {0, IN_USE}
    assert snapshot(library, database) == 0
    library.kf_database_free(database)


def test_handles_of_their_own_in_threads(library, secantus):
    seen = []

    def look():
        database = opened(library, secantus)
        seen.extend(snapshot(library, database) for _ in range(20))
        library.kf_database_free(database)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [0] * 160
