# The service and the worker are one image; the database is its own (see docker-compose.yml).

FROM node:22-bookworm-slim AS web
WORKDIR /build
COPY geo_service/web/package.json geo_service/web/package-lock.json geo_service/web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY geo_service/web ./
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.lock scripts/build-requirements.txt ./
RUN pip install --require-hashes -r requirements.lock && pip install --require-hashes -r build-requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY geo_service geo_service
COPY imagery imagery
COPY layers layers
COPY --from=web /build/dist geo_service/web/dist
RUN pip install --no-build-isolation --no-deps --editable . \
    && useradd --uid 10001 --create-home geo \
    && install -d -o geo -g geo /data
USER geo
ENV GEO_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["geo-service"]
CMD ["up", "--host", "0.0.0.0"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["geo-service", "health"]
