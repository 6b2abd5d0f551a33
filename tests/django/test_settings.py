"""djongo's settings, carried over to mongo-c-driver."""

import json

import pytest
from conftest import servers

URI = "mongodb://127.0.0.1:27017/"

CARRIED = [
    ({}, "mongodb://localhost:27017/"),
    ({"host": "db.example", "port": 27018}, "mongodb://db.example:27018/"),
    ({"host": "db.example:1"}, "mongodb://db.example:1/"),
    ({"host": ["a", "b:2"], "replicaSet": "rs"}, "mongodb://a:27017,b:2/?replicaSet=rs"),
    ({"host": "[::1]"}, "mongodb://[::1]:27017/"),
    ({"host": "/run/mongodb.sock"}, "mongodb://%2Frun%2Fmongodb.sock/"),
    ({"host": "mongodb+srv://u:p@c.example/x?retryWrites=true&w=majority"}, "mongodb+srv://u:p@c.example/x?w=majority"),
    ({"host": "mongodb://old:pw@h/x", "username": "a@b", "password": "p/w"}, "mongodb://a%40b:p%2Fw@h/x"),
    ({"username": "u", "password": "p", "authSource": "admin", "authMechanism": "SCRAM-SHA-1"},
     "mongodb://u:p@localhost:27017/?authSource=admin&authMechanism=SCRAM-SHA-1"),
    ({"ssl": True, "ssl_cert_reqs": 0, "ssl_ca_certs": "/c a.pem"},
     "mongodb://localhost:27017/?tls=true&tlsAllowInvalidCertificates=true&tlsCAFile=%2Fc%20a.pem"),
    ({"tls": True, "ssl_match_hostname": False}, "mongodb://localhost:27017/?tls=true&tlsAllowInvalidHostnames=true"),
    ({"host": "mongodb://h/?tls=false", "tls": True}, "mongodb://h/?tls=true"),
    ({"readpreference": "secondaryPreferred", "maxPoolSize": 5, "tz_aware": True, "connect": False},
     "mongodb://localhost:27017/?readPreference=secondaryPreferred"),
]  # fmt: skip


def connection(**settings):
    return "from django.db.utils import ConnectionHandler\n" + (
        "connection = ConnectionHandler({'default': {'ENGINE': 'keyfold.django', 'NAME': 'x', **%r}})['default']\n" % settings
    )


def test_uris(secantus, project):
    code = f"from keyfold.django.uri import from_client; import json\nprint(json.dumps([from_client(c) for c in {[c for c, _ in CARRIED]!r}]))"
    assert json.loads(project.run(code)) == [uri for _, uri in CARRIED]


@pytest.mark.parametrize(
    "client, option",
    [
        ({"server_selector": 1}, "server_selector"),
        ({"auto_encryption_opts": 1}, "auto_encryption_opts"),
        ({"ssl_crlfile": "x"}, "ssl_crlfile"),
        ({"ssl_keyfile": "x"}, "ssl_keyfile"),
        ({"host": "mongodb://h/?gssapiServiceName=x"}, "gssapiServiceName"),
    ],
)
def test_what_cannot_be_carried_over_is_named(secantus, project, client, option):
    said = project.run(
        connection(CLIENT=client) + "from django.core.exceptions import ImproperlyConfigured\n"
        "try: connection.keyfold.database(); print('opened')\nexcept ImproperlyConfigured as error: print(error)\n"
    )
    assert f"CLIENT['{option}'] cannot be carried over" in said


@pytest.mark.parametrize("options, word", [({"null": "server"}, "'null'"), ({"nulls": "x"}, "'x'"), ({"profile": "oracle"}, "profile")])
def test_options_of_keyfolds_own(secantus, project, options, word):
    said = project.run(
        "from django.core.exceptions import ImproperlyConfigured\ntry:\n    "
        + connection(KEYFOLD=options).replace("\n", "\n    ")
        + "print('made')\nexcept ImproperlyConfigured as error: print(error)\n"
    )
    assert word in said and "made" not in said


