"""`make demo`: generate a project with the default answers, run its main job on real input, leave nothing running.

The way it takes: an engine with the published images; an engine with local base images, where no image registry
answers; or no engine: the embedded database on this machine (ENGINE=none asks for that).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import stack
from stack import Stack, run

BUILD = stack.TEMPLATE / "build" / "demo"
REAL_INPUT = stack.TEMPLATE.parent / "shared" / "data"
REAL_INPUT_SCRIPT = stack.TEMPLATE / "scripts" / "real_input.py"
QUERY = """
from persistence import Database

db = Database.from_env()
for table in db.tables():
    print(f"{int(db.query(f'SELECT COUNT(*) AS n FROM {table}').loc[0, 'n']):>9,} rows in table {table}")
"""
START = time.monotonic()


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.monotonic() - START:5.1f} s] {text}", flush=True)


def can_install_engine() -> bool:
    """Say whether this is root on a system that deploy/install-docker.sh is made for."""
    return sys.platform == "linux" and os.getuid() == 0 and shutil.which("apt-get") is not None


def find_engine() -> bool:
    """Return whether an engine can be used, after installing one where that is possible."""
    if os.environ.get("ENGINE") == "none":
        return False
    if stack.engine_answers():
        return True
    if not can_install_engine():
        return False
    say("no sufficient Docker engine answers; installing one with the project's own deploy/install-docker.sh")
    subprocess.run(["bash", stack.INSTALL_DOCKER], check=True)
    return True


def daemon() -> int | None:
    """Return the process id of this machine's Docker daemon, if one runs."""
    try:
        process = int(stack.DAEMON_PID.read_text())
        return process if Path(f"/proc/{process}/comm").read_text().strip() == "dockerd" else None
    except (OSError, ValueError):
        return None


def stop_engine(process: int) -> None:
    """Stop the daemon that this demo started, for which nobody else asked."""
    os.kill(process, signal.SIGTERM)
    stack.wait_until(lambda: daemon() is None, "the Docker daemon has stopped")
    say("stopped the Docker daemon")


def generate() -> Path:
    """Generate a project with the default answers in a fresh folder."""
    project = stack.generate(BUILD)
    say(f"generated {project.relative_to(stack.TEMPLATE)} with the default answers")
    return project


def on_engine(project: Path) -> Path:
    """Run the main job in containers; return the folder with the plots."""
    images, why = stack.choose_images()
    say(f"way: Docker engine, {why}")
    variables = {
        **images,
        "COMPOSE_PROJECT_NAME": f"demo-{os.getpid()}",
        "JUPYTER_PORT": str(stack.free_port()),
    }
    demo = Stack(project, variables)
    try:
        say("docker compose up")
        demo.up()
        token = demo.variable("JUPYTER_TOKEN")
        say(f"JupyterLab answers {demo.status('/lab', token)} at {demo.url('/lab')}?token=<JUPYTER_TOKEN of .env>")
        run("make", "notebooks", cwd=project, env=variables)
        say("executed the starter notebooks in the container")
        if REAL_INPUT.is_dir():
            print(on_real_input(demo), end="")
            say("ran the main job on the real input, in the container")
        print(demo.python(QUERY))
        demo.compose("cp", "jupyter:/home/jovyan/work/outputs/.", str(project / "outputs"))
    finally:
        demo.down("--volumes", "--rmi", "local", "--remove-orphans")
        say("stopped and removed the containers")
    return project / "outputs"


def on_real_input(demo: Stack) -> str:
    """Run scripts/real_input.py in a container of its own that sees the real input read-only."""
    mounts = (f"{REAL_INPUT}:/mnt/input:ro", f"{REAL_INPUT_SCRIPT}:/mnt/real_input.py:ro")
    options = [option for mount in mounts for option in ("--volume", mount)]
    options += ["--env", "JUPYTER_DOCKER_STACKS_QUIET=1"]
    return demo.compose(
        "run", "--rm", "-T", *options, "jupyter", "python", "/mnt/real_input.py", "/mnt/input", "outputs"
    )


def on_this_machine(project: Path) -> Path:
    """Run the main job with the embedded database and this machine's Python; return the folder with the plots."""
    say("way: no engine, so the embedded database and JupyterLab's kernel on this machine")
    outputs = project / "outputs"
    python = Path(sys.executable)
    variables = {
        "DATABASE": "sqlite",
        "PYTHONPATH": str(project / "src"),
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    run(python, "-m", "pytest", "tests/test_notebooks.py", cwd=project, env=variables)
    say("executed the starter notebooks")
    if REAL_INPUT.is_dir():
        print(run(python, REAL_INPUT_SCRIPT, REAL_INPUT, outputs, cwd=project, env=variables), end="")
        say("ran the main job on the real input")
    print(run(python, "-", cwd=project, env=variables, stdin=QUERY), end="")
    return outputs


def main() -> None:
    """Find the way, take it, say what came out."""
    before = daemon()
    try:
        engine = find_engine()
        project = generate()
        outputs = on_engine(project) if engine else on_this_machine(project)
    finally:
        after = daemon()
        # Under systemd the installed engine is a service of this machine, and stays.
        if before is None and after is not None and not Path("/run/systemd/system").exists():
            stop_engine(after)
    for plot in sorted(outputs.rglob("*.png")):
        say(f"plot: {plot.relative_to(stack.TEMPLATE)}")
    say("done; nothing is left running")


if __name__ == "__main__":
    try:
        main()
    except (stack.CommandError, subprocess.CalledProcessError, TimeoutError) as failure:
        sys.exit(f"demo: {failure}")
