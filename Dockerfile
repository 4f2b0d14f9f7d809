# Hadir in one static binary on an empty image. The pages are built once, on the build machine's own platform.
FROM --platform=$BUILDPLATFORM node:24 AS pages
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY web/ ./
RUN npm run --silent build

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=pages /src/web/dist/ web/dist/
ARG VERSION=dev
ARG TARGETOS=linux
ARG TARGETARCH
# Same input, same binary: no paths, no time, no build id. What was compiled is kept for the next image of this machine.
RUN --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
      -ldflags "-s -w -buildid= -X hadir/internal/build.version=$VERSION" -o /out/hadir . \
 && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" \
      -o /out/probe ./ops/probe \
 && mkdir -p /out/data

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="Hadir" \
      org.opencontainers.image.description="Real-time attendance for companies with many branches" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/hadir /out/probe /
# What 'hadir' without a role keeps; the roles write nothing, so the root file system may be read-only.
COPY --from=build --chown=10001:10001 /out/data /data
ENV HADIR_DATA_DIR=/data
# Where /probe asks; the roles listen there by themselves.
ENV HADIR_METRICS_ADDR=:9100
USER 10001:10001
EXPOSE 8080 8081 8082 8083 9100
# Seldom: each question costs more than the answer, and a process that ended is seen at once anyway.
HEALTHCHECK --interval=20s --timeout=10s --start-period=60s --retries=3 CMD ["/probe"]
ENTRYPOINT ["/hadir"]
