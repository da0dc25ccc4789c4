//! Tests of what is on the disk: of writers that fail, are killed, or write at the same time.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::layout::MAX_BLOCK_BYTES;
use super::{BlockWriter, read, write};
use crate::store::snapshot_error::SnapshotError;

/// A folder that is removed with all it has.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("mailtally-snapshots-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("a.snapshot")
    }

    /// Returns the names of its files, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the next number of a sequence that looks random.
fn next_number(state: &mut u64) -> u8 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    state.to_le_bytes()[7]
}

/// Returns bytes that cannot be compressed.
pub(super) fn noise(len: usize) -> Vec<u8> {
    let mut state = 7;
    std::iter::repeat_with(|| next_number(&mut state)).take(len).collect()
}

fn write_all(path: &Path, blocks: &[Vec<u8>]) -> Result<(), SnapshotError> {
    write(path, |writer| blocks.iter().try_for_each(|block| writer.block(block)))
}

fn read_all(path: &Path) -> Result<Vec<Vec<u8>>, SnapshotError> {
    let mut blocks = read(path)?;
    std::iter::from_fn(|| blocks.next_block().transpose()).map(|block| Ok(block?.bytes)).collect()
}

/// Returns blocks that are known by their number: some that are compressed, and some that are not.
fn content(number: u8) -> Vec<Vec<u8>> {
    vec![vec![number; 100_000], noise(100_000 + usize::from(number)), vec![number], noise(50_000)]
}

#[test]
fn blocks_that_were_written_are_read() {
    let folder = Folder::new();
    let long = vec![vec![7; 3_000_000], noise(200_000), b"again and ".repeat(20_000), noise(3)];
    for blocks in [Vec::new(), vec![Vec::new()], long] {
        write_all(&folder.file(), &blocks).unwrap();
        assert!(read_all(&folder.file()).unwrap() == blocks);
        assert_eq!(folder.names(), ["a.snapshot"]);
    }
    assert!(fs::metadata(folder.file()).unwrap().len() < 250_000);
}

#[test]
fn a_file_that_cannot_be_opened_or_made_is_an_error_that_names_it() {
    let folder = Folder::new();
    let missing = read(&folder.file()).unwrap_err();
    assert_eq!(missing.to_string(), format!("cannot open `{}`", folder.file().display()));
    let SnapshotError::Io { source, .. } = missing else { panic!("{missing}") };
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
    let error = write_all(&folder.file().join("b.snapshot"), &[]).unwrap_err();
    assert!(matches!(error, SnapshotError::Io { action: "create", .. }), "{error}");
}

