from django.db import DatabaseError
from djongo import creation


class DatabaseCreation(creation.DatabaseCreation):
    def _execute_create_test_db(self, cursor, parameters, keepdb=False):
        """As other databases do: one that is there already is an error, so that nobody tests on what an earlier run left."""
        name = parameters["dbname"].strip('"')
        if not keepdb and name in cursor.client_conn.list_database_names():
            raise DatabaseError(f'there is a database "{name}" already')
        super()._execute_create_test_db(cursor, parameters, keepdb)

    def _clone_test_db(self, suffix, verbosity, keepdb=False):
        """Copies through pymongo: djongo calls mongodump, which few have."""
        source = self.connection.settings_dict["NAME"]
        target = self.get_test_db_clone_settings(suffix)["NAME"]
        with self._nodb_cursor() as cursor:
            client = cursor.client_conn
            if keepdb and target in client.list_database_names():
                return
            client.drop_database(target)
            for name in client[source].list_collection_names():
                _copy(client[source][name], client[target], name)


def _copy(source, target, name):
    target.create_collection(name)
    for index in source.list_indexes():
        if index["name"] != "_id_":
            spec = {key: value for key, value in index.items() if key not in ("v", "ns")}
            target.command("createIndexes", name, indexes=[spec])
    documents = list(source.find())
    if documents:
        target[name].insert_many(documents)
