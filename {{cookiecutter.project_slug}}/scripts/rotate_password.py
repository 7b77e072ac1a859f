"""`make rotate-password`: new credentials for JupyterLab and the database, in .env and in the server together.

MySQL takes new passwords beside the old ones, so that .env is right before, between and after. A server that knows
only one, be it MariaDB or one elsewhere, is asked which it has: the new values are noted beside .env before. Where
nobody knows what the stack's server has, as after a lost .env, it starts once with a file that tells it.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

from make_env import CREDENTIALS, parse, random_credential
from project import STATE, Project, RefusedError, command, draft
from server import Server, alone, elsewhere, impose, literal, remove, running, server_of, start

TOKEN, PASSWORD, ROOT_PASSWORD = CREDENTIALS
NOTE, RAN = f"{STATE}.rotating", "RAN"  # which services ran before


def alter(root: Server, clause: str, values: dict[str, str]) -> None:
    """Change the accounts of the stack's server, of root wherever it is, in one statement."""
    user = root.project.value("MYSQL_USER")
    with root.session("") as session:
        asked = "SELECT user, HEX(host) FROM mysql.user WHERE (user = 'root' AND host IN ('localhost', '%'))"
        found = session.ask(f"{asked} OR (user = {literal(user)} AND host = '%')")
        if user not in [name for name, _ in found]:
            raise RefusedError(f"the server has no user {user}, and nothing was changed")
        accounts = [
            f"{literal(name)}@{literal(bytes.fromhex(host).decode())}"
            + clause.format(literal(values[ROOT_PASSWORD if name == "root" else PASSWORD]))
            for name, host in found
        ]
        session.ask(f"ALTER USER {', '.join(accounts)}")


def set_in_stack(project: Project, values: dict[str, str]) -> bool:
    """Give the stack's server its new passwords; say whether the old ones are good until they are discarded."""
    container = server_of(project)
    root = Server.of(project, container, root=True).wait()
    new = [root.having(values[ROOT_PASSWORD]), Server.of(project, container).having(values[PASSWORD])]
    admin = next((one for one in (new[0], root) if not one.refusal()), None)
    if not admin:
        remove(project, "mysql")
        impose(project, values[PASSWORD], values[ROOT_PASSWORD])
        return False
    with admin.session("") as session:
        two = "MariaDB" not in session.ask("SELECT VERSION()")[0][0]
    if any(one.refusal() for one in new):
        alter(admin, " IDENTIFIED BY {}" + " RETAIN CURRENT PASSWORD" * two, values)
    return two


def set_elsewhere(project: Project, password: str) -> None:
    """Have the project's user change its own password, unless it has been changed already."""
    with elsewhere(project) as old:
        if not old.having(password).wait().refusal():
            return
        if said := old.refusal():
            raise RefusedError(
                f"the server takes neither the password of .env nor the new one, which is in {NOTE} ({said}): ask its"
                " administrator which it has, and put that one into .env"
            )
        with old.session("") as session:
            session.ask(f"ALTER USER CURRENT_USER() IDENTIFIED BY {literal(password)}")


def renew(project: Project, container: str, values: dict[str, str]) -> None:
    """Give the running server's container the new secrets, where compose wrote the old ones; only it reads them there.

    It is not made anew: a server that the engine has begun to stop would stop after a kill of this command, too.
    """
    for name in (PASSWORD, ROOT_PASSWORD):
        file = f"/run/secrets/{name.lower()}"
        writing = f"cat >{file}.new && chmod 444 {file}.new && mv {file}.new {file}"
        project.run("exec", "--interactive", "--user", "0", container, "sh", "-c", writing, stdin=values[name])


def rotate(project: Project) -> str:
    """Change all credentials and return what to tell; where it is refused, the same command makes all agree."""
    if not project.env.exists():
        raise RefusedError("there is no .env: run 'make env', which writes one with new credentials")
    names = list(CREDENTIALS) if project.has_server else [TOKEN, PASSWORD]
    if project.value("DATABASE") == "sqlite":
        names = [TOKEN]
    project.write(**{name: project.lines[name] for name in names if name in project.lines})  # or says why it cannot
    note, two = project.folder / NOTE, False
    left = parse(note.read_text(encoding="utf-8")) if note.exists() else {}
    ran = {*running(project), *left.get(RAN, "").split(), *["mysql"] * (ROOT_PASSWORD in names)}
    values = {name: left.get(name) or random_credential() for name in names}
    text = "".join(f"{name}={value}\n" for name, value in [*values.items(), (RAN, " ".join(ran))])
    draft(note.with_name(f"{NOTE}.new"), text, project.env).replace(note)
    if ROOT_PASSWORD in names:
        two = set_in_stack(project, values)
    elif PASSWORD in names:
        set_elsewhere(project, values[PASSWORD])
    project.write(**values)
    server = running(project).get("mysql") if ROOT_PASSWORD in names else None
    if server:
        renew(project, server, values)
    if others := ran - {"mysql"}:
        remove(project, *others)
    start(project, *ran)
    if two:
        alter(Server.of(project, running(project)["mysql"], root=True).wait(), " DISCARD OLD PASSWORD", values)
    note.unlink()
    said = "An interrupted rotation is finished. " if left else ""
    return f"{said}New in .env and where they are used: {', '.join(values)}. 'make url' prints JupyterLab's address."


def main() -> None:
    """Rotate, alone."""
    project = Project()
    with alone(project):
        print(rotate(project))


if __name__ == "__main__":
    command("rotate-password", main)
