import json
import sys

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

import keyfold


def models_of(connection):
    """As their migrations have them, for an automatic key may be of another type there (the id of a many-to-many table is); of
    apps without migrations, as they are."""
    loader = MigrationLoader(connection)
    made = list(loader.project_state().apps.get_models())
    made += [each for each in apps.get_models() if each._meta.app_label not in loader.migrated_apps]
    for model in made:
        options = model._meta
        if options.managed and not options.proxy and not options.swapped and router.allow_migrate_model(connection.alias, model):
            yield model
    yield MigrationRecorder.Migration


def wanted(connection):
    """The SQL of all models."""
    with connection.schema_editor(collect_sql=True) as editor:
        for model in models_of(connection):
            editor.create_model(model)
    return "\n".join(editor.collected_sql)


def names_by_table(schema):
    """{table: {name: kind}}; a live index that no name is served by is a name of its own."""
    from keyfold.django.introspection import names_of

    return {
        table["name"]: {each["name"]: each["kind"] for each in names_of(table)} for table in json.loads(schema.to_json())["collections"]
    }


def extra_names(log, live, options):
    """Names on the models' tables that the models do not ask for."""
    made = keyfold.Schema()
    made.execute(log, **options)
    there = names_by_table(live)
    for table, names in sorted(names_by_table(made).items()):
        for name in sorted(set(there.get(table, ())) - set(names)):
            yield table, name, there[table][name]


class Command(BaseCommand):
    help = "Shows what the models want against what the database has. verify ends with 1 if anything is missing."
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["plan", "verify"])
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the alias of the database")

    def handle(self, action, database, **_):
        connection = connections[database]
        link = getattr(connection, "keyfold", None)
        if link is None:
            raise CommandError(f'The database "{database}" is not one of keyfold.django.')
        log = keyfold.Log()
        log.add("models", wanted(connection))
        live = link.snapshot()
        options = {"profile": link.profile, "nulls": link.nulls}
        plan = keyfold.Plan(log, live, database=link.database().name, **options)
        self.stdout.write(str(plan))
        for each in plan.findings:
            if each.severity in ("withheld", "error"):
                self.stderr.write(f"{each.code}: {each.message}")
        for table, name, kind in extra_names(log, live, options):
            self.stdout.write(f'not in the models: {kind} "{name}" of "{table}"')
        if action == "verify" and (plan.operations or plan.status):
            sys.exit(plan.status or 1)
