ALTER TABLE "t" DROP COLUMN "x" CASCADE;
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0002_more', '2026-11-01 10:00:00');
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0003_less', '2026-11-01 10:00:00');
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0004_least', '2026-11-01 10:00:00');
