CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "café" string NOT NULL);
