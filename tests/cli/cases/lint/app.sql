CREATE TABLE "shop_order" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "code" string NULL UNIQUE, "user_id" long NOT NULL, "s" string NOT NULL, "n" int DEFAULT 5 NOT NULL, "data" NULL);
ALTER TABLE "shop_order" ADD CONSTRAINT "by_user" INDEX ("user_id");
ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_user_id_1f2e" INDEX ("user_id");
ALTER TABLE "shop_order" ADD CONSTRAINT "fk" FOREIGN KEY ("user_id") REFERENCES "shop_user" ("id");
ALTER TABLE "shop_order" ADD CONSTRAINT "open" UNIQUE ("user_id")( WHERE "s" = open);
