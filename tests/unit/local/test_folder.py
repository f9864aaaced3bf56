"""The data folder: one stack at a time, one secret for good, room on the disk."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from balcao.local.errors import DiskFull, FolderInUse, StackProblem
from balcao.local.folder import LOG_LIMIT_BYTES, DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An open folder."""
    folder = DataFolder(tmp_path / "local")
    folder.open()
    return folder


def test_a_second_stack_is_told_who_uses_the_folder(folder: DataFolder) -> None:
    with pytest.raises(FolderInUse, match=f"process {os.getpid()}"):
        DataFolder(folder.root).open()


def test_a_closed_folder_can_be_opened_again(folder: DataFolder) -> None:
    folder.close()
    again = DataFolder(folder.root)
    again.open()
    again.close()


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(folder: DataFolder) -> None:
    secret = folder.secret()
    assert len(secret) >= 32
    assert stat.S_IMODE((folder.root / "service-secret").stat().st_mode) == 0o600
    assert DataFolder(folder.root).secret() == secret


def test_two_folders_have_different_secrets(folder: DataFolder, tmp_path: Path) -> None:
    other = DataFolder(tmp_path / "other")
    other.open()
    assert other.secret() != folder.secret()


def test_a_damaged_secret_is_refused_rather_than_replaced(folder: DataFolder) -> None:
    (folder.root / "service-secret").write_text("short")
    with pytest.raises(StackProblem, match="is damaged"):
        folder.secret()


def test_too_little_room_is_refused_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=123_000_000))
    with pytest.raises(DiskFull, match="only 123 MB free"):
        DataFolder(tmp_path).open()


def test_a_folder_that_was_refused_for_room_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=0))
        with pytest.raises(DiskFull):
            DataFolder(tmp_path).open()
    DataFolder(tmp_path).open()


def test_a_file_in_the_way_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "local").write_text("")
    with pytest.raises(StackProblem, match="can't be used"):
        DataFolder(tmp_path / "local").open()


@pytest.mark.parametrize(("size", "moved"), [(LOG_LIMIT_BYTES, False), (LOG_LIMIT_BYTES + 1, True)])
def test_a_log_is_moved_aside_past_its_limit(folder: DataFolder, size: int, moved: bool) -> None:
    log = folder.log("tickets")
    with log.open("wb") as file:
        file.truncate(size)
    assert folder.log("tickets") == log
    assert log.exists() is not moved
    assert log.with_suffix(".log.1").exists() is moved
