FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ONWARD_VAR=/var/lib/onward
WORKDIR /srv/onward

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY . .
RUN useradd --system --home-dir /var/lib/onward --create-home onward && chown onward: /var/lib/onward
USER onward
VOLUME /var/lib/onward
EXPOSE 8000

CMD ["python", "-m", "config.web", "0.0.0.0:8000"]
