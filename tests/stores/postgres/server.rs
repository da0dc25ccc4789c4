//! A PostgreSQL server of a test's own, which can be killed, frozen and started again.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// How often it is asked whether a server has started, every 50 ms.
const TRIES: usize = 1200;

/// A server with a folder of its own. Dropping it kills it and removes the folder.
pub(super) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// Starts a server with settings such as `max_connections=5`; `None`, which is said, if PostgreSQL is not installed.
    pub(super) fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                !crate::servers::is_complete(),
                "PostgreSQL is not installed, and MAILTALLY_ALL=1 wants all tests"
            );
            println!("left out: PostgreSQL is not installed");
            return None;
        };
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("mailtally-{}-server-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { programs, folder, port, settings, process: None };
        let data = server.folder.join("data");
        let made = server
            .program("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        server.start_again();
        Some(server)
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server after it was stopped or killed, and waits until it answers.
    pub(super) fn start_again(&mut self) {
        for _ in 0..TRIES {
            if self.process.as_mut().is_none_or(|process| process.try_wait().unwrap().is_some()) {
                // The kernel keeps what was written, so that only a crash of the machine needs `fsync`.
                let settings = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories="];
                let settings = settings.into_iter().chain(self.settings.iter().map(String::as_str));
                let mut command = self.program("postgres");
                command.arg("-D").arg(self.folder.join("data")).args(["-p", &self.port.to_string()]);
                settings.for_each(|setting| {
                    command.args(["-c", setting]);
                });
                self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            }
            let port = self.port.to_string();
            let mut asking = Command::new(self.programs.join("pg_isready"));
            asking.args(["-q", "-h", "127.0.0.1", "-U", "postgres", "-p", &port]);
            if asking.status().unwrap().success() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("the server does not start");
    }

    /// Stops the server, which tells its clients.
    pub(super) fn stop(&mut self) {
        self.signal("INT", &[self.pid()]);
        self.process.take().unwrap().wait().unwrap();
    }

    /// Kills all processes of the server at once.
    pub(super) fn kill(&mut self) {
        self.signal("KILL", &self.pids());
        self.process.take().unwrap().wait().unwrap();
    }

    /// Stops all processes of the server, until they are [thawed](Self::thaw).
    pub(super) fn freeze(&self) {
        self.signal("STOP", &self.pids());
    }

    pub(super) fn thaw(&self) {
        self.signal("CONT", &self.pids());
    }

    fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Returns the server's process and its children.
    fn pids(&self) -> Vec<u32> {
        let own = self.pid();
        let parent = |pid: u32| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
        };
        let all = std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        std::iter::once(own).chain(all.filter(|pid| parent(*pid) == Some(own))).collect()
    }

    fn signal(&self, signal: &str, pids: &[u32]) {
        // Some may have ended by now.
        let _ = Command::new("kill")
            .arg(format!("-{signal}"))
            .args(pids.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status()
            .unwrap();
    }

    /// Returns a command that runs one of the server's programs. It must not run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.folder);
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|output| Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim())));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.extend(told);
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Returns the user and group `postgres` if this process runs as root.
fn other_user() -> Option<(u32, u32)> {
    if Path::new("/proc/self").metadata().unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .expect("a user `postgres`, to run the server");
    let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
    Some((fields.next().unwrap(), fields.next().unwrap()))
}
