# The hub in a container: `docker build --tag tovay-hub .`; docs/operate/install.md has the walk.
FROM python:3.11-slim AS build
RUN python -m venv /opt/tovay
COPY requirements/build.txt requirements/runtime.txt /requirements/
RUN /opt/tovay/bin/pip install --no-cache-dir --require-hashes \
    --requirement /requirements/build.txt --requirement /requirements/runtime.txt
COPY . /source
RUN /opt/tovay/bin/pip install --no-cache-dir --no-deps --no-build-isolation /source \
    && /opt/tovay/bin/pip uninstall --yes setuptools

FROM python:3.11-slim
RUN useradd --system --uid 8470 --home-dir /srv/tovay --shell /usr/sbin/nologin tovay \
    && install -d -o tovay -g tovay -m 0700 /srv/tovay/branch /srv/tovay/marks /srv/tovay/backup
COPY --from=build /opt/tovay /opt/tovay
ENV PATH=/opt/tovay/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER tovay
VOLUME ["/srv/tovay/branch", "/srv/tovay/marks", "/srv/tovay/backup"]
EXPOSE 8470
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:8470/health', timeout=8)"]
CMD ["tovay-hub", "serve", "--dir", "/srv/tovay/branch"]
