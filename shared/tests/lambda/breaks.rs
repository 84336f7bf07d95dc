//! When the function itself fails.

use crate::{Lambda, get};

#[tokio::test]
async fn an_error_in_the_middle_ends_the_stream_and_shows_only_in_the_log() {
    let lambda = Lambda::streamed().await;

    let mut answer = lambda.api.invoke(&get("/breaks"));

    assert_eq!(answer.prelude().await.status, 200);
    assert_eq!(answer.text().await, "one");
    let line = lambda.process.wait_for_line("the answer broke off").await;
    assert!(line.contains("secret cause"), "{line}");
    lambda.is_fine().await;
}

#[tokio::test]
async fn a_panic_in_the_middle_ends_the_stream_and_not_the_process() {
    let lambda = Lambda::streamed().await;

    let mut answer = lambda.api.invoke(&get("/panics-midway"));

    assert_eq!(answer.prelude().await.status, 200);
    assert_eq!(answer.text().await, "one");
    lambda.process.wait_for_line("the answer broke off by a panic").await;
    lambda.is_fine().await;
}

#[tokio::test]
async fn a_panic_before_the_answer_is_one_error_without_its_words_and_not_the_end() {
    let lambda = Lambda::streamed().await;

    let report = lambda.api.invoke(&get("/panics")).error().await;

    assert_eq!(report["errorMessage"], "the function panicked");
    let line = lambda.process.wait_for_line(r#""message":"panicked""#).await;
    assert!(line.contains(r#""target":"panic""#) && line.contains("function.rs"), "{line}");
    lambda.is_fine().await;
    let lines = lambda.process.lines().join("\n");
    assert!(!lines.contains("what Ada wrote"), "{lines}");
}

#[tokio::test]
async fn a_buffered_answer_that_breaks_off_is_an_error_and_never_half_an_answer() {
    let lambda = Lambda::buffered().await;
    for path in ["/breaks", "/panics-midway"] {
        let report = lambda.api.invoke(&get(path)).error().await;
        assert!(!report.to_string().contains("secret cause"), "{report}");
    }
    let reply = lambda.api.invoke(&get("/health")).reply().await;
    assert_eq!(reply["body"], "fine");
}