/// Checks that `content` fails, with the old file and no other file left.
fn check_failure(content: impl FnOnce(&mut BlockWriter<'_>) -> Result<(), SnapshotError>) -> SnapshotError {
    let folder = Folder::new();
    write_all(&folder.file(), &[b"old".to_vec()]).unwrap();
    let error = write(&folder.file(), content).unwrap_err();
    assert_eq!(read_all(&folder.file()).unwrap(), [b"old"]);
    assert_eq!(folder.names(), ["a.snapshot"]);
    error
}

#[test]
fn content_that_fails_leaves_the_old_file_whole_and_no_other() {
    let error = check_failure(|writer| {
        writer.block(&noise(100_000))?;
        Err(SnapshotError::damaged(Path::new("b"), 3, "by us"))
    });
    assert_eq!(error.to_string(), "the snapshot `b` is damaged at byte 3: by us");
}

#[test]
fn content_that_panics_leaves_the_old_file_whole_and_no_other() {
    let folder = Folder::new();
    write_all(&folder.file(), &[b"old".to_vec()]).unwrap();
    let panicking = || write(&folder.file(), |_| std::panic::resume_unwind(Box::new("by us")));
    assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
    assert_eq!(read_all(&folder.file()).unwrap(), [b"old"]);
    assert_eq!(folder.names(), ["a.snapshot"]);
}

#[test]
fn a_block_that_is_too_large_is_an_error_also_if_it_is_ignored() {
    let large = vec![0; MAX_BLOCK_BYTES + 1];
    let error = check_failure(|writer| writer.block(&large));
    assert!(matches!(error, SnapshotError::TooLarge { bytes: 67_108_865, limit: 67_108_864, .. }), "{error}");
    let error = check_failure(|writer| {
        let _ = writer.block(&large);
        Ok(())
    });
    assert!(matches!(error, SnapshotError::Io { action: "finish", .. }), "{error}");
}

/// A full disk.
struct Full {
    left: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.left);
        self.left -= taken;
        if taken == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_is_an_error() {
    let write = |left| {
        let mut disk = Full { left };
        let mut writer = BlockWriter::start(&mut disk, Path::new("a.snapshot"))?;
        writer.block(b"abc")?;
        writer.finish()
    };
    // The header, a block and the end mark.
    let len = 24 + 16 + 4 + 24;
    for left in 0..len {
        let error = write(left).unwrap_err();
        assert!(matches!(error, SnapshotError::Io { action: "write", .. }), "{left}: {error}");
    }
    write(len).unwrap();
}

#[test]
fn what_other_processes_left_is_removed_and_nothing_else() {
    let folder = Folder::new();
    for name in ["a.snapshot.tmp-1-0123456789abcdef-0", "a.snapshot.tmp-1", "b.snapshot"] {
        fs::write(folder.0.join(name), "left").unwrap();
    }
    write_all(&folder.file(), &[]).unwrap();
    assert_eq!(folder.names(), ["a.snapshot", "a.snapshot.tmp-1", "b.snapshot"]);
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_permissions_of_the_old_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    for mode in [0o600, 0o640, 0o400] {
        write_all(&folder.file(), &[]).unwrap();
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(mode)).unwrap();
        write_all(&folder.file(), &[]).unwrap();
        assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn threads_that_write_one_file_at_a_time_never_mix_it() {
    let folder = Folder::new();
    write_all(&folder.file(), &content(0)).unwrap();
    let contents: Vec<_> = (0..4).map(content).collect();
    thread::scope(|scope| {
        for content in &contents {
            scope.spawn(|| (0..5).for_each(|_| write_all(&folder.file(), content).unwrap()));
        }
        for _ in 0..20 {
            assert!(contents.contains(&read_all(&folder.file()).unwrap()));
        }
    });
    assert_eq!(folder.names(), ["a.snapshot"]);
}

/// Where a killed writer writes.
const KILLED: &str = "MAILTALLY_KILLED_WRITER";

/// A process that runs the test below with [`KILLED`]. It is killed when it is dropped.
struct Killed(Child);

impl Killed {
    /// Starts it, and waits until it has written once.
    fn start(path: &Path) -> Self {
        let (_, test) = concat!(module_path!(), "::a_writer_that_is_killed_leaves_the_file_whole")
            .split_once("::")
            .unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture"]).env(KILLED, path).stdout(Stdio::piped());
        let mut child = Self(command.spawn().unwrap());
        let output = BufReader::new(child.0.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap().contains("has written")));
        child
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Writes the contents in turn until it is killed, or its parent has surely ended.
fn write_until_killed(path: &Path, contents: &[Vec<Vec<u8>>]) {
    let start = Instant::now();
    for (index, content) in contents.iter().cycle().enumerate() {
        write_all(path, content).unwrap();
        if index == 0 {
            println!("has written");
        }
        if start.elapsed() > Duration::from_secs(20) {
            return;
        }
    }
}

#[test]
fn a_writer_that_is_killed_leaves_the_file_whole() {
    let contents = [content(1), content(2)];
    if let Some(path) = std::env::var_os(KILLED) {
        return write_until_killed(Path::new(&path), &contents);
    }
    let folder = Folder::new();
    let (mut left, mut found, mut state) = (0, [0, 0], u64::from(process::id()));
    for _ in 0..50 {
        let writer = Killed::start(&folder.file());
        thread::sleep(Duration::from_micros(u64::from(next_number(&mut state)) * 30_000 / 255));
        drop(writer);
        let blocks = read_all(&folder.file()).unwrap();
        found[contents.iter().position(|content| *content == blocks).expect("one of the contents")] += 1;
        left += folder.names().len() - 1;
    }
    println!("killed while writing: {left} of 50; found: {found:?}");
    assert!(left > 0, "none was killed while it wrote");
    write_all(&folder.file(), &contents[0]).unwrap();
    assert_eq!(folder.names(), ["a.snapshot"]);
}
