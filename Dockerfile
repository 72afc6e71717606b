# mpq in a container. Build it in the checkout:
#
#   docker build -t mpq .
#
# Run a study: no network is needed, files belong to you, results stay in ./store.
#
#   mkdir -p store
#   docker run --rm --init --network none --user "$(id -u):$(id -g)" -v "$PWD/store:/store" mpq run quick
#
# Volumes: /store  finished stages, index and reports (read and written)
#          /data   data set folders, e.g. cifar-10-batches-bin (only read: -v "$PWD/data:/data:ro")
# Studies of your own: -v "$PWD/mine.toml:/study.toml:ro" mpq run /study.toml
#
# scripts/docker_lines.sh runs the RUN lines below in a bare Debian root; a nightly test does so.
FROM debian:bookworm-slim

WORKDIR /src
COPY . /src

RUN scripts/install.sh && rm -rf /var/lib/apt/lists/*
RUN scripts/build.sh
RUN ln -s /src/build/bin/mpq /usr/local/bin/mpq && mkdir -p /store /data && mpq version

ENV MPQ_STORE=/store MPQ_DATASETS=/data
VOLUME ["/store", "/data"]
ENTRYPOINT ["mpq"]
CMD ["--help"]
