import os

SECRET_KEY = "test"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "djongo", "NAME": os.environ["SHOP_DATABASE"], "CLIENT": {"host": os.environ["SHOP_URI"]}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
