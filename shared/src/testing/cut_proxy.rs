//! A proxy in front of our own server that cuts connections in the middle of a reply, at bytes that a seed chooses.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub struct CutProxy {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    task: JoinHandle<()>,
}

struct Plan {
    /// How often it will still cut.
    left: usize,
    made: usize,
    max_bytes: u64,
    seed: u64,
}

impl CutProxy {
    /// Before the server at `url`; each of the next `cuts` connections passes at most `max_bytes` of replies on. What
    /// comes after them passes whole.
    pub async fn start(url: &str, cuts: usize, max_bytes: u64, seed: u64) -> Self {
        let target: SocketAddr = url.trim_start_matches("http://").parse().expect("a server on loopback");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let plan = Arc::new(Mutex::new(Plan { left: cuts, made: 0, max_bytes, seed: seed | 1 }));
        let plans = Arc::clone(&plan);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let plan = Arc::clone(&plans);
                let limit = plan.lock().unwrap().next();
                tokio::spawn(async move {
                    if let Ok(true) = pass(client, target, limit).await {
                        plan.lock().unwrap().made += 1;
                    }
                });
            }
        });
        Self { address, plan, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many replies were cut.
    pub fn cuts(&self) -> usize {
        self.plan.lock().unwrap().made
    }
}

impl Drop for CutProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Plan {
    /// How many bytes the next connection passes on; none: all of them.
    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        // xorshift: the same seed cuts at the same bytes.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        Some(self.seed % self.max_bytes)
    }
}

/// Whether it was cut.
async fn pass(mut client: TcpStream, target: SocketAddr, limit: Option<u64>) -> io::Result<bool> {
    let mut server = TcpStream::connect(target).await?;
    let Some(mut left) = limit else {
        return tokio::io::copy_bidirectional(&mut client, &mut server).await.map(|_| false);
    };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let asking = tokio::io::copy(&mut from_client, &mut to_server);
    let answering = async {
        let mut piece = [0; 1024];
        loop {
            let read = from_server.read(&mut piece).await?;
            let passed = u64::try_from(read).unwrap_or(u64::MAX).min(left);
            to_client.write_all(&piece[..usize::try_from(passed).unwrap_or(read)]).await?;
            left -= passed;
            if left == 0 || read == 0 {
                return Ok::<_, io::Error>(left == 0);
            }
        }
    };
    tokio::pin!(asking);
    tokio::pin!(answering);
    tokio::select! {
        cut = &mut answering => cut,
        // A client that hangs up has read what it wanted; one that has only asked still listens.
        _ = &mut asking => answering.await,
    }
}
