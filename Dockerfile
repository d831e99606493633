# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/mockwright
COPY requirements.txt requirements-dev.txt ./
RUN /opt/mockwright/bin/pip install --no-cache-dir -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# The build backend is pinned too; it stays in this stage, which is thrown away.
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir -c requirements-dev.txt hatchling \
    && /opt/build/bin/python -m hatchling build -t wheel -d /tmp/dist \
    && /opt/mockwright/bin/pip install --no-cache-dir --no-deps /tmp/dist/*.whl \
    && /opt/mockwright/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin mockwright
COPY --from=build /opt/mockwright /opt/mockwright
ENV PATH=/opt/mockwright/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MOCKWRIGHT_SERVER__HOST=0.0.0.0 \
    MOCKWRIGHT_LOG__FORMAT=json
WORKDIR /data
VOLUME /data
USER mockwright
EXPOSE 5116
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('MOCKWRIGHT_SERVER__PORT', '5116') + '/healthz', timeout=2)"]
ENTRYPOINT ["mockwright"]
CMD ["serve"]
