//! Secrets are read once, kept, refreshed; and a manager that is away takes nothing from anybody.

use secrecy::ExposeSecret;

use super::*;
use crate::testing::GoogleSecrets;

const NAME: &str = "projects/p/secrets/s";

fn secrets(google: &GoogleSecrets) -> Secrets {
    Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &google.config(), Roots::Builtin)
}

/// Keeps nothing longer than it takes.
fn forgetful(google: &GoogleSecrets) -> Secrets {
    Secrets { kept_for: Duration::ZERO, fresh_for: Duration::ZERO, ..secrets(google) }
}

async fn get(secrets: &Secrets, name: &str) -> Result<String> {
    secrets.get(&SecretName::parse(name)).await.map(|value| value.expose_secret().to_owned())
}

async fn previous(secrets: &Secrets, name: &str) -> Option<String> {
    let value = secrets.previous(&SecretName::parse(name)).await.unwrap();
    value.map(|value| value.expose_secret().to_owned())
}

#[test]
fn the_form_of_a_name_says_where_the_secret_is() {
    let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:key";
    for managed in ["aws:counsel/key", arn, NAME, "projects/p/secrets/s/versions/7", "google:token"] {
        let name = SecretName::parse(managed);
        assert!(name.is_managed() && name.to_string() == managed, "{managed}");
    }
    for local in ["env:KEY", "file:/run/key"] {
        let name = SecretName::parse(local);
        assert!(!name.is_managed() && name.to_string() == local, "{local}");
    }
    for value in ["hunter2", "projects/p/secrets/s?x", "projects/p/secrets/s/versions", "projects/p/secret/s"] {
        assert!(matches!(SecretName::parse(value), SecretName::Literal(_)), "{value}");
    }
    assert!(!SecretName::parse("hunter2").to_string().contains("hunter2"));
}

#[tokio::test]
async fn many_who_ask_at_once_cost_one_fetch_and_one_token() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    let secrets = secrets(&google);
    let values = futures::future::join_all((0..20).map(|_| get(&secrets, NAME))).await;
    assert!(values.iter().all(|value| value.as_ref().unwrap() == "one"));
    assert_eq!((google.count("latest:access"), google.count("default/token")), (1, 1));
}

#[tokio::test]
async fn many_who_ask_a_manager_that_is_away_cost_one_try() {
    let google = GoogleSecrets::start().await;
    google.set_away(true);
    let secrets = secrets(&google);
    let values = futures::future::join_all((0..20).map(|_| get(&secrets, NAME))).await;
    assert!(values.iter().all(|value| value.as_ref().unwrap_err().is_unavailable()));
    assert!(google.count("default/token") <= 2, "{} tries", google.count("default/token"));
}

#[tokio::test]
async fn a_manager_that_is_away_leaves_the_last_good_value() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    let secrets = forgetful(&google);
    assert_eq!(get(&secrets, NAME).await.unwrap(), "one");
    google.set_away(true);
    google.add(NAME, "two");
    assert_eq!(get(&secrets, NAME).await.unwrap(), "one");
    assert!(google.count("latest:access") >= 2, "nobody tried");
}

#[tokio::test]
async fn a_new_value_that_was_damaged_on_its_way_does_not_replace_a_good_one() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "good-3f8a");
    let secrets = forgetful(&google);
    get(&secrets, NAME).await.unwrap();
    google.add(NAME, "better-77c1");
    google.set_damaging(true);
    assert_eq!(get(&secrets, NAME).await.unwrap(), "good-3f8a");
    assert_eq!(google.count("latest:access"), 2);
}

#[tokio::test]
async fn a_new_value_that_breaks_its_rule_does_not_replace_a_good_one() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "good-3f8a");
    let (name, secrets) = (SecretName::parse(NAME), forgetful(&google));
    secrets.check_all(&[("KEY", &name, SecretRule::at_least(9))], true).await.unwrap();
    google.add(NAME, "short");
    assert_eq!(get(&secrets, NAME).await.unwrap(), "good-3f8a");
    assert_eq!(google.count("latest:access"), 2);
}

#[tokio::test]
async fn a_secret_is_kept_and_read_anew_for_who_insists() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    let secrets = Secrets { fresh_for: Duration::ZERO, ..secrets(&google) };
    assert_eq!(get(&secrets, NAME).await.unwrap(), "one");
    google.add(NAME, "two");
    assert_eq!(get(&secrets, NAME).await.unwrap(), "one");
    assert_eq!(secrets.refetch(&SecretName::parse(NAME)).await.unwrap().expose_secret(), "two");
    assert_eq!(get(&secrets, NAME).await.unwrap(), "two");
    google.set_away(true);
    assert_eq!(previous(&secrets, NAME).await.as_deref(), Some("one"), "it was just replaced here");
}

