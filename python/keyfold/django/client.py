from django.db.backends.base.client import BaseDatabaseClient


class DatabaseClient(BaseDatabaseClient):
    """manage.py dbshell. A password that is not in the URI is asked for."""

    executable_name = "mongosh"

    @classmethod
    def settings_to_cmd_args_env(cls, settings_dict, parameters):
        from .uri import from_client

        client = {key: value for key, value in (settings_dict.get("CLIENT") or {}).items() if key != "password"}
        name = settings_dict.get("NAME") or "djongo_test"
        scheme, _, rest = from_client(client).partition("://")
        servers, _, rest = rest.partition("/")
        options = rest.partition("?")[2]
        uri = f"{scheme}://{servers}/{name}" + (f"?{options}" if options else "")
        return [cls.executable_name, uri, *parameters], None
