//! A process under measurement: started on a free port, read through `/proc`, ended by its own id.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub(crate) struct Subject {
    child: Child,
    pub(crate) url: String,
}

impl Subject {
    /// Starts a server with these settings and nothing else of our environment; returns when it listens.
    pub(crate) async fn start(program: &Path, settings: &[(&str, String)]) -> Self {
        let port = free_port();
        let child = command(program, settings)
            .env("PORT", port.to_string())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let subject = Self { child, url: format!("http://127.0.0.1:{port}") };
        wait_until_listening(port, program).await;
        subject
    }

    /// Time on the processor so far, all threads together, to the nanosecond (`/proc/<pid>/stat` counts in 10 ms).
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// A line of `/proc/<pid>/status`: `VmRSS` is the memory now, `VmHWM` the most there ever was.
    pub(crate) fn memory_kib(&self, line: &str) -> f64 {
        self.status(line)
    }

    /// A number in `/proc/<pid>/status`.
    pub(crate) fn status(&self, line: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process runs");
        status
            .lines()
            .find_map(|found| found.strip_prefix(line)?.split_whitespace().nth(1)?.parse().ok())
            .expect("the kernel tells the memory of a process")
    }
}

impl Subject {
    /// How many files and sockets are open.
    pub(crate) fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the process runs").count()
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(program: &Path, settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(settings.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(crate) fn cpu_of(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        spent.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// A thousand streams are some thousand sockets, and many shells allow 1,024: starts this program again with more.
pub(crate) fn raise_the_file_limit() {
    const MARK: &str = "BENCH_FILE_LIMIT_RAISED";
    if env::var_os(MARK).is_none() {
        let this = env::current_exe().expect("a running program has a path");
        let error = Command::new("sh")
            .args(["-c", "ulimit -n 16384 2>/dev/null || ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\""])
            .arg(this)
            .args(env::args_os().skip(1))
            .env(MARK, "1")
            .exec();
        panic!("cannot start again: {error}");
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// Waits without standing in the way of the fakes, which live on this thread and which it may call first.
async fn wait_until_listening(port: u16, program: &Path) {
    let give_up = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < give_up, "{} never listened on {port}", program.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
