//! Where a browser may go after signing in: a path of ours that we know, whatever it asked for.

use url::Url;

const START: &str = "/";

/// `/app` is that path, `/chat/*` everything below it, `/*` everything.
pub(super) struct ReturnPaths(Vec<String>);

impl ReturnPaths {
    pub(super) fn new(known: &[String]) -> Self {
        Self(known.to_vec())
    }

    /// The path as a browser would read it, or the start page.
    pub(super) fn choose(&self, wanted: Option<&str>) -> String {
        wanted.and_then(relative).filter(|url| self.knows(url.path())).map_or_else(|| START.to_owned(), written)
    }

    fn knows(&self, path: &str) -> bool {
        self.0.iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == known,
        })
    }
}

/// Read as a browser reads it: what leads to another host is none of ours.
fn relative(wanted: &str) -> Option<Url> {
    let is_plain = wanted.starts_with('/') && !wanted.contains(|c: char| c == '\\' || c.is_control());
    let base = Url::parse("https://ours.invalid").ok()?;
    let url = base.join(wanted).ok().filter(|_| is_plain)?;
    let is_ours = url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
    // `/..//evil.example` has become `//evil.example`: another host, once it stands in a header.
    (is_ours && !url.path().starts_with("//")).then_some(url)
}

#[expect(clippy::needless_pass_by_value, reason = "so that it fits map_or_else")]
fn written(url: Url) -> String {
    url[url::Position::BeforePath..].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(known: &[&str], wanted: &str) -> String {
        ReturnPaths::new(&known.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).choose(Some(wanted))
    }

    #[test]
    fn a_known_path_is_kept_with_its_query_and_fragment() {
        assert_eq!(choose(&["/*"], "/app?tab=1#top"), "/app?tab=1#top");
        assert_eq!(choose(&["/app", "/chat/*"], "/chat/7"), "/chat/7");
        assert_eq!(choose(&["/app"], "/app?next=https://evil.example"), "/app?next=https://evil.example");
    }

    #[test]
    fn an_unknown_path_becomes_the_start() {
        for wanted in ["/other", "/appendix", "/chat", "/app/../other"] {
            assert_eq!(choose(&["/app", "/chat/*"], wanted), "/", "{wanted}");
        }
    }

    #[test]
    fn no_other_host_is_reached() {
        for wanted in [
            "",
            "app",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/..//evil.example",
            "/./\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a/..//evil.example",
            "//ours.invalid@evil.example",
            " //evil.example",
            "/\u{0}",
            "https:/evil.example",
        ] {
            assert_eq!(choose(&["/*"], wanted), "/", "{wanted:?}");
        }
    }

    proptest! {
        /// Whatever is asked for, a browser that reads the result stays where it is.
        #[test]
        fn the_choice_stays_on_its_host(wanted in "[/\\\\.a:@?#%\t\n]{0,12}") {
            let chosen = choose(&["/*"], &wanted);
            let base = Url::parse("https://api.example").unwrap();
            prop_assert_eq!(base.join(&chosen).unwrap().origin(), base.origin());
            prop_assert!(chosen.starts_with('/'));
        }
    }
}
