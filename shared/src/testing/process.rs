//! Runs a real binary of this workspace, keeps what it prints, ends it when the test ends.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use super::canaries::{found, plant};
use super::eventually::eventually;

pub struct Process {
    child: Child,
    lines: Lines,
    readers: Vec<thread::JoinHandle<()>>,
    /// One of our own: what it prints is looked through when it has ended.
    is_ours: bool,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl Process {
    /// Starts the workspace's binary `name` with only these environment variables (and `PATH`).
    pub fn start<K: AsRef<str>, V: AsRef<str>>(name: &str, environment: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::start_as(Command::new(binary(name)), environment)
    }

    /// The same for a command that becomes one.
    pub(super) fn start_as<K: AsRef<str>, V: AsRef<str>>(
        command: Command,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let owned = |(name, value): (K, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
        // It tells all it has to tell, unless the test is about that.
        let talkative = ("LOG_LEVEL".to_owned(), "trace".to_owned());
        let settings: Vec<_> = std::iter::once(talkative).chain(environment.into_iter().map(owned)).collect();
        plant_secrets(&settings);
        let mut process = Self::spawn(command, settings);
        process.is_ours = true;
        process
    }

    /// Starts any command in the same way, but nobody looks through what it prints.
    pub fn spawn<K: AsRef<str>, V: AsRef<str>>(
        mut command: Command,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        // Nothing of the developer's shell (keys, endpoints) reaches the process.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        for (name, value) in environment {
            command.env(name.as_ref(), value.as_ref());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let lines = Lines::default();
        let readers = vec![keep(child.stdout.take(), &lines), keep(child.stderr.take(), &lines)];
        Self { child, lines, readers, is_ours: false }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything printed so far, to stdout and stderr.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Everything that a process has printed which has ended.
    pub fn finished_lines(&mut self) -> Vec<String> {
        for reader in self.readers.drain(..) {
            reader.join().expect("lines are read to the end");
        }
        self.lines()
    }

    /// The first line that holds `part`, as soon as it is there.
    pub async fn wait_for_line(&self, part: &str) -> String {
        let what = format!("a line with {part:?}");
        eventually(&what, || self.lines().into_iter().find(|line| line.contains(part))).await
    }

    /// The end nobody can prepare for.
    pub fn kill9(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("a killed process ends");
    }

    /// What a host sends before it takes the machine away.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// It stands still, as on a machine that is being moved, until it may go on.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().expect("`kill` runs");
        assert!(sent.success(), "no process {pid} for {signal}");
    }

    pub async fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the process to end", || child.try_wait().expect("the process is ours")).await
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the process is ours").is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- output of process {}\n{}", self.pid(), self.lines().join("\n"));
        } else if self.is_ours {
            let told = found(&self.finished_lines());
            assert!(told.is_empty(), "what no output may hold:\n{}", told.join("\n"));
        }
    }
}

/// Those that stand there themselves, not by name.
fn plant_secrets(settings: &[(String, String)]) {
    let is_secret = |name: &str| ["_KEY", "_SECRET", "_TOKEN"].iter().any(|end| name.ends_with(end));
    let own = settings.iter().filter(|(name, value)| is_secret(name) && !value.contains([':', '/']));
    own.for_each(|(_, value)| plant(value));
}

/// A port nobody listened on a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn keep(pipe: Option<impl Read + Send + 'static>, lines: &Lines) -> thread::JoinHandle<()> {
    let (pipe, lines) = (pipe.expect("the pipe was asked for"), lines.clone());
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            lines.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
        }
    })
}

/// Test programs lie in `target/<profile>/deps`, binaries one folder above.
pub(super) fn binary(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a test program has a path");
    let folder = this.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let path = folder.join(name);
    assert!(path.is_file(), "no {}: run `cargo build --workspace` first", path.display());
    path
}
