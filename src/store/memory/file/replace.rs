//! Replaces a file at once.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::snapshot_error::SnapshotError;

/// The id of this process and a random number, because ids are used again: in a container, they are often always the same.
static PROCESS: LazyLock<String> = LazyLock::new(|| {
    let id = process::id();
    format!("{id}-{:016x}", RandomState::new().hash_one(id))
});

/// The number of temporary files of this process.
static TEMPORARIES: AtomicU64 = AtomicU64::new(0);

/// Replaces the file at `path` by what `fill` writes to a temporary file in the same folder, whose path it gets as well.
///
/// First, it removes the temporary files that other processes left. If one of them is still writing, it returns an error,
/// because it cannot rename its file any more.
pub(super) fn replace(
    path: &Path,
    fill: impl FnOnce(&mut File, &Path) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let (folder, name) = folder_and_name(path)?;
    remove_leftovers(folder, name);
    let temporary = Temporary(folder.join(temporary_name(name)));
    fill_new(&temporary.0, path, fill)?;
    fs::rename(&temporary.0, path).map_err(SnapshotError::io(&temporary.0, "rename"))?;
    sync_folder(folder).map_err(SnapshotError::io(folder, "sync"))
}

/// A temporary file, which is removed when it is dropped. Once it is renamed, there is nothing to remove.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes the file `temporary` with the permissions of `path`, lets `fill` write it, and syncs it.
fn fill_new(
    temporary: &Path,
    path: &Path,
    fill: impl FnOnce(&mut File, &Path) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let file = OpenOptions::new().write(true).create_new(true).open(temporary);
    let mut file = file.map_err(SnapshotError::io(temporary, "create"))?;
    copy_permissions(path, &file).map_err(SnapshotError::io(temporary, "set the permissions of"))?;
    fill(&mut file, temporary)?;
    file.sync_all().map_err(SnapshotError::io(temporary, "sync"))
}

/// Returns the folder of a file, and its name in it.
fn folder_and_name(path: &Path) -> Result<(&Path, &OsStr), SnapshotError> {
    let Some(name) = path.file_name() else {
        let cause = io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name");
        return Err(SnapshotError::io(path, "write")(cause));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok((folder.unwrap_or_else(|| Path::new(".")), name))
}

/// Returns a name that no other temporary file has, such as `events.snapshot.tmp-712-9f0c3d5e7a1b2468-0`.
fn temporary_name(name: &OsStr) -> OsString {
    let number = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
    let mut temporary = name.to_owned();
    temporary.push(format!(".tmp-{}-{number}", *PROCESS));
    temporary
}

/// Removes the temporary files of `name` that other processes left. What cannot be removed hinders nobody.
fn remove_leftovers(folder: &Path, name: &OsStr) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_of_another_process(&entry.file_name(), name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns whether `entry` is the name of a temporary file of `name`, but not of this process.
fn is_of_another_process(entry: &OsStr, name: &OsStr) -> bool {
    let rest = entry.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix(b".tmp-")) else {
        return false;
    };
    let parts: Vec<&[u8]> = rest.split(|byte| *byte == b'-').collect();
    let [id, random, number] = parts[..] else {
        return false;
    };
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let is_random = random.len() == 16 && random.iter().all(u8::is_ascii_hexdigit);
    is_number(id) && is_random && is_number(number) && !rest.starts_with(PROCESS.as_bytes())
}

/// Gives `file` the permissions of the file at `path`, if there is one.
#[cfg(unix)]
fn copy_permissions(path: &Path, file: &File) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(old) => file.set_permissions(old.permissions()),
        Err(_) => Ok(()),
    }
}

/// Does nothing: a new file has the permissions of its folder.
#[cfg(not(unix))]
fn copy_permissions(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
}

/// Makes what happened in a folder durable. Some network file systems cannot; then there is nothing to wait for.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result,
    }
}

/// Does nothing: folders cannot be opened as files, and renaming is durable.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_files_of_other_processes_are_left_over() {
        let name = OsStr::new("a.snapshot");
        let is_left = |entry: &str| is_of_another_process(OsStr::new(entry), name);
        assert!(is_left("a.snapshot.tmp-712-9f0c3d5e7a1b2468-0"));
        for entry in [
            "a.snapshot",
            "a.snapshot.tmp-",
            "a.snapshot.tmp-old",
            "a.snapshot.tmp-712-9f0c3d5e7a1b2468",
            "a.snapshot.tmp-712-9f0c3d5e7a1b2468-",
            "a.snapshot.tmp-712-9f0c3d5e7a1b2468-0-1",
            "a.snapshot.tmp-712-9f0c3d5e7a1b246-0",
            "a.snapshot.tmp-x12-9f0c3d5e7a1b2468-0",
            "b.a.snapshot.tmp-712-9f0c3d5e7a1b2468-0",
            "a.snapshot.bak.tmp-712-9f0c3d5e7a1b2468-0",
        ] {
            assert!(!is_left(entry), "{entry}");
        }
        assert!(!is_of_another_process(&temporary_name(name), name));
    }

    #[test]
    fn a_path_without_a_file_name_is_refused() {
        for path in ["", "/", ".."] {
            assert!(matches!(folder_and_name(Path::new(path)), Err(SnapshotError::Io { .. })), "{path:?}");
        }
        let found = folder_and_name(Path::new("a.snapshot")).unwrap();
        assert_eq!(found, (Path::new("."), OsStr::new("a.snapshot")));
    }
}
