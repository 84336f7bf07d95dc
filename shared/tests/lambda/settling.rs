//! Nothing runs after an answer has ended.

use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{Lambda, get};

#[tokio::test]
async fn work_behind_a_cut_stream_is_finished_before_the_next_event() {
    let lambda = Lambda::streamed().await;

    let mut answer = lambda.api.invoke(&get("/works-on")).drop_after(200);
    answer.prelude().await;
    answer.broken().await;
    lambda.api.wait_for_nexts(2).await;

    let mut finished = lambda.api.invoke(&get("/finished"));
    finished.prelude().await;
    assert_eq!(finished.text().await, "true");
}

#[tokio::test]
async fn a_silent_stream_is_released_when_its_connection_is_cut() {
    let lambda = Lambda::streamed().await;

    let mut answer = lambda.api.invoke(&get("/follows")).drop_after(0);
    answer.broken().await;
    lambda.api.wait_for_nexts(2).await;

    let mut released = lambda.api.invoke(&get("/released"));
    released.prelude().await;
    assert_eq!(released.text().await, "true");
}

#[tokio::test]
async fn several_events_at_once_where_the_host_allows_it() {
    let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gate.local_addr().unwrap().to_string();
    let environment = [("MODE", "streamed"), ("GATE", address.as_str()), ("AWS_LAMBDA_MAX_CONCURRENCY", "2")];
    let lambda = Lambda::start(&environment).await;

    let mut slow = lambda.api.invoke(&get("/pieces"));
    assert_eq!(slow.prelude().await.status, 200);
    // While that answer waits at its gate:
    lambda.is_fine().await;
    gate.accept().await.unwrap().0.write_u8(1).await.unwrap();
    assert_eq!(slow.text().await, "onetwo");
}
