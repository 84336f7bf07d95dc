//! `get_weather` against a server that knows two Berlins, and the weather of one of them.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::config::ToolsConfig;
use crate::net::Roots;
use crate::testing::loopback::{Loopback, answer};
use crate::tools::tests::context;

const BERLINS: &str = r#"{"results":[
    {"id":2950159,"name":"Berlin","latitude":52.52437,"longitude":13.41053,"country_code":"DE","country":"Germany",
     "admin1":"State of Berlin","timezone":"Europe/Berlin"},
    {"id":5083330,"name":"Berlin","latitude":44.46867,"longitude":-71.18508,"country_code":"US",
     "country":"United States","admin1":"New Hampshire","admin2":"Coos"}],"generationtime_ms":0.7}"#;
const SUNNY: &str = r#"{"latitude":52.52,"longitude":13.42,"timezone":"GMT",
    "current_units":{"temperature_2m":"°C"},
    "current":{"time":"2026-03-26T16:15","interval":900,"temperature_2m":18.5,"relative_humidity_2m":50,
    "wind_speed_10m":19.0,"weather_code":2}}"#;

struct World {
    weather: Weather,
    asked: Arc<Mutex<Vec<String>>>,
    _server: Loopback,
}

impl World {
    async fn new(forecast: &'static str) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let server = Loopback::start(move |request| {
            let uri = request.uri().to_string();
            heard.lock().unwrap().push(uri.clone());
            async move {
                let body = match uri {
                    uri if uri.starts_with("/v1/search?name=Berlin&") => BERLINS,
                    uri if uri.starts_with("/v1/search?") => r#"{"generationtime_ms":0.2}"#,
                    _ => forecast,
                };
                Ok(answer(if body == "down" { 502 } else { 200 }, "application/json", body))
            }
        })
        .await;
        let (url, none) = (server.url(), String::new());
        let config = ToolsConfig {
            ask_first: vec![],
            hosted: vec![],
            weather_url: url.clone(),
            geocoding_url: url,
            joke_url: none,
        };
        let source = OpenMeteo::new(&config, Roots::Builtin).within(Duration::from_secs(2));
        Self { weather: Weather::new(source), asked, _server: server }
    }

    async fn ask(&self, arguments: Value, millis: i64) -> Result<Value, String> {
        self.weather.call(&arguments, &context(millis)).await.map_err(|fault| fault.to_string())
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[tokio::test]
async fn the_weather_is_small_json_that_names_the_place() {
    let world = World::new(SUNNY).await;
    let weather = world.ask(json!({ "location": "Berlin" }), 0).await.unwrap();
    let expected = json!({
        "location": "Berlin, State of Berlin, Germany", "temperature": 18.5, "unit": "c", "sky": "partly cloudy",
        "humidity_percent": 50.0, "wind_kmh": 19.0, "observed_at": "2026-03-26T16:15Z",
    });
    assert_eq!(weather, expected);
    let asked = world.asked.lock().unwrap().clone();
    assert!(
        asked[1].contains("latitude=52.52437&longitude=13.41053") && asked[1].contains("unit=celsius"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn what_stands_after_a_comma_chooses_among_places_of_one_name() {
    let world = World::new(SUNNY).await;
    for (location, place) in [
        ("Berlin, New Hampshire", "Berlin, New Hampshire, United States"),
        ("  Berlin ,  us ", "Berlin, New Hampshire, United States"),
        ("Berlin, Germany", "Berlin, State of Berlin, Germany"),
    ] {
        assert_eq!(world.ask(json!({ "location": location }), 0).await.unwrap()["location"], place);
    }
    let told = world.ask(json!({ "location": "Berlin, Atlantis" }), 0).await.unwrap_err();
    assert!(told.contains("Berlin, New Hampshire, United States"), "the model hears what there is: {told}");
    let told = world.ask(json!({ "location": "Nowhere & name=Berlin" }), 0).await.unwrap_err();
    assert_eq!(told, "The argument location cannot be used: No place named Nowhere & name=Berlin is known.");
}

#[tokio::test]
async fn the_same_place_and_unit_are_asked_for_once_in_ten_minutes() {
    let world = World::new(SUNNY).await;
    for (location, unit, millis, asked) in
        [("Berlin", "c", 0, 2), (" berlin", "celsius", 599_999, 2), ("Berlin", "f", 0, 4), ("Berlin", "c", 600_000, 6)]
    {
        world.ask(json!({ "location": location, "unit": unit }), millis).await.unwrap();
        assert_eq!(world.asked(), asked, "{location} {unit} {millis}");
    }
    assert!(world.asked.lock().unwrap()[3].contains("temperature_unit=fahrenheit"));
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    for (forecast, told) in [
        ("down", "The weather service has no answer at the moment."),
        ("<h1>", "The weather service cannot be understood."),
        (r#"{"current":{"time":"2026-03-26T16:15"}}"#, "The weather service cannot be understood."),
    ] {
        let world = World::new(forecast).await;
        for asked in [2, 4] {
            assert_eq!(world.ask(json!({ "location": "Berlin" }), 0).await, Err(told.to_owned()));
            assert_eq!(world.asked(), asked);
        }
    }
}
