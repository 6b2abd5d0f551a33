"""djongo's CLIENT settings, which are pymongo.MongoClient's arguments, as a URI for mongo-c-driver."""

from urllib.parse import parse_qsl, quote, urlencode

from django.core.exceptions import ImproperlyConfigured

# By pymongo's name in small letters: what the URI calls it.
CARRIED = {
    name.lower(): name
    for name in (
        "appName", "authMechanism", "authMechanismProperties", "authSource", "compressors", "connectTimeoutMS", "directConnection",
        "heartbeatFrequencyMS", "journal", "localThresholdMS", "maxStalenessSeconds", "readConcernLevel", "readPreference",
        "readPreferenceTags", "replicaSet", "serverSelectionTimeoutMS", "socketTimeoutMS", "srvServiceName", "tls",
        "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile",
        "tlsCertificateKeyFilePassword", "tlsDisableOCSPEndpointCheck", "tlsInsecure", "w", "wTimeoutMS", "zlibCompressionLevel",
    )
}  # fmt: skip
# pymongo 3's older names.
CARRIED.update(
    ssl="tls", ssl_ca_certs="tlsCAFile", ssl_certfile="tlsCertificateKeyFile", ssl_pem_passphrase="tlsCertificateKeyFilePassword"
)
# They change nothing of how the server is reached: pools, and how pymongo turns BSON into Python.
LEFT_OUT = {
    "connect", "document_class", "driver", "event_listeners", "loadbalanced", "maxconnecting", "maxidletimems", "maxpoolsize",
    "minpoolsize", "retryreads", "retrywrites", "serverselectiontryonce", "type_registry", "tz_aware",
    "unicode_decode_error_handler", "uuidrepresentation", "waitqueuemultiple", "waitqueuetimeoutms",
}  # fmt: skip


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ",".join(f"{key}:{each}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    return str(value)


def _inverted(name, value):
    """pymongo 3's ssl_match_hostname and ssl_cert_reqs say the opposite of what the URI does."""
    if name == "ssl_match_hostname":
        return "tlsAllowInvalidHostnames", _text(not value)
    # ssl.CERT_NONE is 0.
    return "tlsAllowInvalidCertificates", _text(int(value) == 0)


def _option(name, value):
    lower = name.lower()
    if lower in ("ssl_match_hostname", "ssl_cert_reqs"):
        return [_inverted(lower, value)]
    if lower == "readpreferencetags":
        # A list of sets, which the URI spells one after the other.
        return [(CARRIED[lower], _text(each)) for each in (value if isinstance(value, (list, tuple)) else [value])]
    if lower in CARRIED:
        return [(CARRIED[lower], _text(value))]
    if lower in LEFT_OUT:
        return []
    raise ImproperlyConfigured(
        f"The option CLIENT[{name!r}] cannot be carried over to keyfold's own connection. Leave it out, or put what it "
        "does into the URI in CLIENT['host']."
    )


def _server(host, port):
    if host.startswith("/"):
        return quote(host, safe="")  # a socket
    bare = host.rpartition("]")[2] if host.startswith("[") else host
    return host if ":" in bare or not port else f"{host}:{port}"


def _parts(hosts, port):
    """(scheme, user and password as they are spelled, servers, path, options)."""
    first = hosts[0]
    if "://" not in first:
        return "mongodb", "", ",".join(_server(each, port) for each in hosts), "", []
    if len(hosts) > 1:
        raise ImproperlyConfigured("CLIENT['host'] is one URI, or a list of hosts, but not a list of URIs.")
    scheme, _, rest = first.partition("://")
    rest, _, query = rest.partition("?")
    who, at, rest = rest.rpartition("@")
    servers, _, path = rest.partition("/")
    options = parse_qsl(query.replace(";", "&"), keep_blank_values=True)
    return scheme, who + at, servers, path, options


def _hosts(host):
    return [host] if isinstance(host, str) else [str(each) for each in host]


def from_client(client):
    """The URI. ImproperlyConfigured names an option that it cannot hold."""
    client = {key: value for key, value in client.items() if value is not None}
    hosts = _hosts(client.pop("host", None) or "localhost")
    scheme, who, servers, path, given = _parts(hosts, client.pop("port", 27017))
    user, password = client.pop("username", None), client.pop("password", None)
    if user:
        who = quote(str(user), safe="") + (":" + quote(str(password), safe="") if password is not None else "") + "@"
    pairs = [pair for name, value in given for pair in _option(name, value)]
    own = [pair for name, value in client.items() for pair in _option(name, value)]
    names = {name for name, _ in own}
    pairs = [pair for pair in pairs if pair[0] not in names] + own
    uri = f"{scheme}://{who}{servers}/{path}"
    return f"{uri}?{urlencode(pairs, quote_via=quote)}" if pairs else uri
