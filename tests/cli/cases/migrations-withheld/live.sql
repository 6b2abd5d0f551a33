CREATE TABLE "django_migrations" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "app" string NOT NULL, "name" string NOT NULL, "applied" date NOT NULL);
CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "x" long NULL);
