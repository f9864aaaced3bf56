#!/bin/sh
# Writes .env with fresh secrets for docker-compose.yml; an existing .env is left alone.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then echo ".env is there already; nothing changed"; exit 0; fi
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
{
    echo "BALCAO_SERVICE_SECRET=$(random)"
    echo "BALCAO_BROKER_PASSWORD=$(random)"
    echo "BALCAO_GRAFANA_PASSWORD=$(random)"
} >.env
echo ".env written; now: docker compose up --build --wait"