#[tokio::test]
async fn who_insists_again_and_again_gets_what_was_fetched_a_moment_ago() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    let secrets = secrets(&google);
    for _ in 0..5 {
        secrets.refetch(&SecretName::parse(NAME)).await.unwrap();
    }
    assert_eq!(google.count("latest:access"), 1);
}

#[tokio::test]
async fn the_previous_version_is_the_one_before_unless_it_was_disabled_or_never_was() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    assert_eq!(previous(&secrets(&google), NAME).await, None);
    google.add(NAME, "two");
    google.add(NAME, "three");
    assert_eq!(previous(&secrets(&google), NAME).await.as_deref(), Some("two"));
    assert_eq!(previous(&secrets(&google), "projects/p/secrets/s/versions/2").await.as_deref(), Some("one"));
    google.disable(NAME, 2);
    assert_eq!(previous(&secrets(&google), NAME).await, None);
    assert_eq!(previous(&secrets(&google), "hunter2").await, None);
}

#[tokio::test]
async fn a_token_that_ends_or_is_revoked_is_fetched_anew() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "one");
    google.set_token_seconds(10);
    let secrets = forgetful(&google);
    for _ in 0..3 {
        get(&secrets, NAME).await.unwrap();
    }
    assert_eq!(google.count("default/token"), 3);
    google.set_token_seconds(3_599);
    get(&secrets, NAME).await.unwrap();
    get(&secrets, NAME).await.unwrap();
    assert_eq!(google.count("default/token"), 4);
    google.revoke_tokens();
    google.add(NAME, "two");
    crate::testing::poll("the new value", async || (get(&secrets, NAME).await.unwrap() == "two").then_some(())).await;
    assert_eq!(google.count("default/token"), 5);
}

#[tokio::test]
async fn our_own_token_is_fetched_when_it_is_needed_and_kept_for_its_life() {
    let google = GoogleSecrets::start().await;
    google.set_token_seconds(10);
    let secrets = secrets(&google);
    let token = async || get(&secrets, "google:token").await.unwrap();
    assert_eq!(token().await, token().await);
    assert_eq!(google.count("default/token"), 2, "the first was about to end");
    google.set_token_seconds(3_599);
    assert_eq!(token().await, token().await);
    assert_eq!(google.count("default/token"), 3);
}

#[tokio::test]
async fn all_bad_secrets_are_reported_together_by_variable_and_without_their_values() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "short-ab12");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "changeme-and-more-7f\n").unwrap();
    let names = [
        ("A", "tiny-x9", "it is too short"),
        ("B", &format!("file:{}", file.display()), "it is a default value, not a secret"),
        ("C", "env:NO_SUCH_VARIABLE_ANYWHERE", "it is not there"),
        ("D", NAME, "it is too short"),
        ("E", "projects/p/secrets/other", "it is not there"),
        ("F", "file:/no/such/file", "it is not there"),
    ];
    let parsed: Vec<_> = names.iter().map(|(variable, name, _)| (*variable, SecretName::parse(name))).collect();
    let all: Vec<_> = parsed.iter().map(|(variable, name)| (*variable, name, SecretRule::at_least(16))).collect();
    let report = secrets(&google).check_all(&all, true).await.unwrap_err().public().to_owned();
    for (variable, _, flaw) in names {
        assert!(
            report.split(". ").any(|part| part.contains(&format!("{variable} (")) && part.contains(flaw)),
            "{variable}: {report}"
        );
    }
    for value in ["tiny-x9", "changeme", "short-ab12"] {
        assert!(!report.contains(value), "{report}");
    }
    let local = secrets(&google).check_all(&all[3..5], false).await;
    assert!(local.is_ok(), "the managed ones were to be left alone");
}

#[tokio::test]
async fn a_manager_that_is_away_stops_no_start() {
    let google = GoogleSecrets::start().await;
    google.set_away(true);
    let name = SecretName::parse(NAME);
    assert!(secrets(&google).check_all(&[("KEY", &name, SecretRule::at_least(16))], true).await.is_ok());
}

#[tokio::test]
async fn where_nobody_looked_at_the_start_a_bad_secret_is_refused_at_its_first_use() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, "short");
    let (name, secrets) = (SecretName::parse(NAME), secrets(&google));
    secrets.check_all(&[("KEY", &name, SecretRule::at_least(16))], false).await.unwrap();
    let error = secrets.get(&name).await.unwrap_err();
    assert!(error.to_string().contains("KEY (projects/p/secrets/s): it is too short"), "{error}");
}
