# Builds the sidecar's image:  docker build -t outrigger .
# The stages do by hand what bin/build does in a checkout. The AOT cache is trained with the Java that will run it: one that the
# JDK of the build stage made would not be used by the smaller Java of the image.
FROM eclipse-temurin:25-jdk-noble AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends maven python3 python3-pip util-linux \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN OUTRIGGER_CACHE=/cache bin/build \
    && rm dist/lib/outrigger-*.aot \
    && mkdir -p /envoy \
    && cp "$(OUTRIGGER_CACHE=/cache bin/find-envoy)" /envoy/envoy

FROM eclipse-temurin:25-jre-noble AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends util-linux ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1337 --user-group --no-create-home outrigger \
    && install -d -o outrigger -g outrigger /var/run/outrigger
ENV OUTRIGGER_JAVA_HOME=/opt/java/openjdk \
    PATH=/opt/outrigger/bin:$PATH:/opt/outrigger/envoy
COPY --from=build /envoy/ /opt/outrigger/envoy/

FROM runtime AS train
COPY --from=build /src/ /src/
WORKDIR /src
RUN OUTRIGGER_BUILT=1 bin/outrigger train dist/lib \
    && mkdir -p /out/bin /out/lib \
    && cp -a bin/outrigger bin/hooks bin/find-jdk /out/bin/ \
    && cp -a dist/lib/outrigger.jar dist/lib/outrigger-*.aot dist/lib/native dist/lib/version /out/lib/

FROM runtime
COPY --from=train /out/ /opt/outrigger/
USER 1337
EXPOSE 15020 15021 15090
ENTRYPOINT ["/opt/outrigger/bin/outrigger"]
CMD ["run"]
