ALTER TABLE "t" ADD COLUMN "caf" string NULL;
