# One image for web, worker and beat: the same steps as the Makefile, without the embedded servers' use.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
# Threads share two heaps: 8 MB less in each web process. What scrypt takes to check a password, 16 MB, is given back.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576

# Pango and HarfBuzz draw the PDFs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 infusion

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt

COPY . .
# Static files are named after their content here, once; no server is contacted, no secret is kept.
RUN DATABASE_URL=postgresql://build@nowhere/none REDIS_URL=redis://nowhere/0 SECRET_KEY=build \
    python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var && chown infusion:infusion var

USER infusion
EXPOSE 8000
CMD ["python", "-m", "infusion_center.serve", "--bind", "0.0.0.0", "--port", "8000"]
