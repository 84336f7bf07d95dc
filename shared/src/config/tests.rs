//! The environment is read in one place, and whole.

use std::collections::BTreeSet;

use super::*;

fn config(vars: &[(&str, &str)]) -> Result<Config> {
    Config::from_vars(vars.iter().copied())
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
    let text = config(&bad).unwrap_err().public().to_owned();
    for (name, value) in bad {
        assert!(text.contains(name), "{name} is missing in {text}");
        assert!(!text.contains(value), "{value} is shown in {text}");
    }
}

#[test]
fn a_deployed_function_has_no_local_users() {
    for host in [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("K_SERVICE", "counsel")] {
        assert!(config(&[host]).unwrap_err().public().to_owned().contains("TOKEN_KEY: must be set"));
        let text = config(&[host, ("TOKEN_KEY", "aws:key"), ("DATA_DIR", "/tmp")]).unwrap_err().public().to_owned();
        assert!(text.contains("DATA_DIR"), "{text}");
        assert_eq!(config(&[host, ("TOKEN_KEY", "aws:key")]).unwrap().data_dir, None);
    }
}

#[test]
fn sign_in_is_configured_whole_or_not_at_all() {
    let google = [("GOOGLE_CLIENT_ID", "id"), ("GOOGLE_CLIENT_SECRET", "aws:google")];
    let acme = r#"[{"name":"acme","issuer":"https://id.acme.example","client_id":"counsel"}]"#;
    let on_lambda = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("TOKEN_KEY", "aws:key")];
    let with = |more: &[(&str, &str)]| config(&[&on_lambda[..], more].concat());

    assert!(config(&[]).unwrap().identity.demo, "a laptop is its own provider");
    assert!(!with(&[]).unwrap().identity.demo, "and nobody else is");
    assert!(!config(&google).unwrap().identity.demo);
    let both = config(&[&google[..], &[("OIDC_PROVIDERS", acme)]].concat()).unwrap().identity.providers;
    assert_eq!(both.iter().map(|provider| provider.name.as_str()).collect::<Vec<_>>(), ["google", "acme"]);

    let unsafe_issuer = acme.replace("https", "http");
    let taken = format!("[{0},{0}]", &acme[1..acme.len() - 1]);
    for (more, complaint) in [
        (vec![("GOOGLE_CLIENT_ID", "id")], "GOOGLE_CLIENT_ID: must be set together with GOOGLE_CLIENT_SECRET"),
        (google.to_vec(), "PUBLIC_URL: must be set"),
        (vec![("PUBLIC_URL", "http://api.example.com")], "PUBLIC_URL: must be https://"),
        (vec![("OIDC_PROVIDERS", "[{]")], "OIDC_PROVIDERS: must be a JSON list"),
        (vec![("OIDC_PROVIDERS", &unsafe_issuer)], "number 1: its issuer must be an https:// address"),
        (vec![("OIDC_PROVIDERS", &taken)], "number 2: its name is taken"),
        (vec![("TRUSTED_ISSUERS", r#"[{"issuer":"x","audience":"y"}]"#)], "either jwks or secret"),
        (vec![("RETURN_PATHS", "https://evil.example")], "RETURN_PATHS: must be paths that begin with /"),
    ] {
        let text = with(&more).unwrap_err().public().to_owned();
        assert!(text.contains(complaint), "{complaint} is missing in {text}");
    }
}

#[test]
fn a_provider_can_be_asked_with_a_key_or_at_an_address_of_ones_own() {
    let names = |vars: &[(&str, &str)]| -> Vec<&str> {
        config(vars).unwrap().llm.providers.iter().map(|provider| provider.name).collect()
    };
    let lambda = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("TOKEN_KEY", "aws:key")];
    let on_lambda = |var| [lambda[0], lambda[1], var];
    assert_eq!(names(&[]), ["ollama"], "who may run on a laptop");
    assert_eq!(names(&lambda), [""; 0]);
    assert_eq!(names(&on_lambda(("GROQ_API_KEY", "aws:groq"))), ["groq"]);
    assert_eq!(names(&on_lambda(("VLLM_BASE_URL", "http://10.0.0.7/v1/"))), ["vllm"]);
    assert_eq!(names(&on_lambda(("VLLM_API_KEY", "aws:vllm"))), [""; 0], "where would it stand?");
    assert_eq!(names(&on_lambda(("OLLAMA_API_KEY", "aws:ollama"))), [""; 0], "nobody stands beside a function");
    let groq =
        config(&[("GROQ_API_KEY", "k"), ("GROQ_BASE_URL", "http://other/v1/")]).unwrap().llm.providers[0].clone();
    assert_eq!((groq.base_url.as_str(), groq.own_server), ("http://other/v1", true));
}

#[test]
fn the_keys_of_vendors_may_come_as_one_list_of_secrets_that_are_named_for_them() {
    let arn = |name: &str| format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}");
    let with = |keys: &str, more: &[(&str, &str)]| {
        let on_lambda = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("TOKEN_KEY", "aws:key"), ("MODEL_KEYS", keys)];
        config(&[&on_lambda, more].concat())
    };
    let all = [
        &arn("counsel/openai-AbCdEf"),
        "aws:counsel-groq",
        "file:/run/keys/mistral",
        "projects/p/secrets/counsel-gemini/versions/3",
        "aws:together",
    ];
    let providers = with(&all.join(", "), &[("ANTHROPIC_API_KEY", "aws:claude")]).unwrap().llm.providers;
    let named: Vec<_> = providers.iter().map(|p| format!("{} {}", p.name, p.key.as_ref().unwrap())).collect();
    assert_eq!(
        named,
        [
            format!("openai {}", all[0]),
            format!("openai-responses {}", all[0]),
            "anthropic aws:claude".to_owned(),
            format!("gemini {}", all[3]),
            "groq aws:counsel-groq".to_owned(),
            "together aws:together".to_owned(),
            "mistral file:/run/keys/mistral".to_owned(),
        ]
    );

    let vendors =
        "the secret's name must end with its vendor, one of openai, anthropic, gemini, groq, together, deepseek";
    for (keys, more, complaint) in [
        (arn("counsel/opnai-AbCdEf"), vec![], vendors),
        (arn("counsel/openai-key-AbCdEf"), vec![], vendors),
        ("aws:counsel/groq,aws:counsel/key".to_owned(), vec![], "MODEL_KEYS: number 2: the secret's name"),
        ("sk-k3Jv9PqZr7wXb2LmN8sTyU4c".to_owned(), vec![], "MODEL_KEYS: number 1: give the name of a secret"),
        ("aws:a/groq,aws:b/groq".to_owned(), vec![], "MODEL_KEYS: number 2: GROQ_API_KEY is set already"),
        ("aws:groq".to_owned(), vec![("GROQ_API_KEY", "k")], "MODEL_KEYS: number 1: GROQ_API_KEY is set already"),
    ] {
        let text = with(&keys, &more).unwrap_err().public().to_owned();
        assert!(text.contains(complaint), "{complaint} is missing in {text}");
        assert!(!text.contains(&keys), "{keys} is shown in {text}");
    }
}

