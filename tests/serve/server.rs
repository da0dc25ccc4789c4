//! The example `serve` as a running program.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// A server on a free port, killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Kept open, so that the program can write.
    out: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts `program` with a configuration and further arguments. Its files are in `folder`, which no other server may use.
    pub(crate) fn start(program: &Path, folder: PathBuf, config: &str, args: &[&str]) -> io::Result<Self> {
        Self::start_with_log(program, folder, config, args, None)
    }

    /// As [`Server::start`], with the log to `log`, or to a file if that is `None`.
    pub(crate) fn start_with_log(
        program: &Path,
        folder: PathBuf,
        config: &str,
        args: &[&str],
        log: Option<Stdio>,
    ) -> io::Result<Self> {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let file = folder.join("serve.toml");
        fs::write(&file, config)?;
        let log = match log {
            Some(log) => log,
            None => fs::File::create(folder.join("log"))?.into(),
        };
        // Unless a test is about another store, the events are in memory.
        let is_told = args.iter().any(|arg| ["--store", "--snapshot"].contains(arg));
        let store: &[&str] = if is_told { &[] } else { &["--store", "memory"] };
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(file)
            .args(args)
            .args(store)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://").and_then(|at| at.parse().ok());
        let server = |address| Self { child, out, address, folder };
        match address {
            Some(address) => Ok(server(address)),
            None => Err(io::Error::other(format!("the server printed `{line}`"))),
        }
    }

    /// Returns the log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Returns the memory of the program in kilobytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> io::Result<u64> {
        self.status("VmRSS:")
    }

    /// Returns the most memory that the program had, in kilobytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn most_memory(&self) -> io::Result<u64> {
        self.status("VmHWM:")
    }

    #[cfg(target_os = "linux")]
    fn status(&self, name: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("no {name} in the status of the program")))
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) -> io::Result<ExitStatus> {
        Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()
    }

    /// Waits until the program ends; `None` if it does not within `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        while start.elapsed() < timeout {
            if let Some(status) = self.child.try_wait()? {
                // The program prints one line, which was read already.
                let mut more = String::new();
                self.out.read_to_string(&mut more)?;
                assert_eq!(more, "");
                return Ok(Some(status));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
