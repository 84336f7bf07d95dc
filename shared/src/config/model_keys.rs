//! `MODEL_KEYS`: the keys of model vendors as one list. A template hands it on without knowing any vendor, since the name
//! of each secret says whose key it is.

use super::vars::Vars;
use super::{SecretName, Variable};

const LIST: Variable = "MODEL_KEYS";

/// Puts each key where its vendor's own variable would be: `aws:counsel/groq` becomes `GROQ_API_KEY`.
pub(super) fn put_in_place(vars: &mut Vars, variables: impl Iterator<Item = Variable>) {
    let mut variables: Vec<_> = variables.collect();
    // A vendor of two protocols has one key.
    variables.dedup();
    for (index, text) in vars.list(LIST).into_iter().enumerate() {
        let fault = match variable_of(&SecretName::parse(&text), &variables) {
            Ok(variable) if vars.text(variable).is_none() => {
                vars.set(variable, text);
                continue;
            }
            Ok(variable) => format!("{variable} is set already"),
            Err(why) => why,
        };
        vars.fault(LIST, &format!("number {}: {fault}", index + 1));
    }
}

fn variable_of(name: &SecretName, variables: &[Variable]) -> Result<Variable, String> {
    let word = name.last_word().ok_or("give the name of a secret (an ARN, aws:…, file:…, projects/…)")?;
    let vendor = |variable: &Variable| variable.to_lowercase().trim_end_matches("_api_key").to_owned();
    variables.iter().copied().find(|variable| vendor(variable) == word).ok_or_else(|| {
        let vendors: Vec<_> = variables.iter().map(vendor).collect();
        format!("the secret's name must end with its vendor, one of {}", vendors.join(", "))
    })
}
