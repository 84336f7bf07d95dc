//! The estimate against a real tokenizer.

use proptest::prelude::*;
use tiktoken_rs::o200k_base_singleton;

use super::*;

const CORPUS: [(&str, &str); 16] = [
    (
        "English",
        "The committee, having reviewed both proposals at considerable length, recommends the second one: it is \
         cheaper, it can be delivered before winter, and it doesn't require anybody to learn a new language. We'd \
         nevertheless like to see the assumptions about maintenance (page 12) backed up by figures from 2023–2025.",
    ),
    ("talk", "hi! can u help me w/ this? it doesnt work & idk why... thx :)\n\nalso: what's the ETA??"),
    (
        "German",
        "Die Geschwindigkeitsbegrenzung auf der Landstraße wurde wegen der Straßenbauarbeiten vorübergehend auf \
         fünfzig Stundenkilometer herabgesetzt. Über die Verlängerung der Haftpflichtversicherung entscheidet der \
         Sachbearbeiter nächste Woche; bis dahin gilt der Vertrag unverändert weiter.",
    ),
    (
        "French",
        "L'été dernier, nous avons visité les châteaux de la Loire ; malgré la chaleur, c'était très agréable. \
         Qu'est-ce que vous en pensez ? J'aimerais y retourner l'année prochaine avec les enfants.",
    ),
    ("Russian", "Комиссия рассмотрела оба предложения и рекомендует второе: оно дешевле и будет готово до зимы."),
    ("Greek", "Η επιτροπή εξέτασε και τις δύο προτάσεις και συνιστά τη δεύτερη, επειδή είναι φθηνότερη."),
    ("Arabic", "راجعت اللجنة كلا الاقتراحين وتوصي بالثاني لأنه أرخص ويمكن تسليمه قبل الشتاء."),
    ("Hindi", "समिति ने दोनों प्रस्तावों की समीक्षा की और दूसरे की सिफारिश की क्योंकि वह सस्ता है।"),
    ("Thai", "คณะกรรมการได้พิจารณาข้อเสนอทั้งสองและแนะนำข้อที่สองเพราะราคาถูกกว่าและส่งมอบได้ก่อนฤดูหนาว"),
    ("Tamil", "குழு இரண்டு முன்மொழிவுகளையும் ஆய்வு செய்து இரண்டாவதை பரிந்துரைக்கிறது, ஏனெனில் அது மலிவானது."),
    ("Chinese", "委员会仔细审查了两份提案,推荐第二份:价格更低,可以在冬季之前交付,而且不需要任何人学习新的语言。"),
    (
        "Japanese",
        "委員会は両方の提案を検討し、二番目を推薦します。安くて、冬までに納品できるからです。カタカナもあります。",
    ),
    ("Korean", "위원회는 두 제안을 모두 검토했으며 두 번째를 추천합니다. 더 저렴하고 겨울 전에 납품할 수 있습니다."),
    ("emoji", "Great job 🎉🎉 see you 👩‍👩‍👧‍👦 tomorrow 👍🏽 ☕ ✅ → 🇦🇹 ❤️ 🦀🦀🦀"),
    (
        "code",
        "impl<'a> Iterator for Lines<'a> {\n    type Item = &'a str;\n\n    fn next(&mut self) -> Option<&'a str> {\n        \
         let (line, rest) = self.text.split_once('\\n')?;\n        self.text = rest;\n        Some(line)\n    }\n}\n\n\
         const getUserById = async (id) => { if (!id) throw new Error(`no id: ${id}`); return db.users.find(u => u.id === id) };\n",
    ),
    (
        "JSON",
        r#"{"id":"chatcmpl-9xZ3fQ","created":1732152748,"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":{"prompt_tokens":1024,"completion_tokens":17},"ok":true,"ratio":0.0625}"#,
    ),
];

/// Longer pieces: prose, code, a template, and a list that is mostly hexadecimal digits.
const FILES: [(&str, &str); 4] = [
    ("README.md", include_str!("../../../../README.md")),
    ("start.rs", include_str!("../../agent/start.rs")),
    ("template.yaml", include_str!("../../../../template.yaml")),
    ("Cargo.lock", include_str!("../../../../Cargo.lock")),
];

fn true_count(text: &str) -> u64 {
    o200k_base_singleton().encode_ordinary(text).len() as u64
}

#[test]
fn the_estimate_is_never_below_nine_tenths_of_the_true_count_and_not_far_above() {
    for (name, text) in CORPUS.into_iter().chain(FILES) {
        let (estimated, counted) = (estimated_tokens(text), true_count(text));
        println!("{name}: {estimated} of {counted}, {}%", estimated * 100 / counted);
        assert!(estimated * 10 >= counted * 9, "{name}: {estimated} is too little for {counted}");
        assert!(least_tokens(text) <= counted, "{name}: it has {counted} tokens, not {} or more", least_tokens(text));
    }
    let whole = CORPUS.map(|(_, text)| text).join("\n");
    let (estimated, counted) = (estimated_tokens(&whole), true_count(&whole));
    assert!(estimated * 2 <= counted * 3, "{estimated} is too much for {counted}: history would be wasted");
}

#[test]
fn nothing_is_nothing_and_much_of_the_same_is_not_refused() {
    assert_eq!(estimated_tokens(""), 0);
    for text in ["x".repeat(10_000), " ".repeat(10_000), "\n".repeat(10_000), "=".repeat(10_000), "1".repeat(10_000)] {
        assert!(estimated_tokens(&text) <= 5_000, "{}", &text[..1]);
    }
}

proptest! {
    #[test]
    fn a_mixture_of_languages_is_estimated_as_well(pieces in prop::collection::vec(0..CORPUS.len(), 3..12)) {
        let text = pieces.iter().map(|piece| CORPUS[*piece].1).collect::<Vec<_>>().join(" ");
        let (estimated, counted) = (estimated_tokens(&text), true_count(&text));
        prop_assert!(estimated * 10 >= counted * 9, "{estimated} is too little for {counted}");
    }

    #[test]
    fn more_text_is_not_fewer_tokens(a in "\\PC{0,200}", b in "\\PC{0,200}") {
        let both = format!("{a} {b}");
        prop_assert!(estimated_tokens(&both) + 1 >= estimated_tokens(&a));
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_a_text_comes(pieces in prop::collection::vec("\\PC{0,12}[ \n]?", 0..12)) {
        let mut count = TokenCount::default();
        for piece in &pieces {
            count.add(piece);
        }
        prop_assert_eq!(count.total(), estimated_tokens(&pieces.concat()));
    }
}
