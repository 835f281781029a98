"""The hub's configuration, derived from hub.toml; there should be no need to change it for a course."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from course_hub import settings as course_settings  # noqa: E402

settings = course_settings.load(course_settings.default_path())
course, web, limits, folders = settings.course, settings.web, settings.limits, settings.folders
c = get_config()  # type: ignore[name-defined]  # noqa: F821

formgrade_group = f"formgrade-{course.id}"
student_group = f"nbgrader-{course.id}"

# The hub itself -----------------------------------------------------------------------------------------
c.JupyterHub.bind_url = f"{'http' if web.tls == 'none' else 'https'}://{web.address}:{web.port}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = web.hub_port
c.JupyterHub.db_url = f"sqlite:///{folders.state / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folders.state / "cookie_secret")
c.JupyterHub.cleanup_servers = True
if web.tls != "none":
    c.JupyterHub.ssl_cert = web.certificate or str(folders.state / "tls.crt")
    c.JupyterHub.ssl_key = web.key or str(folders.state / "tls.key")
if web.subdomains:
    c.JupyterHub.subdomain_host = settings.url
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{web.proxy_api_port}"
c.ConfigurableHTTPProxy.command = [str(folders.software / "proxy/node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(folders.state / "proxy.pid")

# Who may log in: the accounts of hub.toml, with their Linux passwords ---------------------------------------
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.service = "login"
c.PAMAuthenticator.open_sessions = False
c.Authenticator.allowed_users = {*course.instructors, *course.students}
c.Authenticator.allow_existing_users = False  # whoever leaves hub.toml can no longer log in
c.JupyterHub.load_groups = {
    formgrade_group: {"users": [*course.instructors, course.grader]},
    student_group: {"users": list(course.students)},
}

# Users' servers ------------------------------------------------------------------------------------------
student_bin = settings.environment("student") / "bin"
c.Spawner.default_url = "/lab"
c.Spawner.notebook_dir = "~"
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120
c.Spawner.environment = {"OMP_NUM_THREADS": str(max(1, int(limits.cores))), "JUPYTER_PREFER_ENV_PATH": "1"}
if web.tls == "self-signed":
    c.Spawner.environment["SSL_CERT_FILE"] = str(settings.trusted)
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.mem_limit = limits.memory
c.Spawner.cpu_limit = limits.cores


def use_systemd() -> bool:
    """Does systemd run here, and may it be used?"""
    if limits.spawner == "auto":
        return Path("/run/systemd/system").is_dir()
    return limits.spawner == "systemd"


if use_systemd():
    c.JupyterHub.spawner_class = "systemd"
    c.SystemdSpawner.default_shell = "/bin/bash"
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.disable_user_sudo = True
    c.SystemdSpawner.cmd = [str(student_bin / "jupyterhub-singleuser")]
    c.SystemdSpawner.unit_extra_properties = {"TasksMax": str(limits.processes)}
else:
    # Without systemd the kernel limits each process, not the sum of a user's; the count of processes is the user's.
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    c.LocalProcessSpawner.cmd = [
        "/usr/bin/prlimit",
        f"--data={limits.memory}",
        f"--nproc={limits.processes}",
        "--core=0",
        "--",
        str(student_bin / "jupyterhub-singleuser"),
    ]


def configure_role(spawner) -> None:  # type: ignore[no-untyped-def]
    """Give a user's server the configuration of the role that hub.toml names."""
    role = "instructor" if spawner.user.name in course.instructors else "student"
    spawner.environment = {**spawner.environment, "JUPYTER_CONFIG_PATH": str(settings.role_folder(role))}


c.Spawner.pre_spawn_hook = configure_role

# The formgrader: one server of the course account, shared by the instructors ---------------------------------
grader_bin = settings.environment("grader") / "bin"
c.JupyterHub.services = [
    {
        "name": course.id,
        "url": f"http://127.0.0.1:{web.formgrader_port}",
        "command": [str(grader_bin / "jupyterhub-singleuser")],
        "user": course.grader,
        "cwd": str(settings.course_folder),
        "environment": {
            "JUPYTERHUB_USER": course.grader,
            "JUPYTERHUB_DEFAULT_URL": "/lab",
            "JUPYTER_CONFIG_PATH": str(settings.role_folder("grader")),
            "JUPYTERHUB_NOTEBOOK_DIR": str(settings.course_folder),
            "PATH": f"{grader_bin}:/usr/bin:/bin",
            "GRADING_REQUIRE_SANDBOX": "1",
        },
        "oauth_no_confirm": True,
        "timeout": 180,  # seconds; a busy machine needs more than the 30 after which the hub would give itself up
    },
    {
        "name": "idle-culler",
        "command": [
            str(settings.environment("hub") / "bin/python"),
            "-m",
            "jupyterhub_idle_culler",
            f"--timeout={limits.idle_minutes * 60}",
        ],
    },
]

# Rights ------------------------------------------------------------------------------------------------------
reach_formgrader = [
    f"access:services!service={course.id}",
    "list:services",
    f"read:services!service={course.id}",
]
c.JupyterHub.load_roles = [
    {"name": formgrade_group, "groups": [formgrade_group], "scopes": reach_formgrader},
    {
        "name": "server",
        "scopes": [
            "users:activity!user",
            "access:servers!server",
            "read:users!user",
            "list:services",
            "read:services",
        ],
    },
    {
        "name": f"grader-{course.id}",
        "services": [course.id],
        "scopes": ["read:users", "list:groups", "read:groups", f"groups!group={student_group}"],
    },
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
]
os.umask(0o077)