#[test]
fn models_are_offered_by_a_list_or_not_at_all() {
    let with = |models: &str, more: &[(&str, &str)]| {
        config(&[&[("OPENAI_API_KEY", "k"), ("GROQ_API_KEY", "k"), ("MODELS", models)], more].concat())
    };
    let gpt = r#"{"model":"openai:gpt-5-mini","fallbacks":["groq:llama"],"aliases":["llama3-8b-8192"]}"#;
    let both = format!(r#"[{gpt},{{"model":"groq:llama","label":"Llama"}}]"#);

    let config = with(&both, &[]).unwrap();
    assert_eq!(config.llm.default_model.to_string(), "openai:gpt-5-mini", "the first");
    assert_eq!(with(&both, &[("DEFAULT_MODEL", "groq:llama")]).unwrap().llm.default_model.to_string(), "groq:llama");

    for (models, more, complaint) in [
        ("openai:gpt", vec![], "MODELS: must be a JSON list"),
        (r#"[{"model":"openai:a","fallback":["groq:b"]}]"#, vec![], "MODELS: must be a JSON list"),
        (r#"[{"model":"mistral:large"}]"#, vec![], "MODELS: number 1: the provider mistral needs MISTRAL_API_KEY"),
        (r#"[{"model":"openai"}]"#, vec![], "MODELS: number 1: openai must be followed by a model"),
        (r#"[{"model":"openai:a","fallbacks":["misspelt:b"]}]"#, vec![], "MODELS: number 1: there is no provider mis"),
        (r#"[{"model":"openai:a"},{"model":"openai:a"}]"#, vec![], "MODELS: number 2: its name or an alias is taken"),
        (&both, vec![("DEFAULT_MODEL", "openai:other")], "DEFAULT_MODEL: must be one of MODELS"),
    ] {
        let text = with(models, &more).unwrap_err().public().to_owned();
        assert!(text.contains(complaint), "{complaint} is missing in {text}");
    }
}

#[test]
fn the_example_lists_exactly_the_variables_that_the_code_reads() {
    let source = [
        include_str!("mod.rs"),
        include_str!("identity.rs"),
        include_str!("llm.rs"),
        include_str!("lack.rs"),
        include_str!("model_keys.rs"),
        include_str!("telemetry.rs"),
        include_str!("tools.rs"),
        include_str!("vars.rs"),
        include_str!("vendors.rs"),
    ]
    .concat();
    let is_name = |text: &&str| text.len() > 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let hosts = ["AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "K_SERVICE"];
    let read: BTreeSet<&str> =
        source.split('"').skip(1).step_by(2).filter(is_name).filter(|name| !hosts.contains(name)).collect();
    let example = include_str!("../../../.env.example");
    let listed: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(is_name)
        .collect();
    let add: Vec<_> = read.difference(&listed).map(|name| format!("{name}=")).collect();
    assert!(add.is_empty(), "add to .env.example, each with its default:\n{}\n", add.join("\n"));
    assert_eq!(&listed - &read, BTreeSet::new(), "take out of .env.example: the code does not read them");
}
