CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NULL, "b" long NULL);
