CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "code" string NOT NULL UNIQUE, "head" long NULL, "a" long NULL UNIQUE, "b" long NOT NULL);
ALTER TABLE "t" ADD CONSTRAINT "t_code_idx" INDEX ("code");
ALTER TABLE "t" ADD CONSTRAINT "t_code_again" INDEX ("code");
ALTER TABLE "t" ADD CONSTRAINT "t_head_idx" INDEX ("head");
ALTER TABLE "t" ADD CONSTRAINT "t_head_fk" INDEX ("head");
ALTER TABLE "t" ADD CONSTRAINT "t_a_idx" INDEX ("a");
ALTER TABLE "t" ADD CONSTRAINT "t_b_uniq" UNIQUE ("b");
