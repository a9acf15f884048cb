"""Django's settings. The database's name is set by each program before it asks anything."""

DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "", "OPTIONS": {"timeout": 600}},
}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "bench.sync.morango_app.apps.Bench",
    "morango",
]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",  # says the length, so that connections are kept
]
ROOT_URLCONF = "morango.urls"
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "bench"  # noqa: S105 (signs nothing here)
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
