//! Sizes that keep the code readable: how long a file, a function and a handler may be.
//!
//! Characters are those of code: comments and indentation do not count, so that no formatter and no line width hides
//! anything (docs/decisions). Tests and what they share are left out.

use std::fs;
use std::path::{Path, PathBuf};

const FILE: Bar = Bar { chars: 14_000, chars_p95: 7_600, lines: 400 };
const FUNCTION: Bar = Bar { chars: 2_000, chars_p95: 850, lines: 60 };
const HANDLER_LINES: usize = 20;

struct Bar {
    chars: usize,
    chars_p95: usize,
    lines: usize,
}

struct Size {
    what: String,
    chars: usize,
    lines: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_test = ["tests", "testing", "tests.rs", "playback.rs", "drivers.rs"].contains(&name.as_str());
        if path.is_dir() && !is_test {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
            found.push(path);
        }
    }
}

/// Each file with its name from the root of the workspace.
fn files() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    sources(&root.join("shared/src"), &mut found);
    for function in fs::read_dir(root.join("functions")).expect("functions").map(|entry| entry.expect("one").path()) {
        sources(&function.join("src"), &mut found);
    }
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("below the root").display().to_string();
        (name, without_tests(&code_of(&fs::read_to_string(path).expect("a text"))))
    };
    found.into_iter().map(named).collect()
}

/// The source with its comments taken out, and with `_` for all that stands in texts: they hold no braces.
fn code_of(source: &str) -> String {
    let (mut code, mut rest) = (String::new(), source);
    while let Some(c) = rest.chars().next() {
        let (kept, length) = if rest.starts_with("//") {
            (String::new(), rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(length) = raw_text(rest).filter(|_| !code.ends_with(is_word)) {
            (blanked(&rest[..length]), length)
        } else if c == '"' {
            let length = text(rest);
            (blanked(&rest[..length]), length)
        } else if let Some(length) = character(rest) {
            ("_".repeat(length), length)
        } else {
            (c.to_string(), c.len_utf8())
        };
        code.push_str(&kept);
        rest = &rest[length..];
    }
    code
}

fn blanked(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { '_' }).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a text that begins here.
fn text(rest: &str) -> usize {
    let mut is_escaped = true;
    let end = rest.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 1)
}

fn raw_text(rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix('r')?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let body = marks[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + body.find(&end)? + end.len())
}

/// A character between quotes; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let length = match inner.strip_prefix('\\') {
        Some(_) => 1 + inner[1..].find('\'').filter(|end| *end < 12)?.max(1),
        None => inner.chars().next()?.len_utf8(),
    };
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// Where the block ends that opens at or behind this place.
fn end_of_block(code: &str, from: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code[from..].char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == '}' && depth == 0 {
            return from + at + 1;
        }
    }
    code.len()
}

fn without_tests(code: &str) -> String {
    let mut code = code.to_owned();
    while let Some(at) = code.find("#[cfg(test)]") {
        let open = code[at..].find(['{', ';']).map_or(code.len(), |open| at + open);
        let end = if code[open..].starts_with('{') { end_of_block(&code, open) } else { (open + 1).min(code.len()) };
        code.replace_range(at..end, "");
    }
    code
}

fn size(what: String, code: &str) -> Size {
    let lines = code.trim_end().lines();
    Size { what, chars: code.lines().map(|line| line.trim().chars().count() + 1).sum(), lines: lines.count() }
}

/// The functions of a file, with whether each is asynchronous.
fn functions(file: &str, code: &str) -> Vec<(bool, Size)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(is_word) || !code[at + 3..].starts_with(is_word) {
            continue;
        }
        let Some(open) = code[at..].find(['{', ';']).map(|open| at + open) else { continue };
        if code[open..].starts_with('{') {
            let begin = code[..at].rfind('\n').map_or(0, |line| line + 1);
            let name = code[at + 3..].split(|c| !is_word(c)).next().unwrap_or_default();
            let body = &code[begin..end_of_block(code, open)];
            found.push((code[begin..at].contains("async "), size(format!("{file} {name}"), body)));
        }
    }
    found
}

fn p95(mut chars: Vec<usize>) -> usize {
    chars.sort_unstable();
    chars[chars.len() * 95 / 100]
}

fn hold(bar: &Bar, sizes: &[Size]) {
    let over = |size: &&Size| size.chars > bar.chars || size.lines > bar.lines;
    let over =
        sizes.iter().filter(over).map(|size| format!("{}: {} characters, {} lines", size.what, size.chars, size.lines));
    let over: Vec<_> = over.collect();
    assert!(over.is_empty(), "longer than {} characters or {} lines: {over:#?}", bar.chars, bar.lines);
    let p95 = p95(sizes.iter().map(|size| size.chars).collect());
    assert!(p95 <= bar.chars_p95, "p95 is {p95} characters, the bar {}", bar.chars_p95);
}

#[test]
fn files_stay_short() {
    let sizes: Vec<_> = files().into_iter().map(|(name, code)| size(name, &code)).collect();
    assert!(sizes.len() > 300, "{} files", sizes.len());
    hold(&FILE, &sizes);
}

#[test]
fn functions_stay_short() {
    let sizes = files().into_iter().flat_map(|(name, code)| functions(&name, &code)).map(|(_, size)| size);
    let sizes: Vec<_> = sizes.collect();
    assert!(sizes.len() > 1_500, "{} functions", sizes.len());
    hold(&FUNCTION, &sizes);
}

/// A handler extracts, parses, loads, acts, answers.
#[test]
fn handlers_stay_short() {
    let handlers = files().into_iter().filter(|(name, _)| name.starts_with("functions/") && !name.contains("/all/"));
    let handlers = handlers.flat_map(|(name, code)| functions(&name, &code)).filter(|(is_async, _)| *is_async);
    let long = handlers.filter(|(_, size)| size.lines > HANDLER_LINES);
    let long: Vec<_> = long.map(|(_, size)| format!("{}: {} lines", size.what, size.lines)).collect();
    assert!(long.is_empty(), "longer than {HANDLER_LINES} lines: {long:#?}");
}

#[test]
fn code_is_told_from_comments_texts_and_tests() {
    let code = "fn a() { b(\"}\", '}', r#\"}\"#); } // }\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
    let code = without_tests(&code_of(code));
    let found: Vec<_> = functions("x", &code).into_iter().map(|(_, size)| (size.what, size.lines)).collect();
    assert_eq!(found, [("x a".to_owned(), 1)]);
}
