# The batch as an image: `docker build -t arv .`
# The one place for the base, both stages' and that of `npm run test:image` and .ci/run.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

# Runs on the machine that builds, whatever the image is for: all it makes is JavaScript and text.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY batch batch
RUN npm run build
# The user of the final stage. Above 10000, so that it is nobody's number on the host.
RUN mkdir -p /image/etc /image/home/appuser \
  && cat /etc/passwd > /image/etc/passwd \
  && cat /etc/group > /image/etc/group \
  && echo 'appuser:x:10001:10001::/home/appuser:/usr/sbin/nologin' >> /image/etc/passwd \
  && echo 'appuser:x:10001:' >> /image/etc/group

# No RUN from here on: an image for ARM64 is put together on any machine, with no emulation.
FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="AWS Resource Visualizer - batch" \
  org.opencontainers.image.description="A dated, complete, queryable inventory of an AWS account" \
  org.opencontainers.image.licenses="MIT"
COPY --from=build /image/etc/ /etc/
COPY --from=build --chown=10001:10001 /image/home/ /home/
COPY --from=build /src/dist/ /app/
# The root may be read-only: what is written goes to /tmp, until SNAPSHOT_STORE names a mounted folder. That holds for
# leases too, which are kept in the log folder where the store is no folder. HOME is set for `--user` with a number that
# /etc/passwd does not have: `.aws` is looked for there.
ENV NODE_ENV=production \
  BATCH_RUN_TYPE=docker \
  SNAPSHOT_STORE=/tmp/data \
  AWS_RESOURCE_VISUALIZER_LOG_DIR=/tmp/logs \
  HOME=/home/appuser
# What Fargate mounts over it takes its owner and mode from here; else it would be root's alone.
VOLUME /tmp
WORKDIR /home/appuser
USER appuser
# Node itself is process 1, so that SIGTERM reaches the run.
ENTRYPOINT ["node", "/app/arv.mjs"]
