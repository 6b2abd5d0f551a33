ALTER TABLE "shop_order" ADD CONSTRAINT "by_s" INDEX ("s", "n" DESC);
