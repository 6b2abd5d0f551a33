import os

SECRET_KEY = "test"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django_mongodb_backend", "HOST": os.environ["SHOP_URI"], "NAME": os.environ["SHOP_DATABASE"]}}
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
