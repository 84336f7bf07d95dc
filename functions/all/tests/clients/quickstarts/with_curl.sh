auth="Authorization: Bearer $COUNSEL_TOKEN" # ask, and hang up after the tenth event
curl -sN "$COUNSEL_URL/consult" -H "$auth" --json '{"text": "Hello!"}' -D headers | head -n 30 | tee seen
turn=$(grep -i '^location:' headers | tr -d '\r' | cut -d ' ' -f 2) after=$(sed -n 's/^id: //p' seen | tail -n 1)
curl -sN "$COUNSEL_URL$turn/stream" -H "$auth" -H "Last-Event-ID: $after" # the rest, no word twice
