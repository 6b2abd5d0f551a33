DELETE FROM "django_migrations" WHERE "app" = 'shop';
