# One binary and what it is linked with: no shell, no package manager, not root. `make image-root` lays out the same
# files without Docker, and functions/all/tests/image.rs runs them as this file says.
FROM rust:1.95.0-slim-bookworm AS build
ARG FUNCTION=all
WORKDIR /counsel
COPY . .
RUN cargo build --release --locked --package "$FUNCTION" --bin "$FUNCTION" \
    && tools/image-root.sh "target/release/$FUNCTION" /image

FROM scratch
COPY --from=build /image /
ENV HOST=0.0.0.0
ENV PORT=8080
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD ["/counsel", "health"]
ENTRYPOINT ["/counsel"]
