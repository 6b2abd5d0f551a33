CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "code" string NULL UNIQUE, "u_id" string NOT NULL, "ok" bool NOT NULL);
CREATE TABLE "u" ("name" string NOT NULL PRIMARY KEY, "t_id" long NULL);
ALTER TABLE "t" ADD CONSTRAINT "t_u_id_0123abcd" INDEX ("u_id");
ALTER TABLE "t" ADD CONSTRAINT "again" INDEX ("u_id");
ALTER TABLE "t" ADD CONSTRAINT "by_code" INDEX ("code", "u_id" DESC);
ALTER TABLE "t" ADD CONSTRAINT "one_ok" UNIQUE ("u_id", "code")( WHERE "ok");
ALTER TABLE "u" ADD CONSTRAINT "f" FOREIGN KEY ("t_id") REFERENCES "t" ("id");
