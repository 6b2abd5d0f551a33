CREATE TABLE "shop_a" ("id" long NOT NULL PRIMARY KEY);
CREATE TABLE "blog_b" ("id" long NOT NULL PRIMARY KEY);
