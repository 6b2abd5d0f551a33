CREATE TABLE "shop_product" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "sku" string NOT NULL UNIQUE, "name" string NOT NULL, "brand_id" long NULL);
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_brand_idx" INDEX ("brand_id", "name" DESC);
