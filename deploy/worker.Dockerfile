# The worker: TensorFlow and what both sides share. EXTRA=gpu brings CUDA's libraries along.
FROM python:3.12.12-slim-trixie AS build
ARG EXTRA=worker
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY client client
# Empty packages stand in for the code, so that changing the code does not install everything again.
RUN mkdir shared worker \
    && touch shared/__init__.py worker/__init__.py \
    && pip install --no-cache-dir --constraint constraints.txt ./client --editable ".[${EXTRA}]"

FROM python:3.12.12-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The same number in both images: they share the volume /data/files.
RUN useradd --uid 10001 --home-dir /home/convscope --create-home convscope \
    && install --directory --owner convscope --group convscope /data /data/files /home/convscope/.keras
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY shared shared
COPY worker worker
USER 10001
CMD ["convscope", "worker", "--workers", "interactive=1,batch=auto"]
