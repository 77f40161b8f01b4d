# syntax=docker/dockerfile:1
# The sidecar's image, and one without Envoy for proxyless gRPC:
#
#   docker build -t outrigger .
#   docker build -t outrigger-proxyless --target proxyless .
#
# bin/image lays out everything that is in them, and bin/check-image runs that tree without an engine (docs/decisions/0016). So there is
# nothing here but the machine to do it on, and what an engine alone can say.
FROM debian:bookworm-slim AS build
# The slim image has no folder for man pages, and the Java that Maven's package brings cannot be installed without it.
RUN mkdir -p /usr/share/man/man1 \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates maven python3 python3-pip util-linux \
    && rm -rf /var/lib/apt/lists/*
COPY --from=eclipse-temurin:25-jdk /opt/java/openjdk /opt/java/openjdk
ENV OUTRIGGER_JAVA_HOME=/opt/java/openjdk OUTRIGGER_CACHE=/cache
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 bin/build
RUN bin/image /image

FROM build AS build-proxyless
RUN bin/image /image-proxyless --no-envoy

FROM scratch AS proxyless
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Outrigger for proxyless gRPC" \
      org.opencontainers.image.description="Sidecar agent: xDS for gRPC applications, SDS, DNS, health, metrics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build-proxyless /image-proxyless/ /
ENV PATH=/opt/outrigger/bin:/usr/bin LANG=C.UTF-8 OUTRIGGER_NO_ENVOY=true
USER 1337:1337
EXPOSE 15020
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/outrigger/bin/outrigger"]
CMD ["run"]

FROM scratch
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Outrigger" \
      org.opencontainers.image.description="Sidecar agent: supervises Envoy, relays xDS, serves SDS, answers DNS, checks health, merges metrics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
ENV PATH=/opt/outrigger/bin:/usr/bin LANG=C.UTF-8
USER 1337:1337
EXPOSE 15020 15021 15090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/outrigger/bin/outrigger"]
CMD ["run"]
