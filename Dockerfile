# Builds the sidecar's image:  docker build -t outrigger .
# The stages do by hand what bin/build does in a checkout; the AOT cache is trained in the image's own layout with its own Java, since
# a cache is good only for the JVM that made it.
FROM eclipse-temurin:25-jdk-noble AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends maven python3 python3-pip util-linux \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN OUTRIGGER_CACHE=/cache bin/build \
    && mkdir -p /out/bin /out/lib /out/envoy \
    && cp -a bin/outrigger bin/find-jdk /out/bin/ \
    && cp -a dist/lib/outrigger.jar dist/lib/outrigger-*.aot dist/lib/native /out/lib/ \
    && cp "$(OUTRIGGER_CACHE=/cache bin/find-envoy)" /out/envoy/envoy

FROM eclipse-temurin:25-jre-noble
RUN apt-get update \
    && apt-get install -y --no-install-recommends util-linux ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1337 --user-group --no-create-home outrigger \
    && install -d -o outrigger -g outrigger /var/run/outrigger
COPY --from=build /out/ /opt/outrigger/
ENV OUTRIGGER_JAVA_HOME=/opt/java/openjdk \
    PATH=/opt/outrigger/bin:$PATH:/opt/outrigger/envoy
USER 1337
EXPOSE 15020 15021 15090
ENTRYPOINT ["/opt/outrigger/bin/outrigger"]
CMD ["run"]
