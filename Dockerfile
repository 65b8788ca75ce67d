# The veeam-pulumi command in a container: `make dist`, then `docker build --tag veeam-pulumi .`
#   docker run --rm --network none veeam-pulumi demo
#   docker run --rm --env-file connections.env veeam-pulumi who
# Another base: --build-arg BASE=python:3.13-slim@sha256:…
ARG BASE=python:3.12.14-slim-trixie@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
FROM ${BASE}
COPY dist/requirements.txt dist/veeam_pulumi-*.whl /tmp/dist/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/dist/requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check --no-deps /tmp/dist/veeam_pulumi-*.whl \
    && rm -r /tmp/dist \
    && useradd --create-home --uid 10001 veeam
USER veeam
WORKDIR /home/veeam
ENTRYPOINT ["veeam-pulumi"]
CMD ["--help"]
