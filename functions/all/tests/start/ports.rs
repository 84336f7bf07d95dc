//! A port that cannot be had.

use std::net::TcpListener;

use shared::testing::{Script, World};

use crate::{assert_refused, on_a_laptop};

/// Something that listens on a port.
fn somebody() -> (TcpListener, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address.to_string(), address.port().to_string())
}

#[tokio::test]
async fn a_port_in_use_is_named_and_so_is_its_setting() {
    let world = World::with(Script::says("Hello")).await;
    let (_somebody, address, port) = somebody();
    let parts = ["PORT: ", &address, "is in use", "set another port"];
    for program in ["all", "login", "dynamodb"] {
        assert_refused(program, on_a_laptop(&world, &[("PORT", &port)]), &parts).await;
    }
    let parts = ["METRICS_ADDRESS: ", &address, "is in use", "set another port"];
    assert_refused("all", on_a_laptop(&world, &[("METRICS_ADDRESS", &address)]), &parts).await;
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let world = World::with(Script::says("Hello")).await;
    let parts = ["HOST: 203.0.113.1 is no address of this machine", "set 127.0.0.1"];
    assert_refused("all", on_a_laptop(&world, &[("HOST", "203.0.113.1")]), &parts).await;
    let parts = ["METRICS_ADDRESS: 203.0.113.1 is no address of this machine"];
    assert_refused("all", on_a_laptop(&world, &[("METRICS_ADDRESS", "203.0.113.1:9464")]), &parts).await;
}