TLS = """
import json, os
from django.db import Error
from django.db.utils import ConnectionHandler
def both(client, n):
    # What comes of it in keyfold's connection, and in djongo's, which keeps one a NAME.
    settings = {"ENGINE": "keyfold.django", "NAME": f"{os.environ['DATABASE']}_{n}", "CLIENT": {**client, "serverSelectionTimeoutMS": 600}}
    connection = ConnectionHandler({"default": settings})["default"]
    try: connection.keyfold.snapshot(); yield "yes"
    except Error as error: yield f"{type(error).__name__} {error}"
    try: connection.ensure_connection(); connection.connection.list_collection_names(); yield "yes"
    except Exception as error: yield "no"
for n, client in enumerate(json.loads(os.environ["CLIENTS"])): print(json.dumps(list(both(client, n))))
"""


def test_tls_and_passwords(secantus_tls, project):
    """As CLIENT's own options, in pymongo's names of today and of old; what one half refuses the other does, too."""
    tls = dict(pair.split("=") for pair in secantus_tls.uri.partition("?")[2].split("&"))
    ca, pem, secret = tls["tlsCAFile"], tls["tlsCertificateKeyFile"], tls["tlsCertificateKeyFilePassword"]
    user = dict(username=servers.USER, password=servers.PASSWORD, authSource="admin", authMechanism="SCRAM-SHA-256")
    today = dict(tls=True, tlsCAFile=ca, tlsCertificateKeyFile=pem, tlsCertificateKeyFilePassword=secret)
    by_ip, by_name = dict(host="127.0.0.1", port=secantus_tls.port), dict(host="localhost", port=secantus_tls.port)
    without = lambda options, *names: {name: value for name, value in options.items() if name not in names}
    cases = [
        ({**by_ip, **user, **today}, "yes"),
        ({**by_ip, **user, "ssl": True, "ssl_ca_certs": ca, "ssl_certfile": pem, "ssl_pem_passphrase": secret}, "yes"),
        ({"host": secantus_tls.uri.replace("/?", "/?authSource=admin&")}, "yes"),
        ({**by_name, **user, **today}, "OperationalError KF-061"),  # its certificate is for 127.0.0.1
        ({**by_name, **user, **today, "tlsAllowInvalidHostnames": True}, "yes"),
        ({**by_ip, **user, **without(today, "tlsCAFile")}, "OperationalError KF-061"),
        ({**by_ip, **user, **without(today, "tlsCAFile"), "tlsAllowInvalidCertificates": True}, "yes"),
        ({**by_ip, **user, **without(today, "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword")}, "OperationalError KF-061"),
        ({**by_ip, **user}, "OperationalError KF-061"),
        ({**by_ip, **user, **today, "password": "wrong-secret"}, "OperationalError KF-062"),
        ({**by_ip, **user, **today, "authSource": "elsewhere"}, "OperationalError KF-062"),
        ({**by_ip, **without(user, "authSource"), **today}, "yes"),  # admin, where no database is named
        ({**by_ip, **today}, "OperationalError KF-062"),
    ]
    project.environment["CLIENTS"] = json.dumps([client for client, _ in cases])
    said = project.run(TLS)
    assert "wrong-secret" not in said and secret + "@" not in said
    for (client, expected), line in zip(cases, said.splitlines(), strict=True):
        ours, djongos = json.loads(line)
        assert ours.startswith(expected) and (djongos == "yes") == (expected == "yes"), (client, ours, djongos)
    settings = project.folder / "config/settings.py"
    settings.write_text(settings.read_text() + f"\nDATABASES['default']['CLIENT'] = {cases[0][0]!r}\n")
    project.manage("migrate", "contenttypes")
    assert "django_content_type" in project.database.list_collection_names()


def test_a_server_that_is_not_there(secantus, project):
    said = project.run(
        connection(CLIENT={"host": "127.0.0.1", "port": 1}, KEYFOLD={"timeout": 1})
        + "import time; from django.db import OperationalError\nbegin = time.monotonic()\n"
        "try: connection.keyfold.snapshot()\nexcept OperationalError as error: print(str(error)[:6], time.monotonic() - begin < 5)\n"
    )
    assert said == "KF-061 True\n"
