//! B1: from the start of a process to its first `GET …/next` at the Runtime API, which is a socket here.

use std::{
    io::Read,
    net::{TcpListener, TcpStream},
    path::Path,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::{
    binaries::Binaries,
    subject::{command, cpu_of},
    table::{self, Pair, median, ms},
};

const ROUNDS: usize = 21;

struct Start {
    wall: f64,
    cpu: f64,
}

pub(crate) fn measure(binaries: &Binaries) {
    let mut programs = vec![binaries.example("hello")];
    let functions = binaries.functions();
    programs.extend(functions.iter().map(|name| binaries.program(name)));
    let mut starts: Vec<Vec<Start>> = programs.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (program, kept) in programs.iter().zip(&mut starts) {
            kept.push(start(program));
        }
    }
    let hello = middle(&starts[0]);
    for (name, starts) in functions.iter().zip(&starts[1..]) {
        let ours = middle(starts);
        let target = match *name {
            "consult" => "≤ 5, stretch 3",
            "all" => "–",
            _ => "≤ 2.5",
        };
        let cpu = Pair::new(ours.cpu, hello.cpu, "ms", "hello");
        table::compare("B1", &format!("cold start of `{name}`, CPU"), target, &cpu);
        let wall = Pair::new(ours.wall, hello.wall, "ms", "hello");
        table::compare("B1", &format!("cold start of `{name}`, wall"), "–", &wall);
    }
}

fn middle(starts: &[Start]) -> Start {
    Start {
        wall: median(starts.iter().map(|start| start.wall).collect()),
        cpu: median(starts.iter().map(|start| start.cpu).collect()),
    }
}

fn start(program: &Path) -> Start {
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    let address = api.local_addr().expect("a bound listener has an address").to_string();
    let started = Instant::now();
    let mut child = command(program, &settings(&address)).spawn().expect("the program starts");
    let patience = give_up_on_a_program_that_never_calls(&address);
    let mut request = [0; 1024];
    // It waits for the answer that never comes: its time on the processor is that of its start alone.
    let (mut socket, _) = api.accept().expect("the function calls");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out can be set");
    let read = socket.read(&mut request).expect("the function asks");
    let wall = ms(started.elapsed());
    drop(patience);
    let cpu = ms(cpu_of(child.id()));
    let _ = child.kill();
    let _ = child.wait();
    let asked = String::from_utf8_lossy(&request[..read]);
    assert!(asked.contains("/invocation/next"), "{}: {asked}", program.display());
    Start { wall, cpu }
}

/// Calls in its place, with nothing to say, unless the returned value is dropped in time.
fn give_up_on_a_program_that_never_calls(address: &str) -> Sender<()> {
    let (patience, waiting) = mpsc::channel();
    let address = address.to_owned();
    thread::spawn(move || {
        if waiting.recv_timeout(Duration::from_secs(10)) == Err(RecvTimeoutError::Timeout) {
            let _ = TcpStream::connect(address);
        }
    });
    patience
}

/// What Lambda and the template set; no secret is fetched before the first request.
fn settings(api: &str) -> Vec<(&'static str, String)> {
    let settings = [
        ("AWS_LAMBDA_RUNTIME_API", api),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("TABLE_NAME", "counsel"),
        ("TOKEN_KEY", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:token-key"),
        ("OPENAI_API_KEY", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:openai"),
    ];
    settings.map(|(name, value)| (name, value.to_owned())).into()
}
