//! The example `serve` as a running program.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// A server on a port of its own; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Held, so that the program may go on writing.
    out: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts `program` with a configuration and more arguments. What it needs lies in `folder`, which must be its own.
    pub(crate) fn start(program: &Path, folder: PathBuf, config: &str, args: &[&str]) -> io::Result<Self> {
        Self::start_with_log(program, folder, config, args, None)
    }

    /// The same with another place for its log than a file.
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
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(file)
            .args(args)
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
            None => Err(io::Error::other(format!("the server said `{line}`"))),
        }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) -> io::Result<ExitStatus> {
        Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()
    }

    /// Waits for its end; `None` if that does not come in time.
    pub(crate) fn wait(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                // Whatever else it said would be a second line, of which nobody knows.
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
