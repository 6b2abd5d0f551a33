CREATE TABLE "django_migrations" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "app" string NOT NULL, "name" string NOT NULL, "applied" date NOT NULL);
CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "x" long NULL);
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0001_initial', '2026-11-01 10:00:00');
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0002_more', '2026-11-02 10:00:00');
