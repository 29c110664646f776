"""Tasks end when they are told, told again if they did not hear, and are not waited for without end."""

import asyncio
import contextlib

from aegrid_energy.workflows.end_tasks import end_tasks


async def deaf(times: int, told: list[int]) -> None:
    """Swallows so many cancellations."""
    for number in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        told.append(number)
    await asyncio.Event().wait()


async def started(*coroutines: object) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(one) for one in coroutines]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    return tasks


async def test_a_task_that_lost_its_cancellation_is_told_again() -> None:
    told: list[int] = []
    tasks = await started(deaf(0, told), deaf(2, told))
    assert await end_tasks(tasks, again_s=0.01) == []
    assert all(task.cancelled() for task in tasks)
    assert told == [0, 1]


async def test_a_task_that_never_hears_is_named_and_not_waited_for() -> None:
    told: list[int] = []
    tasks = await started(deaf(50, told), deaf(0, told))
    assert await end_tasks(tasks, again_s=0.01, within_s=0.03) == [tasks[0]]
    assert await end_tasks(tasks, again_s=0.001, within_s=60) == []


async def test_what_a_task_raised_stays_in_it() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    tasks = await started(broken())
    assert await end_tasks(tasks) == []
    assert isinstance(tasks[0].exception(), ValueError)
