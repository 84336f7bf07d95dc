//! On Cloud Run without keys of AWS: Google says who we are, AWS's STS (moto) lends a role, the SDK uses it.

use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use reqwest::StatusCode;
use shared::testing::loopback::Loopback;
use shared::testing::{GoogleSecrets, Process, Script, World, poll};

use crate::keys::{new_key, token};
use crate::managers::{actor, assert_silent};
use crate::moto::Moto;

type Settings = Vec<(String, String)>;

/// What Terraform gives the service (deploy/cloud-run), and where the two clouds are.
fn settings(world: &World, google: &GoogleSecrets, moto: &Moto, folder: &str) -> Settings {
    let keys_of_a_laptop = ["DATA_DIR", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let mut settings = [world.environment(), moto.environment()].concat();
    settings.retain(|(name, _)| !keys_of_a_laptop.contains(&name.as_str()));
    let ours = [
        ("K_SERVICE", "counsel"),
        ("HOST", "127.0.0.1"),
        ("PORT", "0"),
        ("TMPDIR", folder),
        ("LOG_LEVEL", "debug"),
        ("TOKEN_KEY", "aws:counsel/token-key"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/counsel"),
        ("AWS_ENDPOINT_URL_STS", &moto.proxy.url()),
        ("GCE_METADATA_HOST", &google.metadata_host()),
    ];
    settings.extend(ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings
}

#[tokio::test]
async fn a_service_of_google_reads_from_aws_with_a_lent_role_and_no_key() {
    let world = World::with(Script::says("Hello")).await;
    let (google, moto, key) = (GoogleSecrets::start().await, Moto::start().await, new_key());
    let folder = tempfile::tempdir().unwrap();
    moto.put("counsel/token-key", &key).await;

    let process = Process::start("all", settings(&world, &google, &moto, folder.path().to_str().unwrap()));
    let ada = actor(&process, &token(&key).await).await;

    assert!(ada.get("/me").await.status().is_success());
    assert_eq!((moto.proxy.count("GetSecretValue"), google.count("default/identity")), (1, 1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the token was left lying about");
    assert_silent(&process, &["ey.google.identity"]);
}

#[tokio::test]
async fn a_model_of_aws_is_asked_with_the_same_lent_role() {
    let world = World::with(Script::says("Hello")).await;
    let (google, moto, key) = (GoogleSecrets::start().await, Moto::start().await, new_key());
    let folder = tempfile::tempdir().unwrap();
    moto.put("counsel/token-key", &key).await;
    let (bedrock, asked) = closed_provider().await;
    let models = [
        ("BEDROCK", "on".to_owned()),
        ("DEFAULT_MODEL", "bedrock:anthropic.claude".to_owned()),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock.url()),
    ];
    let mut settings = settings(&world, &google, &moto, folder.path().to_str().unwrap());
    settings.retain(|(name, _)| name != "DEFAULT_MODEL");
    settings.extend(models.map(|(name, value)| (name.to_owned(), value)));

    let process = Process::start("all", settings);
    let ada = actor(&process, &token(&key).await).await;
    ada.ask("Who are you?").await.text().await;

    let asked = asked.lock().unwrap().clone();
    assert!(!asked.is_empty(), "nobody was asked");
    for headers in asked {
        let says = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert!(says("authorization").contains("/bedrock/aws4_request"), "{headers:?}");
        assert!(!says("x-amz-security-token").is_empty(), "no role was lent");
    }
    assert_eq!(google.count("default/identity"), 1, "two roles for one process");
}

/// A provider of models that lets nobody in, and what it was asked with.
pub(crate) async fn closed_provider() -> (Loopback, Arc<Mutex<Vec<HeaderMap>>>) {
    let asked = Arc::<Mutex<Vec<HeaderMap>>>::default();
    let ears = Arc::clone(&asked);
    let server = Loopback::start(move |request| {
        ears.lock().unwrap().push(request.headers().clone());
        std::future::ready(Ok(StatusCode::FORBIDDEN.into_response()))
    });
    (server.await, asked)
}

#[tokio::test]
async fn while_google_does_not_say_who_we_are_a_caller_is_told_to_come_back() {
    let world = World::with(Script::says("Hello")).await;
    let (google, moto, key) = (GoogleSecrets::start().await, Moto::start().await, new_key());
    let folder = tempfile::tempdir().unwrap();
    moto.put("counsel/token-key", &key).await;
    google.set_away(true);

    let process = Process::start("all", settings(&world, &google, &moto, folder.path().to_str().unwrap()));
    let ada = actor(&process, &token(&key).await).await;
    assert_eq!(ada.get("/me").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    google.set_away(false);
    poll("Google", async || (ada.get("/me").await.status() == StatusCode::OK).then_some(())).await;
    assert_eq!(moto.proxy.count("GetSecretValue"), 1);
}
