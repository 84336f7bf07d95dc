//! `<binary> health`: asks the process beside us whether it is alive, where an image has neither shell nor curl.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::time::Duration;

use crate::config::HttpConfig;

const TIMEOUT: Duration = Duration::from_secs(2);

/// None when this process was not started to ask.
pub fn probe(config: &HttpConfig) -> Option<io::Result<()>> {
    std::env::args_os().nth(1).filter(|argument| argument == "health")?;
    let (address, port) = (reachable(config.address), config.port);
    Some(ask(address, port).map_err(|error| {
        io::Error::new(error.kind(), format!("HOST, PORT: {address} port {port} is not healthy ({error})"))
    }))
}

/// Any answer but a 5xx is a life sign: a function alone in its process has no route `/health`.
fn ask(address: IpAddr, port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&(address, port).into(), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; 10];
    stream.read_exact(&mut start)?;
    if start.starts_with(b"HTTP/1.") && start[9] < b'5' {
        return Ok(());
    }
    Err(io::Error::other(format!("it answered {}", String::from_utf8_lossy(&start))))
}

/// Who listens everywhere is found at home.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answering(status: &'static str) -> io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /health "));
            stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
        });
        let answer = ask(reachable([0, 0, 0, 0].into()), port);
        server.join().unwrap();
        answer
    }

    #[test]
    fn whoever_answers_is_alive_unless_it_is_about_failing() {
        assert!(answering("200 OK").is_ok());
        assert!(answering("404 Not Found").is_ok());
        assert!(answering("503 Service Unavailable").is_err());
    }

    #[test]
    fn where_nobody_listens_nobody_is_alive() {
        let port = crate::testing::free_port();
        assert!(ask(Ipv4Addr::LOCALHOST.into(), port).is_err());
    }
}
