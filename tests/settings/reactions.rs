//! `reactions`: emojis and their short names.

use serde_json::json;

use crate::support::program::Home;

#[test]
fn reactions_are_listed_with_their_names() {
    let home = Home::with("[reactions]\nemojis = [\"👍\", ':wave_tone3:', '❤']\n");
    home.run("reactions list").prints(
        "#      SHORT NAME    NAME\n1  👍  :thumbsup:    thumbs up\n2  👋🏽  :wave_tone3:  waving hand: medium skin tone\n3  ❤️  :heart:       red heart\n",
    );
    assert_eq!(
        home.run("reactions list --json").json(),
        json!({"reactions": [
            {"position": 1, "emoji": "👍", "short_name": ":thumbsup:", "name": "thumbs up"},
            {"position": 2, "emoji": "👋🏽", "short_name": ":wave_tone3:", "name": "waving hand: medium skin tone"},
            {"position": 3, "emoji": "❤\u{fe0f}", "short_name": ":heart:", "name": "red heart"},
        ], "origin": "config", "warnings": []})
    );
    let defaults = Home::new().run("reactions list --json").json();
    assert_eq!(defaults["origin"], "default");
    assert_eq!(defaults["reactions"].as_array().unwrap().len(), 8);
}

#[test]
fn emojis_and_short_names_are_equivalent() {
    let home = Home::with("[reactions]\nemojis = [\"👍\", \"❤️\"]\n");
    home.run("reactions add :+1: ❤ :tada: 🚀").prints("added 🎉\nadded 🚀\n");
    home.run("reactions move :rocket: 1");
    assert_eq!(home.text(), "[reactions]\nemojis = [\"🚀\", \"👍\", \"❤️\", \"🎉\"]\n");
    home.run("reactions remove ❤ 1");
    home.run("reactions set 👍 :tada: 👏🏿 --quiet").prints("");
    assert_eq!(home.text(), "[reactions]\nemojis = [\"👍\", \"🎉\", \"👏🏿\"]\n");
    home.run("reactions set ✋ --json");
    let emptied = home.run("reactions remove :hand: --json").json();
    assert_eq!((&emptied["restored_defaults"], &emptied["removed"]), (&json!(true), &json!([])));
    assert_eq!(
        home.text(),
        "[reactions]\nemojis = [\"✋\", \"👍\", \"👎\", \"👏\", \"❤️\", \"😂\", \"😮\", \"🎉\"]\n"
            .replace("\"✋\", ", "")
            .replace("\"🎉\"]", "\"🎉\", \"✋\"]")
    );
}

#[test]
fn an_invalid_emoji_is_rejected_with_a_suggestion() {
    let home = Home::new();
    home.run("reactions add thumbsup").ends(
        2,
        "",
        "error: 'thumbsup' is not an emoji; try :thumbsup:\nhint: expected one emoji such as 👍, or its short name in colons such as :thumbsup:\n",
    );
    home.run("reactions add :thumsup:").fails(2, "did you mean :thumbsup:");
    for command in ["add", "remove", "set", "check"] {
        let hint = "try :tada:, :partying_face:";
        let expected = format!("error: 'party' is not an emoji\nhint: {hint}\n");
        home.run(&format!("reactions {command} party")).ends(2, "", &expected);
        let error = home.run(&format!("reactions {command} party --json")).json_error(2);
        assert_eq!((&error["code"], &error["hint"]), (&json!("invalid-emoji"), &json!(hint)));
    }
    home.run("reactions add 👍👎").fails(2, "is more than one emoji");
    home.run("reactions add 🏽").fails(2, "is a skin tone without an emoji");
    let error = home.run("reactions add 🚀 text --json").json_error(2);
    assert_eq!(error["code"], "invalid-emoji");
    assert!(!home.file().exists());
}

#[test]
fn check_reports_by_its_exit_code() {
    let home = Home::with("[reactions]\nemojis = [\"👍\", \"🎉\"]\n");
    home.run("reactions check :tada: 👍")
        .prints("    SHORT NAME  ALLOWED\n🎉  :tada:      yes\n👍  :thumbsup:  yes\n");
    let checked = home.run("reactions check 🎉 :rocket: --json");
    assert_eq!(checked.status, Some(1));
    assert_eq!(
        checked.json(),
        json!({"allowed": false, "reactions": [
            {"emoji": "🎉", "short_name": ":tada:", "allowed": true},
            {"emoji": "🚀", "short_name": ":rocket:", "allowed": false},
        ]})
    );
    home.run("reactions check 👎 --quiet").ends(1, "", "");
    home.run("reactions check word").fails(2, "is not an emoji");
}
