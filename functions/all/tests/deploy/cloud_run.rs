//! `deploy/cloud-run` and the code say the same.

use std::collections::BTreeSet;

use crate::places::{calls_on_the_table, functions, read, template};

/// One service is every function, so it may do what they may together.
#[test]
fn cloud_run_may_do_on_the_table_what_the_functions_may_together() {
    let aws = read("deploy/cloud-run/aws.tf");
    let granted = aws.split('"').filter_map(|text| text.strip_prefix("dynamodb:")).map(str::to_owned);
    let template = template();
    let together = functions().into_iter().flat_map(|function| calls_on_the_table(&template, &function));
    assert_eq!(granted.collect::<BTreeSet<_>>(), together.collect());
}

#[test]
fn every_variable_that_cloud_run_sets_is_one_that_we_know() {
    let (service, known) = (read("deploy/cloud-run/service.tf"), read(".env.example"));
    let (_, environment) = service.split_once("merge(var.settings, {").expect("the variables");
    let (environment, _) = environment.split_once('}').expect("their end");
    let set: Vec<_> =
        environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim()).collect();
    assert!(set.len() > 5, "{set:?}");
    for name in set.into_iter().filter(|name| *name != "AWS_REGION") {
        assert!(known.lines().any(|line| line.starts_with(&format!("{name}="))), "{name}");
    }
}

/// Cloud Run holds requests back and starts another instance; what we refuse would be lost on it.
#[test]
fn cloud_run_sends_an_instance_no_more_than_it_takes() {
    let (variables, known) = (read("deploy/cloud-run/variables.tf"), read(".env.example"));
    let (_, concurrency) = variables.split_once("\"concurrency\"").expect("the variable");
    let number = |text: &str, name: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(name)).expect("a value");
        value.trim_start_matches([' ', '=']).parse::<u32>().expect("a number")
    };
    assert!(number(concurrency, "default") < number(&known, "MAX_REQUESTS="));
}
