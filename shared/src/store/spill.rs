//! Bodies beyond DynamoDB's 400 KB an item: the rest lies in fragments right behind the item.

/// Well below the limit, whatever the other attributes are.
const MAX_BYTES: usize = 300_000;

/// What stays in the item, and what goes into fragments 1, 2, 3 …
pub(super) fn split(body: &str) -> (&str, Vec<&str>) {
    let (first, mut rest) = cut(body);
    let mut fragments = Vec::new();
    while !rest.is_empty() {
        let (fragment, more) = cut(rest);
        fragments.push(fragment);
        rest = more;
    }
    (first, fragments)
}

fn cut(text: &str) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(MAX_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_characters_and_comes_back_whole() {
        let body = "aß👋".repeat(200_000);
        let (first, fragments) = split(&body);
        assert!(fragments.len() > 3);
        assert!(fragments.iter().all(|fragment| fragment.len() <= MAX_BYTES));
        assert_eq!(first.to_owned() + &fragments.concat(), body);
    }

    #[test]
    fn a_short_body_stays_in_its_item() {
        assert_eq!(split("short"), ("short", Vec::new()));
    }
}
