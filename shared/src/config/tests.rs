//! The environment is read in one place, and whole.

use std::collections::BTreeSet;

use super::*;

fn config(vars: &[(&str, &str)]) -> Result<Config> {
    Config::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn a_laptop_needs_no_setting_at_all() {
    let config = config(&[]).unwrap();
    assert_eq!(config.data_dir, Some(".data".into()));
    assert!(matches!(config.identity.token_key, SecretName::File(file) if file.ends_with("token-key.pem")));
}

#[test]
fn all_bad_variables_are_reported_together_and_without_their_values() {
    let bad = [("PORT", "seven"), ("TURN_LEASE_MS", "60000"), ("LOG_LEVEL", "loud"), ("OPENAI_BASE_URL", "sk-secret")];
    let text = config(&bad).unwrap_err().to_string();
    for (name, value) in bad {
        assert!(text.contains(name), "{name} is missing in {text}");
        assert!(!text.contains(value), "{value} is shown in {text}");
    }
}

#[test]
fn a_deployed_function_has_no_local_users() {
    for host in [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("K_SERVICE", "counsel")] {
        assert!(config(&[host]).unwrap_err().to_string().contains("TOKEN_KEY: must be set"));
        let text = config(&[host, ("TOKEN_KEY", "aws:key"), ("DATA_DIR", "/tmp")]).unwrap_err().to_string();
        assert!(text.contains("DATA_DIR"), "{text}");
        assert_eq!(config(&[host, ("TOKEN_KEY", "aws:key")]).unwrap().data_dir, None);
    }
}

#[test]
fn the_example_lists_exactly_the_variables_that_the_code_reads() {
    let source = [include_str!("mod.rs"), include_str!("vars.rs")].concat();
    let is_name = |text: &&str| text.len() > 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let hosts = ["AWS_LAMBDA_RUNTIME_API", "K_SERVICE"];
    let read: BTreeSet<&str> =
        source.split('"').skip(1).step_by(2).filter(is_name).filter(|name| !hosts.contains(name)).collect();
    let example = include_str!("../../../.env.example");
    let listed: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(is_name)
        .collect();
    assert_eq!(read, listed);
}
