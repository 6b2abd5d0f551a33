import json
import sys

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

import keyfold
from keyfold.django import errors, introspection


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


def tables_of(schema):
    return {table["name"]: table for table in json.loads(schema.to_json())["collections"] if table.get("exists", True)}


def shape(name):
    """What a name asks for. By which name is left out: a unique=True that came with a later migration is called otherwise."""
    return name["kind"], str(name["key"]), name.get("where"), str(name.get("references")), name.get("check")


def faults_of_names(table, want, have):
    indexes = {each["name"] for each in have["indexes"]} | {"_id_"}
    wanted, there = introspection.names_of(want), introspection.names_of(have)
    shapes = {shape(each) for each in there if set(each.get("indexes", ())) <= indexes}
    for each in wanted:
        if shape(each) not in shapes:
            yield True, f'{table}: missing: {each["kind"]} "{each["name"]}" on {introspection.columns_of(each)}'
    shapes = {shape(each) for each in wanted}
    for each in there:
        if shape(each) not in shapes:
            yield False, f'{table}: not in the models: {each["kind"]} "{each["name"]}" on {introspection.columns_of(each)}'


def faults_of_columns(table, want, have):
    wanted, there = want["document"]["fields"], (have["document"] or {}).get("fields", {})
    for column, field in wanted.items():
        if column not in there:
            yield True, f'{table}: missing: column "{column}"'
        elif field["type_code"] != there[column]["type_code"]:
            yield True, f'{table}: column "{column}" is {there[column]["type_code"]}, not {field["type_code"]}'
    for column in there:
        if column not in wanted:
            yield False, f'{table}: not in the models: column "{column}"'


def faults(wanted, live):
    """(is it an error, what)"""
    for table, want in sorted(wanted.items()):
        if table not in live:
            yield True, f"{table}: missing"
            continue
        yield from faults_of_columns(table, want, live[table])
        yield from faults_of_names(table, want, live[table])


class Command(BaseCommand):
    help = (
        "plan and verify show what the models want against what the database has; verify ends with 1 if anything is missing. "
        "sql prints what the models want as SQL, for the command: keyfold verify --models. "
        "detach prepares the database for djongo alone: an index a name, where the server allows it."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["plan", "verify", "sql", "detach"])
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the alias of the database")

    def handle(self, action, database, **_):
        connection = connections[database]
        link = getattr(connection, "keyfold", None)
        if link is None:
            raise CommandError(f'The database "{database}" is not one of keyfold.django.')
        if action == "detach":
            self.detach(link)
            return
        if action == "sql":
            self.stdout.write(wanted(connection))
            return
        log = keyfold.Log()
        log.add("models", wanted(connection))
        live = link.snapshot()
        options = {"profile": link.profile, "nulls": link.nulls}
        if action == "plan":
            self.plan(log, live, database=link.database().name, **options)
        else:
            self.verify(log, live, **options)

    def detach(self, link):
        plan = keyfold.Plan.detach(link.snapshot(), profile=link.profile, database=link.database().name)
        result = link.apply(plan)
        self.stdout.write(str(result))
        if result.status:
            raise errors.of_result(result)

    def plan(self, log, live, **options):
        plan = keyfold.Plan(log, live, **options)
        self.stdout.write(str(plan))
        for each in plan.findings:
            if each.severity in ("withheld", "error"):
                self.stderr.write(f"{each.code}: {each.message}")
        if plan.status:
            sys.exit(plan.status)

    def verify(self, log, live, **options):
        made = keyfold.Schema()
        made.execute(log, **options)
        found = list(faults(tables_of(made), tables_of(live)))
        for _, what in found:
            self.stdout.write(what)
        wrong = sum(error for error, _ in found)
        self.stdout.write(f"{len(tables_of(made))} tables: {wrong} of what the models want is missing or different" if wrong else f"{len(tables_of(made))} tables: all that the models want is there")
        if wrong:
            sys.exit(1)
