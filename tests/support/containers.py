"""MongoDB (a replica set of one) and RabbitMQ in containers, for machines with a Docker engine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import docker
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, LogMessageWaitStrategy

MONGO_IMAGE = "mongo:8.0"
RABBIT_IMAGE = "rabbitmq:4.0"

# Transactions need a replica set, and the only member must be reachable under the name that it knows itself by.
START_REPLICA_SET = "rs.initiate({_id: 'rs0', members: [{_id: 0, host: '127.0.0.1:27017'}]})"
IS_PRIMARY = "quit(db.hello().isWritablePrimary ? 0 : 1)"


def docker_answers() -> bool:
    """Whether there is a Docker engine to start containers with."""
    with contextlib.suppress(docker.errors.DockerException, OSError):
        client = docker.from_env(timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    return False


@asynccontextmanager
async def in_containers() -> AsyncIterator[dict[str, str]]:
    """Both servers, started side by side; they are removed at the end."""
    async with _in_thread(mongo_container()) as mongo_url, _in_thread(rabbit_container()) as amqp_url:
        yield {"mongo_url": mongo_url, "amqp_url": amqp_url}


@contextmanager
def mongo_container() -> Iterator[str]:
    """MongoDB's address, once it is primary."""
    container = DockerContainer(MONGO_IMAGE).with_command("--replSet rs0 --bind_ip_all").with_exposed_ports(27017)
    container.waiting_for(LogMessageWaitStrategy("Waiting for connections"))
    with container:
        code, output = container.exec(["mongosh", "--quiet", "--eval", START_REPLICA_SET])
        if code != 0:
            raise RuntimeError(f"the replica set could not be started: {output!r}")
        ExecWaitStrategy(["mongosh", "--quiet", "--eval", IS_PRIMARY]).wait_until_ready(container)
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(27017)}"
        yield f"mongodb://{address}/?directConnection=true&w=majority&journal=true"


@contextmanager
def rabbit_container() -> Iterator[str]:
    """RabbitMQ's address, once it takes connections."""
    container = DockerContainer(RABBIT_IMAGE).with_exposed_ports(5672)
    container.waiting_for(LogMessageWaitStrategy("Server startup complete"))
    with container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(5672)}"
        yield f"amqp://guest:guest@{address}/"  # pragma: allowlist secret


@asynccontextmanager
async def _in_thread(context: contextlib.AbstractContextManager[str]) -> AsyncIterator[str]:
    """Enter and leave a blocking context without holding up the loop."""
    value = await asyncio.to_thread(context.__enter__)
    try:
        yield value
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)
