//! Opens a port, or says which setting has to change.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::config::Variable;
use crate::error::{Error, Result};

/// `host` and `port` are the variables that the address comes from.
pub async fn listen(host: Variable, port: Variable, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| refused(host, port, address, &error))
}

fn refused(host: Variable, port: Variable, address: SocketAddr, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::AddrInUse => {
            Error::setting(port, format!("{address} is in use; stop what listens there, or set another port"))
        }
        ErrorKind::PermissionDenied => {
            Error::setting(port, format!("{address} may not be used by this process; set a port above 1023"))
        }
        ErrorKind::AddrNotAvailable => {
            Error::setting(host, format!("{} is no address of this machine; set 127.0.0.1 or 0.0.0.0", address.ip()))
        }
        _ => Error::setting(port, format!("{address} cannot be listened on ({error}); set another")),
    }
}
