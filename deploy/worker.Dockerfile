# The worker: TensorFlow and what both sides share. EXTRA=gpu brings CUDA's libraries along, FILES=buckets
# the driver of object stores.
FROM python:3.12.12-slim-trixie AS build
ARG EXTRA=worker
ARG FILES=
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY client client
# Empty packages stand in for the code, so that changing the code does not install everything again.
RUN mkdir shared worker \
    && touch shared/__init__.py worker/__init__.py \
    && pip install --no-cache-dir --constraint constraints.txt ./client --editable ".[${EXTRA}${FILES:+,$FILES}]"
COPY deploy/trim.py /tmp/trim.py
RUN python /tmp/trim.py worker
COPY shared shared
COPY worker worker
# To be read by everybody, whatever the umask of the checkout; compiled here, for nobody may write into a container.
RUN chmod -R a+rX /app && python -m compileall -q shared worker

FROM python:3.12.12-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CONVSCOPE_DATA=/data
# The same number in both images: they share the volume /data/files.
RUN useradd --uid 10001 --home-dir /home/convscope --create-home convscope \
    && install --directory --owner convscope --group convscope /data /data/files /home/convscope/.keras
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
CMD ["convscope", "worker", "--workers", "interactive=1,batch=auto"]
